"""The first-parent walk: the location of a class's unit at each commit of a line of history, newest first.

Reads the commits, their root trees, and below these only the trees on the path to the unit. If a commit has the same
entries on that path as the commit after it, the answer is the same too. Memory does not grow with the history.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from zenml_pin.errors import CommitNotFoundError, PinError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import LINK, Entry
from zenml_pin.importing.locate import find_path
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.unit import unit_of


@attrs.frozen
class UnitAt:
    """The location of a module at a commit.

    Attributes:
        path: Its file.
        folder: Its folder, or the file if the file is directly in a source root.
        id: The folder's tree id, or the file's blob id: equal ids mean equal code.
    """

    path: str
    folder: str
    id: str


def iter_units(objects: Objects, commit_id: str, module: str) -> Iterator[tuple[Commit, UnitAt | None, bool]]:
    """Yield each commit, the module's unit there, and whether the history is complete down to its first parent.

    The unit is None if the commit does not have the module.

    Args:
        objects: The objects of the repository.
        commit_id: The commit where the walk begins.
        module: Dotted name of the module.

    Raises:
        CommitNotFoundError: The first commit is missing. An older commit that is missing ends the walk.
    """
    memo = _Memo(module)
    tree: CommitTree | None = CommitTree(objects, commit_id)
    while tree is not None:
        commit, unit = tree.commit, memo.unit(tree)
        tree = _find_tree(objects, commit.parents[0]) if commit.parents else None
        yield commit, unit, tree is not None or not commit.parents


def _find_tree(objects: Objects, commit_id: str) -> CommitTree | None:
    try:
        return CommitTree(objects, commit_id)
    except CommitNotFoundError:
        return None


def find_unit(tree: CommitTree, module: str, roots: tuple[str, ...] | None = None) -> UnitAt | None:
    """Return the location of a module at a commit; None if it is missing or the commit's settings are malformed."""
    try:
        roots = source_roots(tree) if roots is None else roots
        path = find_path(tree, roots, module)
        entry = None if path is None else tree.find(unit_of(path, roots))
    except PinError:
        return None
    return None if path is None or entry is None else UnitAt(path, entry.path, entry.id)


class _Memo:
    """Remembers the last answer, and the entries of the root tree that decide it."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._first = module.partition(".")[0]
        self._prefix = self._first + "."
        self._tree = ""
        self._key: tuple[Entry, ...] | None = None
        self._names: set[str] = set()
        self._unit: UnitAt | None = None

    def unit(self, tree: CommitTree) -> UnitAt | None:
        if tree.commit.tree == self._tree:
            return self._unit
        self._tree = tree.commit.tree
        key = self._key_of(tree)
        if key is None or key != self._key:
            self._answer(tree)
        return self._unit

    def _answer(self, tree: CommitTree) -> None:
        try:
            roots = source_roots(tree)
        except PinError:
            self._unit, self._key = None, None
            return
        self._unit = find_unit(tree, self._module, roots)
        self._names = {"setup.cfg", "src", self._first, *(root.partition("/")[0] for root in roots)}
        self._key = self._key_of(tree)

    def _key_of(self, tree: CommitTree) -> tuple[Entry, ...] | None:
        """Return the entries that decide the answer; None if one is a link, because other entries decide its target."""
        entries = tree.objects.entries(tree.commit.tree).items()
        key = tuple(entry for name, entry in entries if name in self._names or name.startswith(self._prefix))
        return None if any(entry.mode == LINK for entry in key) else key
