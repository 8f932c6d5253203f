"""Sides: what is compared, a commit or the working tree, each with the ids that git gives to its files.

In the working tree a path that `status` lists has the content that it has on disk; every other one is as at HEAD.
What git ignores and Python cannot import is no part of it.
"""

from __future__ import annotations

import os
from typing import Protocol

from zenml_pin.at import registry
from zenml_pin.base.compat import lazy
from zenml_pin.errors import UnpinnedError, UnsupportedError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.objects.tree import SUBMODULE, Entry
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status.stored_content import read_stored
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.unit import unit_status
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree


_OTHER = "name a second commit, as in HEAD"


class SideReader(Protocol):
    """One side of a comparison."""

    @property
    def tree(self) -> Tree:
        """Its files."""

    @property
    def commit(self) -> Commit | None:
        """The commit; None for the working tree."""

    @property
    def roots(self) -> tuple[str, ...]:
        """Its source roots."""

    def real(self, path: str) -> str:
        """Return where a path leads, links inside the tree followed."""

    def files(self, unit: str) -> dict[str, Entry]:
        """Return what lies at and below a path and is no folder, by path; {} where nothing does."""

    def read(self, entry: Entry) -> bytes:
        """Return the content of a file, or the target of a link."""


class CommitSide:
    """A commit."""

    def __init__(self, tree: CommitTree, roots: tuple[str, ...] | None = None) -> None:
        self.tree = tree
        self.commit: Commit | None = tree.commit
        self.roots = source_roots(tree) if roots is None else roots

    def real(self, path: str) -> str:
        """Return where a path leads, links inside the tree followed."""
        entry = self.tree.find(path)
        return path if entry is None else entry.path

    def files(self, unit: str) -> dict[str, Entry]:
        """Return what lies at and below a path and is no folder, by path; {} where nothing does."""
        if self.tree.find_link(unit) is None:
            return {}
        return {entry.path: entry for entry in self.tree.iter_entries(unit)}

    def read(self, entry: Entry) -> bytes:
        """Return the content of a file, or the target of a link."""
        return self.tree.objects.blob(entry.id)


class WorktreeSide:
    """The working tree of a repository, as it is now.

    Raises:
        UnsupportedError: The repository is bare.
    """

    def __init__(self, repository: GitRepository) -> None:
        if repository.layout.worktree is None:
            raise UnsupportedError(
                f"repository '{repository.root}' is bare: it has no working tree to compare",
                _OTHER,
            )
        self._repository = repository
        self.tree = WorktreeTree(repository.layout.worktree)
        self.commit: Commit | None = None

    @lazy
    def roots(self) -> tuple[str, ...]:
        """Its source roots."""
        return source_roots(self.tree)

    @lazy
    def _head(self) -> CommitSide | None:
        commit = self._repository.head_commit()
        return None if commit is None else CommitSide(CommitTree(self._repository.objects, commit.id), ())

    def real(self, path: str) -> str:
        """Return where a path leads, links inside the tree followed."""
        root = os.path.realpath(self.tree.root)
        real = os.path.relpath(os.path.realpath(os.path.join(root, path)), root)
        return path if real.split(os.sep)[0] == os.pardir else real

    def files(self, unit: str) -> dict[str, Entry]:
        """Return what lies at and below a path and is no folder, by path; {} where nothing does."""
        found = self._head.files(unit) if self._head is not None else {}
        for change in unit_status(self._repository, unit).changes:
            entry = self.tree.find_link(change.path)
            if entry is None or (entry.is_folder and not self._is_submodule(change.path)):
                found.pop(change.path, None)
            elif not entry.is_folder:
                found[change.path] = self._with_id(entry)
        return found

    def read(self, entry: Entry) -> bytes:
        """Return the content of a file as git would store it, or the target of a link."""
        committed = self._head.tree.find_link(entry.path) if self._head is not None else None
        if self._head is not None and committed is not None and committed.id == entry.id:
            return self._head.read(entry)
        return read_stored(self._repository, entry)

    def _with_id(self, entry: Entry) -> Entry:
        try:
            data = read_stored(self._repository, entry)
        except (UnsupportedError, ValueError):
            # Too long to be read, so it is shown as another file of unknown content.
            return entry
        name = object_id("blob", data, self._repository.layout.object_format)
        return Entry(entry.path, entry.mode, name)

    def _is_submodule(self, path: str) -> bool:
        entry = self._head.tree.find_link(path) if self._head is not None else None
        return entry is not None and entry.mode == SUBMODULE


def open_side(source: Source, repository: AnyRepository | None) -> SideReader:
    """Return the side that a source names: its commit, or without a pin the working tree.

    Raises:
        CommitNotFoundError: No known repository holds the commit.
        UnpinnedError: It is pinned to a release, or there is no repository.
    """
    if source.release is not None:
        raise UnpinnedError(
            f"'{source}' is pinned to a release, which is no commit", "compare releases of the package itself"
        )
    if source.commit_id is not None:
        pin = registry.get_namespace(source.commit_id, repository)
        assert isinstance(pin.tree, CommitTree)
        return CommitSide(pin.tree, pin.source_roots)
    if repository is None:
        raise UnpinnedError(f"'{source}' names no commit, and there is no repository here")
    if not isinstance(repository, GitRepository):
        raise UnsupportedError(f"'{repository.root}' has no working tree to compare", _OTHER)
    return WorktreeSide(repository)
