"""Sides: the two things that are compared, each a commit or the working tree, with the ids that git gives to files.

In the working tree a path that `status` lists has its content on disk; every other path is the same as in HEAD.
Files that git ignores and that Python cannot import do not belong to it.
"""

from __future__ import annotations

import os
from typing import Protocol

from zenml_pin.at import registry
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import ObjectNotFoundError, UnpinnedError, UnsupportedError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import object_id
from zenml_pin.git.objects.tree import SUBMODULE, Entry
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status.kinds import ChangeKind
from zenml_pin.git.status.stored_content import read_stored
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.choosing_roots import with_roots
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
        """Return the path after following links inside the tree."""

    def files(self, unit: str, *, ignored: bool = True) -> dict[str, Entry]:
        """Return the entries at and below a path that are not folders, by path; {} if there are none.

        Args:
            unit: The path.
            ignored: Whether files that git ignores and Python can import belong to a working tree.
        """

    def read(self, entry: Entry) -> bytes:
        """Return the content of a file, or the target of a link."""


class CommitSide:
    """A commit as a side."""

    def __init__(self, tree: CommitTree, roots: tuple[str, ...] | None = None) -> None:
        self.tree = tree
        self.commit: Commit | None = tree.commit
        self.roots = source_roots(tree) if roots is None else roots

    def real(self, path: str) -> str:
        """Return the path after following links inside the tree."""
        entry = self.tree.find(path)
        return path if entry is None else entry.path

    def files(self, unit: str, *, ignored: bool = True) -> dict[str, Entry]:
        """Return the entries at and below a path that are not folders, by path; {} if there are none."""
        if self.tree.find_link(unit) is None:
            return {}
        return {entry.path: entry for entry in self.tree.iter_entries(unit)}

    def read(self, entry: Entry) -> bytes:
        """Return the content of a file, or the target of a link."""
        try:
            return self.tree.objects.blob(entry.id)
        except ObjectNotFoundError as error:
            raise ObjectNotFoundError(error.object_id, error.place, error.hint, path=entry.path) from error


class WorktreeSide:
    """The working tree of a repository as a side, as it is now.

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
        tree = self._repository.find_head_tree()
        return None if tree is None else CommitSide(tree, ())

    def real(self, path: str) -> str:
        """Return the path after following links inside the tree."""
        root = os.path.realpath(self.tree.root)
        real = os.path.relpath(os.path.realpath(os.path.join(root, path)), root)
        return path if real.split(os.sep)[0] == os.pardir else real

    def files(self, unit: str, *, ignored: bool = True) -> dict[str, Entry]:
        """Return the entries at and below a path that are not folders, by path; {} if there are none."""
        entries = self._head.files(unit) if self._head is not None else {}
        for change in unit_status(self._repository, unit).changes:
            if change.kind is ChangeKind.IGNORED_IMPORTABLE and not ignored:
                continue
            entry = self.tree.find_link(change.path)
            if entry is None or (entry.is_folder and not self._is_submodule(change.path)):
                entries.pop(change.path, None)
            elif not entry.is_folder:
                entries[change.path] = self._with_id(entry)
        return entries

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
            # It is too long to be read, so it is shown as a file of unknown content.
            return entry
        blob_id = object_id("blob", data, self._repository.layout.object_format)
        return Entry(entry.path, entry.mode, blob_id)

    def _is_submodule(self, path: str) -> bool:
        entry = self._head.tree.find_link(path) if self._head is not None else None
        return entry is not None and entry.mode == SUBMODULE


def open_side(source: Source, repository: AnyRepository | None) -> SideReader:
    """Return the side of a source: its commit, or the working tree if it has no pin.

    Raises:
        CommitNotFoundError: No known repository has the commit.
        UnpinnedError: The source is pinned to a release, or there is no repository.
        UnsupportedError: The repository has no working tree.
    """
    if source.release is not None:
        raise UnpinnedError(
            f"'{source}' is pinned to a release, not to a commit", "compare releases of the package itself"
        )
    if source.commit_id is not None:
        namespace = registry.get_namespace(with_roots(source, repository).pin, repository)
        assert isinstance(namespace.tree, CommitTree)
        return CommitSide(namespace.tree, namespace.source_roots)
    if repository is None:
        raise UnpinnedError(f"'{source}' does not name a commit, and there is no repository here")
    if not isinstance(repository, GitRepository):
        raise UnsupportedError(f"'{repository.root}' has no working tree to compare", _OTHER)
    return WorktreeSide(repository)
