"""Memos that do not grow without end: dicts that let go of their oldest entries.

    Bounded(most)          keeps so many entries
    BoundedBytes(most)     keeps so many bytes, which the caller counts

A look-up is that of a dict. So the oldest entries are those that were added first, not those that were used least
recently: to note each use would make a hit slower, and would need a lock. `add` adds; a `[]=` that bounds the dict
would take twice as long.

Threads may share both; at worst two of them make the same value. A fork may happen at any moment.

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
    """A dict that lets go of its oldest entries when `add` adds one too many.

    Args:
        most: How many entries it keeps. It lets go of a quarter of them at a time.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        self._most = most

    def add(self, key: K, value: V) -> V:
        """Keep a value, and return it."""
        self[key] = value
        if len(self) > self._most:
            # To find the first key of a dict takes the longer the more were deleted at its start: one by one is slow.
            for oldest in list(self)[: max(1, self._most // 4)]:
                self.pop(oldest, None)
        return value


class BoundedBytes(dict["K", "V"]):
    """A dict whose values, which `add` adds, have at most so many bytes together; the oldest go first.

    Args:
        most: How many bytes it keeps.
    """

    __slots__ = ("_left", "_lock", "_sizes")

    def __init__(self, most: int) -> None:
        self._lock = ForkLock()
        self._left = most
        self._sizes: dict[K, int] = {}

    def add(self, key: K, value: V, size: int) -> V:
        """Keep a value of so many bytes, as the newest, and return it."""
        with self._lock:
            self._let_go(key)
            # In this order a child that is forked in between counts too much rather than too little.
            self._left -= size
            self._sizes[key] = size
            self[key] = value
            if self._left < 0:
                self._make_room()
        return value

    def _make_room(self) -> None:
        for oldest in list(self._sizes):
            if self._left >= 0:
                return
            self._let_go(oldest)

    def _let_go(self, key: K) -> None:
        self.pop(key, None)
        self._left += self._sizes.pop(key, 0)
