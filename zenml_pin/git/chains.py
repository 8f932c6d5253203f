"""Delta chains: the objects of one pack, each made of the ones that it is a delta of.

dulwich inflates an entry and applies a delta. What is added here: a size is asked before anything of that size is made
(a 16 KB pack can ask for 10 GiB), what all links of a chain come to is bounded, and so is what is kept of them.

Sources: gitformat-pack(5).
"""

from __future__ import annotations

import os
from collections import OrderedDict

from dulwich.pack import Pack, apply_delta

from zenml_pin.errors import LimitError
from zenml_pin.git.packentry import KINDS, delta_sizes, read_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import BinaryIO

# What an intermediate link of a delta chain may inflate to, whatever the object at its end is.
_LINK_LIMIT = 32 * 2**20
# What all links of a chain may inflate to: each is made of the one before, so a small pack could ask for hours.
_CHAIN_LIMIT = 2**30
# What the deltas of a chain may inflate to: all are held until its base is found. git writes none that is longer than
# half of what it makes, and shorter ones the longer a chain is.
_DELTAS_LIMIT = 2**28
# Bytes of objects that are kept for each pack, as others may be deltas of them; more makes deep chains no faster, and a
# walk through a long history would fill it. One object may have a quarter.
_KEPT = 2**20
# The longest header, with a base's id, has 42 bytes.
_HEADER = 64


class Chains:
    """The objects of a pack.

    Args:
        pack: The pack, whose data may be unfit for its index, which is checked at the first read.
        file: Its file.
        id_length: Bytes of an id, 20 or 32.
    """

    def __init__(self, pack: Pack, file: BinaryIO, id_length: int) -> None:
        self._pack = pack
        self._file = file
        self._id_length = id_length
        self._held: OrderedDict[int, tuple[str, bytes]] = OrderedDict()
        self._left = _KEPT

    def read(
        self, raw_id: bytes, offset: int, limit: int, find: Callable[[bytes], int | None]
    ) -> tuple[str, bytes]:
        """Return the kind and raw content of the object whose entry starts at an offset, unverified.

        Args:
            raw_id: The object's id, for messages.
            offset: Where its entry starts.
            limit: The most bytes that it may have.
            find: Returns where the entry of a raw id starts, None when the pack has none. Not kept: it is a method of
                what holds these chains, and in a circle all that is held would outlive a pack that is closed.

        Raises:
            LimitError: It has more than `limit` bytes, or its chain more than a chain may.
            ValueError, and others of dulwich's: It is damaged.
        """
        deltas, base = self._walk(raw_id, offset, limit, find)
        for start, delta in reversed(deltas.items()):
            base = base[0], b"".join(apply_delta(base[1], delta))
            self._hold(start, base)
        return base

    def _walk(
        self, raw_id: bytes, start: int, limit: int, find: Callable[[bytes], int | None]
    ) -> tuple[dict[int, bytes], tuple[str, bytes]]:
        """Return the deltas of an object by where they start, its own first, and what the last of them is of."""
        deltas: dict[int, bytes] = {}
        bound, total, inflated = limit, 0, 0
        while (base := self._held.get(start)) is None:
            header = os.pread(self._file.fileno(), _HEADER, start)
            kind, size, link, _ = read_header(header, 0, self._id_length)
            _refuse(raw_id, size, bound)
            if link is None:
                base = KINDS[kind], self._inflate(start)
                self._hold(start, base)
                break
            inflated += size
            _refuse(raw_id, inflated, max(limit, _DELTAS_LIMIT), "a part of the deltas of ")
            deltas[start] = self._inflate(start)
            size = max(size, delta_sizes(deltas[start])[1])
            _refuse(raw_id, size, bound)
            total += size
            _refuse(raw_id, total, max(limit, _CHAIN_LIMIT), "a part of the delta chain of ")
            bound = max(limit, _LINK_LIMIT)
            start = _base(start - link if isinstance(link, int) else find(link), deltas)
        _refuse(raw_id, len(base[1]), bound)
        return deltas, base

    def _inflate(self, start: int) -> bytes:
        return b"".join(self._pack.data.get_unpacked_object_at(start).decomp_chunks)

    def _hold(self, start: int, made: tuple[str, bytes]) -> None:
        """Keep what an entry stands for, and let go of what was made longest ago where that is too much."""
        if len(made[1]) > _KEPT // 4:
            return
        self._held[start] = made
        self._left -= len(made[1])
        while self._left < 0:
            self._left += len(self._held.popitem(last=False)[1][1])


def _base(start: int | None, deltas: Container[int]) -> int:
    if start is None:
        raise ValueError("a delta's base is not in its pack")
    if start in deltas:
        raise ValueError("its deltas go in a circle")
    return start


def _refuse(raw_id: bytes, size: int, bound: int, what: str = "") -> None:
    if size > bound:
        raise LimitError(f"{what}object '{raw_id.hex()}'", size, bound, "source")
