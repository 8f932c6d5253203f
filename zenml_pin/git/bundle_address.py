"""The addresses of bundles: they identify a bundle without opening it."""

from __future__ import annotations

import os

from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.values import Value


class BundleFile(Value):
    """The address of a bundle file. A file that replaces it has another address."""

    key: str
    stamp: tuple[int, ...]

    @classmethod
    def at(cls, path: str) -> BundleFile:
        """Return the address of the file that is at a path now."""
        path = os.path.realpath(path)
        info = os.stat(path)
        return cls(path, (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns))


class BundleBytes(Value):
    """The address of a bundle that is in memory."""

    data: bytes

    @property
    def key(self) -> str:
        """A text that only this bundle has."""
        return f"bundle {hex_digest(self.data, 'sha256')}"
