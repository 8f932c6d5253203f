"""PresentObjects: which objects a repository has, for facts about objects that were found out in another process."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.storage import DiskSource


class PresentObjects:
    """The objects of a repository; each is looked for once, and none is read.

    Args:
        source: Where the repository has its objects.
    """

    def __init__(self, source: DiskSource) -> None:
        self._source = source
        self._present: set[bytes] = set()

    def has_all(self, raw_ids: frozenset[bytes]) -> bool:
        """Tell whether the repository has all of some objects, given as bytes."""
        new = raw_ids - self._present
        if new and self._source.lacks(new):
            return False
        self._present |= new
        return True

    def has_blob(self, blob_id: str) -> bool:
        """Tell the same of one object, given by its id."""
        return self.has_all(frozenset([bytes.fromhex(blob_id)]))
