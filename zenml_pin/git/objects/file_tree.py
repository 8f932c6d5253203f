"""Tree: the interface of the files of a commit, and of those of a working tree. For type checkers alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from zenml_pin.base.limits import Limits
from zenml_pin.git.objects.tree import Entry


class Tree(Protocol):
    """The files of a commit, or of a working tree: the interface that the importer uses."""

    @property
    def limits(self) -> Limits:
        """The sizes above which objects are not read."""

    def find(self, path: str) -> Entry | None:
        """Return the entry at a path, links followed inside the tree."""

    def get(self, path: str) -> Entry:
        """Return the entry at a path, links followed; raise PathNotFoundError if there is none."""

    def find_link(self, path: str) -> Entry | None:
        """Return the entry at a path; a link at its end is not followed."""

    def names(self, path: str) -> Collection[str]:
        """Return the names in a folder; empty if the path is not a folder."""

    def children(self, path: str) -> dict[str, Entry]:
        """Return the entries of a folder, by name."""

    def list_folder(self, path: str, folder: Entry) -> dict[str, Entry]:
        """Return the entries of a folder that is at hand, by name, for `walk`."""

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
