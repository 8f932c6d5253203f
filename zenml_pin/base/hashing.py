"""Hashing as git does, with few imports.

Importing `hashlib`, with OpenSSL, takes longer than a small load takes to read and hash all its objects. The
interpreter's own SHA-1 needs no such import, and has a fifth of the speed. So hashing begins with the interpreter's
SHA-1, and changes to OpenSSL's when the amount of data is worth the import, or when `hashlib` is imported already.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Hasher(Protocol):
        """A hash that is being computed."""

        def update(self, data: bytes | memoryview, /) -> None:
            """Hash more."""

        def digest(self) -> bytes:
            """Return the hash as bytes."""

        def hexdigest(self) -> str:
            """Return the hash as text."""


try:
    # The interpreter's own, which hashlib falls back on; a distribution may have left it out.
    from _sha1 import sha1 as _own_sha1  # type: ignore[import-not-found]
except ImportError:
    _own_sha1 = None

# For this many bytes the interpreter's SHA-1 takes as long as the import of hashlib, which also takes 4 MiB of memory.
_FEW = 2**20
_left = _FEW


def new_hasher(algorithm: str, size: int) -> Hasher:
    """Return a new hash.

    Args:
        algorithm: One of hashlib's.
        size: How many bytes will be hashed.
    """
    global _left
    if algorithm == "sha1" and _own_sha1 is not None and "hashlib" not in sys.modules and size < _left:
        _left -= size
        own: Hasher = _own_sha1(usedforsecurity=False)
        return own
    import hashlib

    hasher: Hasher = getattr(hashlib, algorithm)(usedforsecurity=False)
    return hasher


def hex_digest(data: bytes, algorithm: str = "sha1") -> str:
    """Return the hash of some bytes."""
    hasher = new_hasher(algorithm, len(data))
    hasher.update(data)
    return hasher.hexdigest()
