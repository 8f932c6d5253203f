"""PackIndex: where each object of a pack starts.

    version 1 = fan-out *( offset id ) checksums
    version 2 = magic fan-out ids crcs offsets long-offsets checksums
    fan-out   = 256 numbers: how many ids start with a byte up to this one

The file is neither kept open nor mapped into memory: an index may be one of hundreds, and a mapped file that becomes
shorter would end the process (SIGBUS). Each look-up needs the part whose ids start with one byte; such parts are kept,
so that a long walk reads the file at most 256 times.

An index is not trusted: whoever reads the object at an offset hashes it. A malformed index raises ValueError.

Sources: gitformat-pack(5), "pack-*.idx files".
"""

from __future__ import annotations

import os
import stat
import struct
from bisect import bisect_left
from itertools import count

from zenml_pin.base.bounded import Bounded, BoundedBytes
from zenml_pin.base.stat_memo import stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.base.stat_memo import Stamp

_MAGIC = b"\xfftOc\0\0\0\2"
_FANOUT = struct.Struct(">256L")
# Most bytes of ids in a part that is kept. In the index of a larger pack, each look-up searches the file.
_LARGEST_PART = 2**16
# Of a thousand ids, most are at most this many bytes from where evenly spread ones would be.
_NEAR = 640
# Bytes of parts that the process keeps: for the packs of a repository with 300,000 objects, all of them.
_KEPT = 2**23
_parts: BoundedBytes[tuple[int, int], tuple[bytes, bytes]] = BoundedBytes(_KEPT)
# Numbers of files, since a number is a faster key than a path and a stamp.
_numbers: Bounded[tuple[str, Stamp], int] = Bounded(1024)
_next_number = count(1)
# A pack of more than 2 GiB has offsets of eight bytes; this bit marks their numbers.
_LONG = 2**31


class PackIndex:
    """One index file.

    Args:
        path: The file.
        id_length: Bytes of an id, 20 or 32.

    Attributes:
        count: How many objects it has.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not an index.
    """

    def __init__(self, path: str, id_length: int) -> None:
        self._path = path
        self._id_length = id_length
        self._stamp: Stamp = ()
        data = self._read(len(_MAGIC) + _FANOUT.size, 0)
        self._version = 2 if data.startswith(_MAGIC) else 1
        self._ids = _FANOUT.size + (len(_MAGIC) if self._version == 2 else 0)
        self._ends = _FANOUT.unpack_from(data, self._ids - _FANOUT.size)
        if any(end < start for start, end in zip(self._ends, self._ends[1:], strict=False)):
            raise ValueError("the numbers in its fan-out decrease")
        self.count: int = self._ends[-1]
        file = path, self._stamp
        self._number = _numbers.get(file) or _numbers.add(file, next(_next_number))

    def find(self, raw_id: bytes) -> int | None:
        """Return where an object starts in the pack; None if the pack does not have it."""
        first, length = raw_id[0], self._id_length
        part = _parts.get((self._number, first)) or self._part(first)
        if part is None:
            return self._find_in_file(raw_id)
        ids, numbers = part
        # Ids are evenly spread, so the second and third byte tell where to begin.
        guess = (len(ids) * (raw_id[1] << 8 | raw_id[2]) >> 16) - _NEAR
        at = ids.find(raw_id, guess if guess > 0 else 0, guess + 2 * _NEAR)
        if at < 0:
            at = ids.find(raw_id)
        while at % length and at >= 0:
            at = ids.find(raw_id, at + 1)
        return None if at < 0 else self._to_offset(numbers[at // length * 4 : at // length * 4 + 4])

    def _find_in_file(self, raw_id: bytes) -> int | None:
        start, size = self._place(raw_id[0])
        position = bisect_left(range(start, start + size), raw_id, key=self._id_at) + start
        if position == start + size or self._id_at(position) != raw_id:
            return None
        return self._to_offset(self._numbers(position, 1))

    def iter_prefix(self, prefix: bytes) -> Iterator[bytes]:
        """Yield the raw ids that start with at least one byte."""
        start, size = self._place(prefix[0])
        for position in range(start, start + size):
            raw_id = self._id_at(position)
            if raw_id.startswith(prefix):
                yield raw_id
            elif raw_id > prefix:
                return

    def pack_checksum(self) -> bytes:
        """Return the checksum of the pack that the index was made for."""
        length = self._id_length
        return self._read(length, self._size - 2 * length)

    def _place(self, first: int) -> tuple[int, int]:
        """Return the position of the first id that starts with a byte, and how many do."""
        start: int = self._ends[first - 1] if first else 0
        return start, self._ends[first] - start

    def _part(self, first: int) -> tuple[bytes, bytes] | None:
        """Return the ids that start with a byte, and their numbers for offsets; None if they are too many to keep."""
        start, size = self._place(first)
        if size * self._id_length > _LARGEST_PART:
            return None
        part = self._ids_from(start, size), self._numbers(start, size)
        return _parts.add((self._number, first), part, len(part[0]) + len(part[1]))

    def _id_at(self, position: int) -> bytes:
        return self._ids_from(position, 1)

    def _ids_from(self, start: int, count: int) -> bytes:
        length = self._id_length
        if self._version == 2:
            return self._read(count * length, self._ids + start * length)
        entries = self._entries(start, count)
        return b"".join(entries[at + 4 : at + 4 + length] for at in range(0, len(entries), 4 + length))

    def _numbers(self, start: int, count: int) -> bytes:
        if self._version == 2:
            return self._read(count * 4, self._ids + self.count * (self._id_length + 4) + start * 4)
        entries = self._entries(start, count)
        return b"".join(entries[at : at + 4] for at in range(0, len(entries), 4 + self._id_length))

    def _entries(self, start: int, count: int) -> bytes:
        length = 4 + self._id_length
        return self._read(count * length, self._ids + start * length)

    def _to_offset(self, raw: bytes) -> int:
        number = int.from_bytes(raw, "big")
        if number < _LONG or self._version == 1:
            return number
        after = self._ids + self.count * (self._id_length + 8)
        return int.from_bytes(self._read(8, after + (number - _LONG) * 8), "big")

    def _read(self, size: int, offset: int) -> bytes:
        """Return a part of the file; raise if another file has replaced it since the first read."""
        descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode):
                raise ValueError("its index is not a regular file")
            now = stamp(info)
            if self._stamp and now != self._stamp:
                raise ValueError("its index has changed")
            self._stamp, self._size = now, info.st_size
            data = os.pread(descriptor, size, offset) if offset >= 0 else b""
        finally:
            os.close(descriptor)
        if len(data) != size:
            raise ValueError("its index is cut off")
        return data
