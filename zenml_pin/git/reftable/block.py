"""One block of a table: records in the order of their keys.

    block   = kind, length (3 bytes), records, restarts (3 bytes each), their count (2 bytes)
    record  = varint(shared), varint(length of the rest << 3 | type), rest of the key, payload
    payload = varint(update index), value          in a block of refs, "r"
            / varint(position of a block)          in a block of the index, "i"
    value   = nothing                              type 0, a deletion
            / id                                   type 1
            / id, id of what the tag leads to      type 2
            / varint(length), name of a ref        type 3, a symbolic ref

A key continues the first `shared` bytes of the key before it. A restart is the position of a record that shares
nothing, so a search need not read from the block's beginning. All positions count from the block's beginning; the first
block of a file begins with the file's header.

Functions raise ValueError if the bytes are damaged.

Sources: git's Documentation/technical/reftable.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    # An id in hexadecimal digits, or "ref: " and a name; None for a deletion; a position in a block of the index.
    RefValue = bytes | None
    Record = tuple[bytes, RefValue | int]

REFS, INDEX, OBJECTS, LOGS = b"r", b"i", b"o", b"g"
KINDS = (REFS, INDEX, OBJECTS, LOGS)
SYMREF = b"ref: "
# The length of kind and length.
BLOCK_HEADER = 4
_RESTART = 3
_COUNT = 2
_DELETION, _ID, _PEELED, _SYMREF = range(4)
# Enough for a number of 64 bits; a longer varint would only cost time.
_VARINT_BYTES = 10


class Block:
    """A block of refs or of the index.

    Args:
        data: The bytes of the block alone.
        header: How many bytes of it are the file's header.
        id_length: How many bytes an id has.

    Attributes:
        kind: `REFS` or `INDEX`.
    """

    __slots__ = ("kind", "_data", "_start", "_end", "_restarts", "_id_length")

    def __init__(self, data: bytes, header: int, id_length: int) -> None:
        self.kind = data[header : header + 1]
        self._data = data
        self._id_length = id_length
        self._start = header + BLOCK_HEADER
        self._restarts = int.from_bytes(data[-_COUNT:])
        self._end = len(data) - _COUNT - _RESTART * self._restarts
        if self._end <= self._start or not self._restarts or self._restart(0) != self._start:
            raise ValueError("its restart points are wrong")

    def records(self, key: bytes = b"") -> Iterator[Record]:
        """Yield the records from a key on, in order."""
        start = self._restart(self._last_restart_before(key)) if key else self._start
        position, previous = self._seek(start, key)
        while position < self._end:
            current, kind, payload = self._key(position, previous)
            if current <= previous:
                raise ValueError("its records are out of order")
            position = self._after(kind, payload)
            yield current, self._value(kind, payload)
            previous = current

    def first_key(self) -> bytes:
        """Return the first record's key."""
        return self._key(self._start, b"")[0]

    def last(self) -> Record:
        """Return the last record."""
        position, key, record = self._restart(self._restarts - 1), b"", None
        while position < self._end:
            key, kind, payload = record = self._key(position, key)
            position = self._after(kind, payload)
        if record is None:
            raise ValueError("it has no records")
        return key, self._value(kind, payload)

    def last_key(self) -> bytes:
        """Return the last record's key."""
        return self.last()[0]

    def _seek(self, position: int, key: bytes) -> tuple[int, bytes]:
        """Search from a restart on. Return where the first record begins whose key is not less, and the key before."""
        # The record at a restart shares nothing with the key before it.
        previous = b""
        while position < self._end:
            current, kind, payload = self._key(position, previous)
            if current >= key:
                break
            if current <= previous:
                raise ValueError("its records are out of order")
            previous = current
            position = self._after(kind, payload)
        return position, previous

    def _last_restart_before(self, key: bytes) -> int:
        """Return the number of the last restart whose key is not greater than a key; 0 if there is none."""
        low, high = 0, self._restarts
        while high - low > 1:
            middle = (low + high) // 2
            if self._key(self._restart(middle), b"")[0] <= key:
                low = middle
            else:
                high = middle
        return low

    def _restart(self, number: int) -> int:
        start = self._end + _RESTART * number
        position = int.from_bytes(self._data[start : start + _RESTART])
        if not self._start <= position < self._end:
            raise ValueError("a restart point is outside of the records")
        return position

    def _key(self, position: int, previous: bytes) -> tuple[bytes, int, int]:
        """Return the key and the type of the record at a position, and where its payload begins.

        Args:
            position: Where the record begins.
            previous: The key of the record before it.
        """
        data = self._data
        if position + 1 < self._end and data[position] < 0x80 and data[position + 1] < 0x80:
            # Nearly all records: both numbers have one byte.
            shared, length = data[position], data[position + 1]
            position += 2
        else:
            shared, position = self._number(position)
            length, position = self._number(position)
        end = position + (length >> 3)
        if shared > len(previous) or end > self._end:
            raise ValueError("a key is too long")
        key = previous[:shared] + data[position:end]
        if not key:
            raise ValueError("a key is empty")
        return key, length & 7, end

    def _after(self, kind: int, payload: int) -> int:
        """Return where a record ends; its payload begins at a position."""
        if payload < self._end and self._data[payload] < 0x80:
            position = payload + 1
        else:
            _, position = self._number(payload)
        if self.kind == INDEX:
            if kind:
                raise ValueError(f"its index has a record of type {kind}")
        elif kind == _SYMREF:
            length, position = self._number(position)
            position += length
        elif kind in (_DELETION, _ID, _PEELED):
            position += self._id_length * kind
        else:
            raise ValueError(f"a ref has the unknown type {kind}")
        if position > self._end:
            raise ValueError("a value is too long")
        return position

    def _value(self, kind: int, payload: int) -> RefValue | int:
        """Return the value of a payload that begins at a position; `_after` has checked where it ends."""
        number, position = self._number(payload)
        if self.kind == INDEX:
            return number
        if kind == _DELETION:
            return None
        if kind == _SYMREF:
            length, position = self._number(position)
            return SYMREF + self._data[position : position + length]
        return self._data[position : position + self._id_length].hex().encode()

    def _number(self, position: int) -> tuple[int, int]:
        """Return the varint at a position, and where it ends. Offsets in packs are encoded in the same way."""
        data = self._data
        if position >= self._end:
            raise ValueError("a record is cut off")
        byte = data[position]
        number = byte & 0x7F
        last = min(self._end, position + _VARINT_BYTES)
        while byte & 0x80:
            position += 1
            if position >= last:
                raise ValueError("a number is too long")
            byte = data[position]
            number = ((number + 1) << 7) | (byte & 0x7F)
        return number, position + 1
