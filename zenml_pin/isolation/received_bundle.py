"""The bundle that a trial received: usable as a repository, and it records whether an object was missing."""

from __future__ import annotations

from zenml_pin.git.bundle import BundleRepository
from zenml_pin.git.objects.object_store import Objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.bundle import BundleSource


class ReceivedBundle:
    """A bundle in memory.

    Attributes:
        place: The bundle as a repository; `pins.lookup.HoldsRepository` gives the attribute its name.
    """

    def __init__(self, data: bytes) -> None:
        self.place = BundleRepository(data)
        self._source = _RecordingSource(self.place.source)
        self.place.objects = Objects(self._source, self.place.objects.limits)

    @property
    def needs_more(self) -> bool:
        """Whether a load needed an object that the bundle does not have."""
        return self._source.has_missed


class _RecordingSource:
    """The objects of a bundle; records whether one was missing."""

    def __init__(self, source: BundleSource) -> None:
        self._source = source
        self.label = source.label
        self.object_format = source.object_format
        self.remedy = source.remedy
        self.is_partial = source.is_partial
        self.has_missed = False

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the object, if the bundle has it."""
        for copy in self._source.copies(object_id, limit):
            yield copy
            return
        self.has_missed = True

    def close(self) -> None:
        """Do nothing: the whole bundle is in memory."""
