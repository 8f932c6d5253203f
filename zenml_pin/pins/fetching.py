"""Fetching: a clone whose missing trees and files come from the remote that it was cloned from.

    partial clone    has every commit, but not every tree and file: each is fetched on its first read
    shallow clone    lacks commits; they are not fetched here, so a walk through its history ends where it is cut

What is fetched goes into the user's cache folder, never into the clone, and is hashed like every other object.
"""

from __future__ import annotations

from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.git.any_repository import CombinedSource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.lookup import get_origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.object_store import ObjectSource


class FetchingRepository(GitRepository):
    """A repository that fetches the trees and files that it lacks.

    Args:
        clone: The repository without that; it stays as it is.

    Attributes:
        clone: As given. The registry must get it instead: it keeps repositories for later loads, which may not fetch.
    """

    def __init__(self, clone: GitRepository) -> None:
        super().__init__(clone.layout, clone.objects.limits)
        self.clone = clone
        self.source = clone.source
        self.objects = _FetchingObjects(clone)


class _FetchingObjects(Objects):
    def __init__(self, clone: GitRepository) -> None:
        self._clone = clone
        super().__init__(CombinedSource(clone.source, lambda: (self._origin,)), clone.objects.limits)

    @lazy
    def _origin(self) -> ObjectSource:
        return get_origin(self._clone).objects.source

    def find(self, name: str, kind: str, limit: int) -> bytes | None:
        """Return the content of an object of a kind; a commit only if the clone itself has it."""
        if kind == "commit":
            return self._clone.objects.find(name, kind, limit)
        return super().find(name, kind, limit)
