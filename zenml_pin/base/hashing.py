"""Hashing as git does, with the least to import.

`hashlib` takes longer to import, with OpenSSL, than a small load takes to read and hash all it needs; the
interpreter's own SHA-1 is there at once, at a fifth of the speed. So the latter starts, and OpenSSL's takes over when
more is hashed than its import costs, or when someone has imported it anyway.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Hasher(Protocol):
        """A hash that is being made."""

        def update(self, data: bytes, /) -> None:
            """Hash more."""

        def hexdigest(self) -> str:
            """Return the hash."""


try:
    # The interpreter's own, which hashlib falls back on; a distribution may have left it out.
    from _sha1 import sha1 as _own_sha1  # type: ignore[import-not-found]
except ImportError:
    _own_sha1 = None

# So much takes the interpreter as long as to import hashlib and let OpenSSL do it; and that takes 4 MiB of memory.
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
