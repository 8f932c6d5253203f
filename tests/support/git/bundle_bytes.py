"""Bundles built by hand, sound or not, so that a test shows its bytes."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence

from zenml_pin.git.objects.object_store import object_id

V2 = b"# v2 git bundle\n"
V3 = b"# v3 git bundle\n"
COMMIT, TREE, BLOB, TAG, OFFSET_DELTA, ID_DELTA = 1, 2, 3, 4, 6, 7


def entry(kind: int, content: bytes, base: bytes = b"", size: int | None = None) -> bytes:
    """Return one entry of a pack: its header (with a wrong size if one is given), a delta's base, and the stream."""
    rest = len(content) if size is None else size
    head = [kind << 4 | rest & 15]
    rest >>= 4
    while rest:
        head[-1] |= 0x80
        head.append(rest & 0x7F)
        rest >>= 7
    return bytes(head) + base + zlib.compress(content)


def pack(entries: Sequence[bytes], count: int | None = None, version: int = 2) -> bytes:
    """Return a pack with its checksum, whatever its entries are."""
    count = len(entries) if count is None else count
    data = b"PACK" + version.to_bytes(4, "big") + count.to_bytes(4, "big") + b"".join(entries)
    return data + hashlib.sha1(data).digest()


def bundle(entries: Sequence[bytes], header: bytes = V2) -> bytes:
    """Return a bundle of these entries."""
    return header + b"\n" + pack(entries)


def varint(number: int) -> bytes:
    """Return a size in the encoding of deltas."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def copy(start: int, length: int) -> bytes:
    """Return the instruction of a delta that copies from its base."""
    return bytes([0xFF, *start.to_bytes(4, "little"), *length.to_bytes(3, "little")])


def insert(data: bytes) -> bytes:
    """Return the instruction of a delta that inserts at most 127 bytes."""
    return bytes([len(data)]) + data


def delta(base: int, result: int, *instructions: bytes) -> bytes:
    """Return a delta."""
    return varint(base) + varint(result) + b"".join(instructions)


def blob_id(data: bytes) -> str:
    """Return the id of a file's content."""
    return object_id("blob", data)
