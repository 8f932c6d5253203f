"""Objects in memory: a source of objects that is a dict."""

from __future__ import annotations

from zenml_pin.git.objects.object_store import object_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class MemorySource:
    """Objects in a dict, for tests and for callers that have objects in memory."""

    remedy = ""

    def __init__(self, object_format: str = "sha1", label: str = "memory") -> None:
        self.label = label
        self.object_format = object_format
        self._objects: dict[str, tuple[str, bytes]] = {}

    def add(self, kind: str, data: bytes) -> str:
        """Keep an object and return its id."""
        name = object_id(kind, data, self.object_format)
        self._objects[name] = kind, data
        return name

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the object, if it exists."""
        if object_id in self._objects:
            yield self._objects[object_id]

    def close(self) -> None:
        """Do nothing: nothing is open."""
