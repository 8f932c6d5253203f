"""Packs made by hand, sound or not."""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass

from dulwich.pack import write_pack_index_v1, write_pack_index_v2

BLOB = 3
OFFSET_DELTA = 6
ID_DELTA = 7


@dataclass(frozen=True)
class Record:
    """One object of a pack.

    Attributes:
        id: The id that the index gives it.
        kind: Its number in the pack.
        data: The content of its stream: a blob, or a delta.
        base: For a delta, the base's id (ID_DELTA), or its position in the list of records (OFFSET_DELTA).
        size: The size in its header; by default the real one.
    """

    id: str
    kind: int
    data: bytes
    base: str | int | None = None
    size: int | None = None


def blob_id(content: bytes) -> str:
    """Return the id of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def varint(number: int) -> bytes:
    """Return a number in the encoding of delta sizes: seven bits per byte, lowest first."""
    parts = []
    while True:
        number, low = number >> 7, number & 0x7F
        parts.append(low | (0x80 if number else 0))
        if not number:
            return bytes(parts)


def delta(base_size: int, result_size: int, *steps: bytes) -> bytes:
    """Return a delta with any two sizes at its start."""
    return varint(base_size) + varint(result_size) + b"".join(steps)


def insert(data: bytes) -> bytes:
    """Return the instruction that adds up to 127 bytes."""
    return bytes([len(data)]) + data


def copy(offset: int, size: int) -> bytes:
    """Return the instruction that copies up to 64 KiB from the base."""
    return bytes([0b10110011, offset & 0xFF, offset >> 8 & 0xFF, size & 0xFF, size >> 8 & 0xFF])


def write_pack(objects: str, records: list[Record], *, name: str = "a", version: int = 2) -> str:
    """Write a pack of sha1 objects and its index; return the path without its suffix."""
    out = bytearray(b"PACK" + (2).to_bytes(4, "big") + len(records).to_bytes(4, "big"))
    offsets: list[int] = []
    for record in records:
        offsets.append(len(out))
        size = len(record.data) if record.size is None else record.size
        first, size = record.kind << 4 | size & 15, size >> 4
        out += bytes([first | 0x80]) + varint(size) if size else bytes([first])
        if isinstance(record.base, int):
            out += _distance(offsets[-1] - (offsets[record.base] if record.base < len(offsets) else 0))
        elif record.base is not None:
            out += bytes.fromhex(record.base)
        out += zlib.compress(record.data)
    checksum = hashlib.sha1(out).digest()
    stem = os.path.join(objects, "pack", f"pack-{hashlib.sha1(name.encode()).hexdigest()}")
    with open(stem + ".pack", "wb") as file:
        file.write(out + checksum)
    entries = sorted(
        (bytes.fromhex(record.id), offset, 0) for record, offset in zip(records, offsets, strict=True)
    )
    with open(stem + ".idx", "wb") as file:
        (write_pack_index_v1 if version == 1 else write_pack_index_v2)(file, entries, checksum)
    return stem


def _distance(number: int) -> bytes:
    parts = [number & 0x7F]
    while number := number >> 7:
        number -= 1
        parts.append(number & 0x7F | 0x80)
    return bytes(reversed(parts))
