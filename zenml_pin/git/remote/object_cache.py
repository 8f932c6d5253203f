"""ObjectCache: fetched objects, stored under their ids.

    <cache folder>/objects/<2 digits>/<the others>      loose objects, as in a repository

An object never changes, so the cache needs no invalidation and no lock. Each file is written atomically, and hashed
again on each read: a damaged one counts as missing. If the folder cannot be written, objects stay in memory for the
life of the process.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import zlib

from zenml_pin.errors import LimitError
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.storage.loose import read_loose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Speed before size: most objects are small and read once.
_LEVEL = 1


class ObjectCache:
    """Objects in a folder, or in memory.

    Args:
        folder: The cache's folder; None keeps everything in memory.
        object_format: "sha1" or "sha256".
    """

    def __init__(self, folder: str | None, object_format: str) -> None:
        self._folder = None if folder is None else os.path.join(folder, "objects")
        self._format = object_format
        # Empty objects are known without a request, as in git.
        self._memory = {object_id(kind, b"", object_format): (kind, b"") for kind in ("blob", "tree")}

    def find(self, name: str, limit: int) -> tuple[str, bytes] | None:
        """Return the kind and verified content of an object, None if it is not in the cache.

        Raises:
            LimitError: It has more than `limit` bytes.
        """
        in_memory = self._memory.get(name)
        if in_memory is not None:
            kind, data = in_memory
            if len(data) > limit:
                field = "source" if kind == "blob" else "tree"
                raise LimitError(f"object '{name}'", len(data), limit, field)
            return in_memory
        try:
            copy = None if self._folder is None else read_loose(self._folder, name, limit)
        except (OSError, ValueError, zlib.error) as error:
            if isinstance(error, LimitError):
                raise
            return None
        return copy if copy is not None and object_id(*copy, self._format) == name else None

    def has(self, name: str) -> bool:
        """Tell whether an object is in the cache, without reading it."""
        return name in self._memory or (
            self._folder is not None and os.path.isfile(_path(self._folder, name))
        )

    def add(self, objects: Iterable[tuple[str, str, bytes]]) -> None:
        """Store objects, each as id, kind and content. The caller must have computed the id from the content."""
        for name, kind, data in objects:
            if not (self._folder is not None and self._write(self._folder, name, kind, data)):
                self._memory[name] = kind, data

    def _write(self, folder: str, name: str, kind: str, data: bytes) -> bool:
        """Write one object; tell whether that worked."""
        path = _path(folder, name)
        try:
            for part in (os.path.dirname(folder), folder, os.path.dirname(path)):
                os.makedirs(part, mode=0o700, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(prefix="tmp_obj_", dir=os.path.dirname(path))
        except OSError:
            return False
        try:
            with open(descriptor, "wb") as file:
                file.write(zlib.compress(f"{kind} {len(data)}\0".encode("ascii") + data, _LEVEL))
            os.replace(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            return False
        return True


def _path(folder: str, name: str) -> str:
    return os.path.join(folder, name[:2], name[2:])
