"""Locks that stay usable after a fork. A child process has only the thread that forked, so a lock of another thread
would stay locked there.

hold_at_fork(lock)    the fork waits for the lock: for short work whose half-done state a child could not use
ForkLock()            the child gets a new lock: for long work, because a fork must not wait for a network
"""

from __future__ import annotations

import os
from _thread import RLock  # threading takes it from there too, and needs a millisecond to import
from _weakref import ref  # and weakref from there

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Protocol

    class Lock(Protocol):
        def acquire(self) -> bool: ...

        def release(self) -> None: ...


class ForkLock:
    """A re-entrant lock. The data that it protects must be consistent after every step: a child may get any step."""

    def __init__(self) -> None:
        self._lock = RLock()
        _locks.add(ref(self, _locks.discard))

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Replace the lock, if another thread has it."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock = RLock()


_locks: set[ref[ForkLock]] = set()


def hold_at_fork(lock: Lock) -> None:
    """Acquire a lock whenever the process forks. Code that has such a lock must not wait for another one."""
    # Windows has no fork.
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)


def _renew_all() -> None:
    for reference in list(_locks):
        lock = reference()
        if lock is not None:
            lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
