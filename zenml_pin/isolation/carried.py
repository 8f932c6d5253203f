"""What a trial carries: the code in a bundle, taken wherever a repository is, which notes what it lacks."""

from __future__ import annotations

from zenml_pin.git.bundle import BundleRepository
from zenml_pin.git.objects.object_store import Objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.bundle import BundleSource


class Carried:
    """A bundle in memory.

    Attributes:
        place: The bundle as a repository; named as `pins.lookup.HoldsRepository` names it.
    """

    def __init__(self, data: bytes) -> None:
        self.place = BundleRepository(data)
        self._noting = _Noting(self.place.source)
        self.place.objects = Objects(self._noting, self.place.objects.limits)

    @property
    def needs_more(self) -> bool:
        """Whether it was asked for an object that it does not have."""
        return self._noting.has_missed


class _Noting:
    """The objects of a bundle."""

    def __init__(self, source: BundleSource) -> None:
        self._source = source
        self.label = source.label
        self.object_format = source.object_format
        self.remedy = source.remedy
        self.has_missed = False

    def copies(self, object_id: str, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield the object, if it is here."""
        for copy in self._source.copies(object_id, limit):
            yield copy
            return
        self.has_missed = True

    def close(self) -> None:
        """Do nothing: the bundle is in memory, whole."""
