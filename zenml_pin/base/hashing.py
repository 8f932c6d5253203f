"""Hashing as git does, with few imports.

Importing `hashlib`, with OpenSSL, takes longer than a small load takes to read and hash all its objects. The
interpreter's own hashes need no such import, and have a fifth of the speed. So hashing begins with the interpreter's
own, and changes to OpenSSL's when the amount of data is worth the import, or when `hashlib` is imported already.
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

    class Maker(Protocol):
        """Begins a hash with some bytes."""

        def __call__(self, data: bytes, /, *, usedforsecurity: bool) -> Hasher: ...


# The modules of the interpreter's own hashes, which hashlib falls back on; a distribution may have left them out. Each
# Python has one of those for SHA-256: `_sha2` from 3.12 on.
_OWN = {"sha1": ("_sha1",), "sha256": ("_sha2", "_sha256")}
# For this many bytes the interpreter's SHA-1 takes as long as the import of hashlib, which also takes 4 MiB of memory.
_FEW = 2**20
_left = _FEW
# Once hashlib is imported, how it makes a hash.
_makers: dict[str, Maker] = {}
# To join fewer bytes takes less time than a further call.
_WORTH_A_COPY = 2**16


def new_hasher(algorithm: str, size: int) -> Hasher:
    """Return a new hash.

    Args:
        algorithm: One of hashlib's.
        size: How many bytes will be hashed.
    """
    global _left
    make = _makers.get(algorithm)
    if make is not None:
        return make(b"", usedforsecurity=False)
    own = _find_own(algorithm) if "hashlib" not in sys.modules and size < _left else None
    if own is not None:
        _left -= size
        return own
    import hashlib

    maker: Maker = getattr(hashlib, algorithm)
    _makers[algorithm] = maker
    return maker(b"", usedforsecurity=False)


def digest_of(algorithm: str, head: bytes, data: bytes) -> str:
    """Return the hash of two parts of a text, one after the other: in one call, if `new_hasher` has hashed much."""
    make = _makers.get(algorithm)
    if make is not None and len(data) < _WORTH_A_COPY:
        return make(head + data, usedforsecurity=False).hexdigest()
    hasher = new_hasher(algorithm, len(data))
    hasher.update(head)
    hasher.update(data)
    return hasher.hexdigest()


def _find_own(algorithm: str) -> Hasher | None:
    for name in _OWN.get(algorithm, ()):
        try:
            hasher: Hasher = getattr(__import__(name), algorithm)(usedforsecurity=False)
        except ImportError:
            continue
        return hasher
    return None


def hex_digest(data: bytes, algorithm: str = "sha1") -> str:
    """Return the hash of some bytes."""
    hasher = new_hasher(algorithm, len(data))
    hasher.update(data)
    return hasher.hexdigest()
