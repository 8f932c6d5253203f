"""Entries of a pack: their headers, their streams, and the deltas that build one object from another.

    entry  = header [ base ] stream
    header = 3 bits of kind and the inflated size of the stream, seven bits in each byte from the second on
    base   = how far back the base's entry starts, or the base's id
    delta  = size of the base, size of the result, *( copy from the base / insert )

A pack is not trusted: a stream is never inflated beyond the size in its header, and a delta never builds more than the
size of its result. Malformed input raises ValueError, IndexError or zlib.error.

Sources: gitformat-pack(5).
"""

from __future__ import annotations

import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Buffer = bytes | memoryview
    Header = tuple[int, int, int | bytes | None, int]

KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
OFFSET_DELTA, ID_DELTA = 6, 7
# Bytes that are inflated at a time.
_MOST_OUTPUT = 2**20
# The length of an instruction that gitformat-pack(5) reserves: no object is as long.
_RESERVED = 2**64


def read_header(raw: Buffer, start: int, id_length: int) -> Header:
    """Read the header of the entry that starts at an offset of a pack's bytes.

    Returns:
        Its kind, 1 to 4 for a whole object, or one of the two deltas; the inflated size of its stream; for a delta how
        far back its base starts, or the base's raw id; and where its stream starts in `raw`.
    """
    first = raw[start]
    kind, size, shift, position = first >> 4 & 7, first & 15, 4, start + 1
    while raw[position - 1] & 0x80:
        size |= (raw[position] & 0x7F) << shift
        shift += 7
        position += 1
    if kind == OFFSET_DELTA:
        distance = raw[position] & 0x7F
        while raw[position] & 0x80:
            position += 1
            distance = (distance + 1) << 7 | raw[position] & 0x7F
        return kind, size, distance, position + 1
    if kind == ID_DELTA:
        return kind, size, bytes(raw[position : position + id_length]), position + id_length
    return kind, size, None, position


def inflate(raw: Buffer, start: int, size: int, sink: Callable[[bytes], object]) -> int:
    """Pass the content of a stream to `sink`, part by part; return where the stream ends."""
    inflater = zlib.decompressobj()
    # The longest stream of this size, because zlib copies all input beyond the end.
    step = size + (size >> 10) + 64
    rest, position = size, start
    pending: Buffer = b""
    while not inflater.eof:
        if not pending:
            pending = raw[position : position + step]
            position += len(pending)
            if not pending:
                raise ValueError("a stream is cut off")
        part = inflater.decompress(pending, min(rest + 1, _MOST_OUTPUT))
        pending = inflater.unconsumed_tail
        rest -= len(part)
        if rest < 0:
            raise ValueError("a stream is longer than its header says")
        sink(part)
    if rest:
        raise ValueError("a stream is shorter than its header says")
    return position - len(inflater.unused_data)


def delta_sizes(delta: Buffer) -> tuple[int, int, int]:
    """Return the sizes of a delta's base and result, and where its instructions start."""
    sizes = []
    position = 0
    for _ in range(2):
        size = shift = 0
        while True:
            byte = delta[position]
            size |= (byte & 0x7F) << shift
            shift += 7
            position += 1
            if not byte & 0x80:
                break
        sizes.append(size)
    return sizes[0], sizes[1], position


def apply_delta(base: bytes, delta: bytes, sizes: tuple[int, int, int] | None = None) -> bytes:
    """Return the object that a delta builds from its base.

    Args:
        base: The base.
        delta: The delta.
        sizes: What `delta_sizes` returns, if the caller has asked already.
    """
    base_size, size, position = sizes or delta_sizes(delta)
    if base_size != len(base):
        raise ValueError("a delta belongs to another base")
    parts = []
    left, end = size, len(delta)
    while position < end:
        code = delta[position]
        position += 1
        if code >= 0x80:
            start = 0
            # Seven times the same, because a loop over the bits takes twice as long.
            if code & 0x01:
                start = delta[position]
                position += 1
            if code & 0x02:
                start |= delta[position] << 8
                position += 1
            if code & 0x04:
                start |= delta[position] << 16
                position += 1
            if code & 0x08:
                start |= delta[position] << 24
                position += 1
            if code & 0x10:
                length = delta[position]
                position += 1
            else:
                length = 0
            if code & 0x20:
                length |= delta[position] << 8
                position += 1
            if code & 0x40:
                length |= delta[position] << 16
                position += 1
            length = length or 0x10000
            parts.append(base[start : start + length])
        else:
            length = code or _RESERVED
            parts.append(delta[position : position + code])
            position += code
        left -= length
        # Before the next part, so that a delta never builds more than its header says.
        if left < 0:
            raise ValueError("a delta is malformed")
    content = b"".join(parts)
    # A part that is cut off makes it shorter.
    if left or len(content) != size:
        raise ValueError("a delta builds less than its header says")
    return content
