"""What was read from files, remembered for as long as the files' stats stay as they were.

A file that changes twice within one tick of its file system's clock may keep its stat; so what is younger than that
is not remembered, and is read again. A memo is as true as the stat: who sets a clock back, or writes to the disk
below the file system, is believed.

Sources: git's Documentation/technical/racy-git.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")
    Stamp = tuple[int, ...]
    Memo = dict[tuple[str, ...], tuple[tuple[Stamp, ...], T]]

# FAT's clock, the coarsest of a file system in use.
_TICK = 2 * 10**9
# A repository's check asks for a dozen files.
_KEPT = 1024
_ABSENT: Stamp = ()
# Of what cannot be seen: never settled.
_HIDDEN: Stamp = (2**64,)


def stamp(info: os.stat_result) -> Stamp:
    """Return the part of a stat that changes with a file's content, or when another takes its place."""
    return info.st_dev, info.st_ino, info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def is_settled(found: Stamp) -> bool:
    """Tell whether a change from now on would show in a stamp."""
    return max(found[-2:], default=0) < time.time_ns() - _TICK


def remember(memo: Memo[T], paths: tuple[str, ...], read: Callable[[], T]) -> T:
    """Return what a function makes of some files, from the memo where their stats are those noted there.

    Args:
        memo: Stamps and value by paths; bounded here.
        paths: The files; that one is absent is an answer, too.
        read: Makes the value, which is shared: callers must not change it.
    """
    now = tuple(map(_stamp_at, paths))
    known = memo.get(paths)
    if known is not None and known[0] == now:
        return known[1]
    # Before it is read, which may take longer than a tick.
    settled = all(map(is_settled, now))
    value = read()
    if settled and tuple(map(_stamp_at, paths)) == now:
        if len(memo) >= _KEPT:
            memo.clear()
        memo[paths] = now, value
    return value


def _stamp_at(path: str) -> Stamp:
    try:
        return stamp(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    except (OSError, ValueError):
        return _HIDDEN
