"""Memos of limited size: dicts that drop their oldest entries.

    Bounded(most)          keeps at most that many entries
    BoundedBytes(most)     keeps at most that many bytes, which the caller counts
    RecentBytes(most)      the same for callers that have a lock of their own, and keeps what is used

A look-up is a plain dict look-up. So the oldest entries are those that were added first, not those that were used least
recently: recording each use would make a hit slower, and would need a lock. Add entries with `add`; a `[]=` that limits
the dict would take twice as long.

Threads may share the first two; at worst two threads compute the same value. A fork is safe at any moment.

>>> memo = Bounded(2)
>>> for number in range(4):
...     _ = memo.add(number, str(number))
>>> memo
{2: '2', 3: '3'}
"""

from __future__ import annotations

from zenml_pin.base.locks import ForkLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    K = TypeVar("K")
    V = TypeVar("V")


# The names are text, since typing takes milliseconds to import.
class Bounded(dict["K", "V"]):
    """A dict that drops its oldest entries when `add` adds one too many.

    Args:
        most: The largest number of entries. It drops a quarter of them at a time.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        self._most = most

    def add(self, key: K, value: V) -> V:
        """Keep a value, and return it."""
        self[key] = value
        if len(self) > self._most:
            # Finding the first key of a dict is slow after deletions at its start, so it does not drop them one by one.
            # Without the GIL, `list` of a dict's keys is one step; `list` of an object of a subclass of dict is not.
            for oldest in list(self.keys())[: max(1, self._most // 4)]:
                self.pop(oldest, None)
        return value


class BoundedBytes(dict["K", "V"]):
    """A dict whose values have at most a number of bytes together; `add` drops the oldest first.

    Args:
        most: The largest number of bytes. It drops about a quarter of them at a time.
    """

    __slots__ = ("_left", "_lock", "_sizes", "_spare")

    def __init__(self, most: int) -> None:
        self._lock = ForkLock()
        self._left = most
        self._spare = most // 4
        self._sizes: dict[K, int] = {}

    def add(self, key: K, value: V, size: int) -> V:
        """Keep a value of `size` bytes as the newest entry, and return it."""
        with self._lock:
            self._drop(key)
            # In this order a child that is forked in between counts too many bytes rather than too few.
            self._left -= size
            self._sizes[key] = size
            self[key] = value
            if self._left < 0:
                self._make_room(key)
        return value

    def _make_room(self, newest: K) -> None:
        for oldest in list(self._sizes):
            if self._left >= (0 if oldest == newest else self._spare):
                return
            self._drop(oldest)

    def _drop(self, key: K) -> None:
        self.pop(key, None)
        self._left += self._sizes.pop(key, 0)


class RecentBytes(dict["K", "tuple[V, int]"]):
    """A dict of values that have at most a number of bytes together; those that were found last stay. Has no lock.

    Has two generations: when the newer one, the dict itself, has half of the bytes, it becomes the older one. Values
    of the older one are dropped then, unless `find` has moved them to the newer one.

    Args:
        most: The largest number of bytes.
    """

    __slots__ = ("_half", "_older", "_used")

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._used = 0
        self._older: dict[K, tuple[V, int]] = {}

    def find(self, key: K) -> V | None:
        """Return a value; None if it was dropped or never added."""
        kept = self.get(key)
        if kept is None:
            kept = self._older.get(key)
            if kept is None:
                return None
            self.add(key, *kept)
        return kept[0]

    def add(self, key: K, value: V, size: int) -> None:
        """Keep a value of `size` bytes; one that is larger than half of the limit is not kept."""
        if self._used + size > self._half:
            self._older, self._used = dict(self), 0
            self.clear()
        if size <= self._half:
            self[key] = value, size
            self._used += size
