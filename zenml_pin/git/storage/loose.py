"""Loose objects: each file is the zlib stream of one object.

    stream = deflate(kind SP size NUL content)

The size comes first, so an object of gigabytes is refused before it is inflated.
"""

from __future__ import annotations

import os
import stat
import zlib

from zenml_pin.load_errors import LimitError

_CHUNK = 65536
_HEADER = 64


def read_loose(folder: str, object_id: str, limit: int) -> tuple[str, bytes] | None:
    """Return the kind and raw content of a loose object, unverified; None if it does not exist.

    Args:
        folder: The objects folder.
        object_id: A full id.
        limit: Most bytes of content.

    Raises:
        LimitError: It has more bytes.
        ValueError, zlib.error, OSError: The file is damaged or unreadable.
    """
    path = os.path.join(folder, object_id[:2], object_id[2:])
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a regular file")
        return _inflate(descriptor, object_id, limit)
    finally:
        os.close(descriptor)


def _inflate(descriptor: int, object_id: str, limit: int) -> tuple[str, bytes]:
    inflater = zlib.decompressobj()
    head = inflater.decompress(os.read(descriptor, _CHUNK), _HEADER)
    header, nul, start = head.partition(b"\0")
    kind, _, digits = header.decode("ascii").partition(" ")
    if not nul or not digits.isdigit():
        raise ValueError("its header is malformed")
    size = int(digits)
    if size > limit:
        raise LimitError(f"object '{object_id}'", size, limit, "source" if kind == "blob" else "tree")
    parts, length = [start], len(start)
    while not inflater.eof and length <= size:
        pending = inflater.unconsumed_tail or os.read(descriptor, _CHUNK)
        if not pending:
            raise ValueError("its stream is cut off")
        part = inflater.decompress(pending, size + 1 - length)
        parts.append(part)
        length += len(part)
        if not part and not inflater.eof and length == size + 1:
            break
    if length != size:
        raise ValueError(
            f"its header says {size} bytes, its stream has {'more' if length > size else length}"
        )
    return kind, b"".join(parts)
