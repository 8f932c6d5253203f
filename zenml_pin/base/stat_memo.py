"""A memo of values from files, which is valid as long as the stats of the files stay the same.

A file that changes twice within one tick of its file system's clock may keep its stat. So values of younger files are
not remembered, and are read again. A memo is only as right as the stat: it does not notice a clock that was set back,
or a write to the disk below the file system.

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

# The tick of FAT, the longest of the file systems in use.
_TICK = 2 * 10**9
# The check of a repository needs a dozen files.
_KEPT = 1024
_ABSENT: Stamp = ()
# The stamp of a file without a readable stat: it is never settled.
_HIDDEN: Stamp = (2**64,)


def stamp(info: os.stat_result) -> Stamp:
    """Return the part of a stat that changes with a file's content, or when another file replaces it."""
    return info.st_dev, info.st_ino, info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def is_settled(stamp: Stamp) -> bool:
    """Tell whether every change from now on will change the stamp."""
    return max(stamp[-2:], default=0) < time.time_ns() - _TICK


def remember(memo: Memo[T], paths: tuple[str, ...], read: Callable[[], T]) -> T:
    """Return the value of some files, from the memo if their stats are the same as there.

    Args:
        memo: Stamps and value by paths. This function limits its size.
        paths: The files. A file may be absent.
        read: Computes the value. The value is shared: callers must not change it.
    """
    now = tuple(map(stamp_at, paths))
    known = memo.get(paths)
    if known is not None and known[0] == now:
        return known[1]
    # Before reading, which may take longer than a tick.
    settled = all(map(is_settled, now))
    value = read()
    if settled and tuple(map(stamp_at, paths)) == now:
        if len(memo) >= _KEPT:
            memo.clear()
        memo[paths] = now, value
    return value


def stamp_at(path: str) -> Stamp:
    """Return the stamp of the file at a path; links are followed."""
    try:
        return stamp(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return _ABSENT
    except (OSError, ValueError):
        return _HIDDEN
