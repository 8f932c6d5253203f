"""Index files made byte by byte, so that a test says exactly what they contain."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

TREE = b"TREE"


@dataclass(frozen=True)
class Staged:
    """One entry to write."""

    path: bytes
    content: bytes = b""
    mode: int = 0o100644
    size: int = 0
    stage: int = 0
    extended: int = 0

    def id(self, length: int = 20) -> bytes:
        """Return the id of its content as a blob."""
        raw = b"blob %d\0" % len(self.content) + self.content
        return hashlib.sha1(raw).digest() if length == 20 else hashlib.sha256(raw).digest()


def build(entries: Iterable[Staged], version: int = 2, extensions: bytes = b"", id_length: int = 20) -> bytes:
    """Return an index file of entries in the given order."""
    entries = list(entries)
    data = bytearray(b"DIRC" + struct.pack(">II", version, len(entries)))
    last = b""
    for entry in entries:
        flags = min(len(entry.path), 0xFFF) | entry.stage << 12 | (0x4000 if entry.extended else 0)
        head = struct.pack(">10I", 1, 2, 3, 4, 5, 6, entry.mode, 8, 9, entry.size) + entry.id(id_length)
        head += struct.pack(">H", flags) + (struct.pack(">H", entry.extended) if entry.extended else b"")
        if version == 4:
            data += head + _compressed(last, entry.path)
        else:
            data += head + entry.path + bytes(8 - (len(head) + len(entry.path)) % 8)
        last = entry.path
    return bytes(data + extensions + bytes(id_length))


def extension(signature: bytes, content: bytes) -> bytes:
    """Return an extension of the index."""
    return signature + struct.pack(">I", len(content)) + content


def _compressed(last: bytes, path: bytes) -> bytes:
    shared = next(
        (i for i, (a, b) in enumerate(zip(last, path, strict=False)) if a != b), min(len(last), len(path))
    )
    return _offset(len(last) - shared) + path[shared:] + b"\0"


def _offset(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        digits.append(0x80 | (value & 0x7F))
    return bytes(reversed(digits))
