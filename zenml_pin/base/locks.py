"""Locks that a fork leaves usable. A child has only the thread that forked: what another one held stays locked there.

hold_at_fork(lock)    the fork waits until nobody is inside, as short work needs that a child could not use half done
ForkLock()            the child gets a new one, as long work needs: a fork does not wait for a network
"""

from __future__ import annotations

import os
from _thread import RLock  # threading has it from there, and takes a millisecond to import
from weakref import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Protocol

    class Lock(Protocol):
        def acquire(self) -> bool: ...

        def release(self) -> None: ...


class ForkLock:
    """A re-entrant lock. What it guards must be sound at every step, for a child may find any."""

    def __init__(self) -> None:
        self._lock = RLock()
        _locks.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Replace it where a thread other than this one holds it."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock = RLock()


_locks: WeakSet[ForkLock] = WeakSet()


def hold_at_fork(lock: Lock) -> None:
    """Hold a lock whenever the process forks. While one of these is held, no other is waited for."""
    # Windows has no fork.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)


def _renew_all() -> None:
    for lock in list(_locks):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
