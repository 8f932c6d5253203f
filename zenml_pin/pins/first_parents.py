"""The first-parent walk: the location of a class's unit at each commit of a line of history, newest first.

    line       the commits and their first parents
    landmarks  the entries that decide the location of the unit; where they are the same, so is the unit

Reads the commits, their root trees, and below these only folders that changed on the path to the unit. With git's
commit graph, it reads of most commits nothing at all. Memory grows only by the ids of the commits.
"""

from __future__ import annotations

from collections.abc import Collection, Generator

import attrs

from zenml_pin.errors import CommitNotFoundError, PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.commit_node import CommitNode, find_node
from zenml_pin.git.objects.object_store import FAULTS, Objects
from zenml_pin.git.storage.commit_graph import CommitGraph, GraphError
from zenml_pin.importing.locate import find_path
from zenml_pin.importing.source_roots import deciding_entries, source_roots
from zenml_pin.pins.landmarks import Landmarks
from zenml_pin.pins.unit import unit_of

# The source roots of a commit, those of the former rule, and what decides them.
Decision = tuple[tuple[str, ...], tuple[str, ...] | None, tuple[str, ...] | None]
_ABOVE_ALL = 2**32


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


@attrs.frozen
class Step:
    """A commit of the line.

    Attributes:
        id: Its full id.
        unit: The module's unit there; None if the commit does not have the module.
        is_complete: Whether the history is complete down to its first parent.
        is_certain: Whether the commit alone decides the unit; else an error did, such as malformed settings.
    """

    id: str
    unit: UnitAt | None
    is_complete: bool
    is_certain: bool = True


def iter_units(
    objects: Objects, commit_id: str, module: str, graph: CommitGraph | None = None
) -> Generator[Step]:
    """Yield the commits of a line, and the module's unit at each.

    Args:
        objects: The objects of the repository.
        commit_id: The commit where the walk begins.
        module: Dotted name of the module.
        graph: git's commit graph, if the caller trusts it.

    Raises:
        CommitNotFoundError: The first commit is missing. An older commit that is missing ends the walk.
        ObjectNotFoundError, ObjectCorruptError: An object that decides the unit of a commit is missing or damaged.
        GraphError: The graph contradicts itself.
    """
    finder = UnitFinder(objects, module)
    line = _Line(objects, graph)
    node: CommitNode | None = line.first(commit_id)
    changed: Collection[bytes] | None = None
    while node is not None:
        unit = finder.find(node, changed)
        changed = line.may_change(finder.landmarks)
        next_node = line.next(node)
        is_complete = next_node is not None or not node.parents
        yield Step(node.id, unit, is_complete, finder.is_certain)
        node = next_node


class _Line:
    """The commits of a line: from the graph those that it has, the others from the objects.

    The graph has all parents of a commit that it has. Its generations decrease, so the walk ends.
    """

    def __init__(self, objects: Objects, graph: CommitGraph | None) -> None:
        self._objects = objects
        self._graph = graph
        self._position: int | None = None
        self._parent: int | None = None
        self._generation = _ABOVE_ALL

    def first(self, commit_id: str) -> CommitNode:
        node = self._read(commit_id)
        if node is None:
            raise CommitNotFoundError(commit_id, [self._objects.source.label], self._objects.source.remedy)
        return node

    def next(self, node: CommitNode) -> CommitNode | None:
        """Return the first parent of the last commit; None at the end of the history that exists here."""
        if self._position is not None:
            return None if self._parent is None else self._row(self._parent)
        return self._read(node.parents[0]) if node.parents else None

    def may_change(self, landmarks: Landmarks | None) -> Collection[bytes] | None:
        """Return the names in the root with landmarks that the last commit may have changed; None if unknown."""
        if self._graph is None or self._position is None or landmarks is None:
            return None
        paths = landmarks.filter
        return None if paths is None else self._graph.may_change(self._position, paths)

    def _read(self, commit_id: str) -> CommitNode | None:
        position = self._graph.find(commit_id) if self._graph is not None else None
        return self._row(position) if position is not None else find_node(self._objects, commit_id)

    def _row(self, position: int) -> CommitNode:
        assert self._graph is not None
        commit_id, tree_id, parent, generation = self._graph.line_at(position)
        if not 0 < generation < self._generation:
            raise GraphError("a parent has no smaller generation")
        self._position, self._parent, self._generation = position, parent, generation
        # Only whether there are parents counts: the position says which.
        return CommitNode(commit_id, tree_id, () if parent is None else ("",), 0)


def find_unit(tree: CommitTree, module: str, roots: tuple[str, ...] | None = None) -> UnitAt | None:
    """Return the location of a module at a commit; None if it is missing or the commit's settings are malformed.

    Raises:
        ObjectNotFoundError, ObjectCorruptError: An object that decides it is missing or damaged.
    """
    try:
        return _unit_in(tree, module, source_roots(tree) if roots is None else roots)
    except FAULTS:
        raise
    except PinError:
        return None


def _unit_in(tree: CommitTree, module: str, roots: tuple[str, ...]) -> UnitAt | None:
    path = find_path(tree, roots, module)
    entry = None if path is None else tree.find(unit_of(path, roots))
    return None if path is None or entry is None else UnitAt(path, entry.path, entry.id)


class UnitFinder:
    """Finds the unit at one commit after the other; opens only folders that have changed since the last one.

    Attributes:
        landmarks: What decides the last answer; None if that is not known.
        is_certain: Whether the last answer was found without an error.
    """

    def __init__(self, objects: Objects, module: str) -> None:
        self._objects = objects
        self._module = module
        # The last tree that was compared; the landmarks of later ones are the same.
        self._tree_id = ""
        self._unit: UnitAt | None = None
        self._is_proven = False
        self.landmarks: Landmarks | None = None
        self.is_certain = True
        self._decision: Decision | None = None

    def find(self, node: CommitNode, changed: Collection[bytes] | None = None) -> UnitAt | None:
        """Return the unit at a commit.

        Args:
            node: The commit.
            changed: The names in the root folder that may differ from those of the last commit; None if unknown.

        Raises:
            ObjectNotFoundError, ObjectCorruptError: An object that decides it is missing or damaged.
        """
        if not self._is_proven:
            # Only a comparison proves that no link is among the landmarks.
            changed = None
        if node.tree != self._tree_id and (changed is None or self._may_differ(changed)):
            self._compare(node, changed)
            self._tree_id = node.tree
        return self._unit

    def _may_differ(self, changed: Collection[bytes]) -> bool:
        return self.landmarks is None or self.landmarks.may_be_among(changed)

    def _compare(self, node: CommitNode, changed: Collection[bytes] | None) -> None:
        landmarks = self.landmarks
        self._is_proven = landmarks is not None and landmarks.are_same(
            self._objects, self._tree_id, node.tree, changed
        )
        if not (self._is_proven or self._has_other_unit(node) or self._has_same_roots(node)):
            self._find_anew(node)

    def _has_same_roots(self, node: CommitNode) -> bool:
        """Tell whether only packaging files differ, and state the same source roots."""
        landmarks = self.landmarks
        if landmarks is None or not landmarks.are_same_but_files(self._objects, self._tree_id, node.tree):
            return False
        try:
            self._is_proven = self._decision == _decision_of(self._tree_of(node))
        except PinError:
            return False
        return self._is_proven

    def _has_other_unit(self, node: CommitNode) -> bool:
        """Tell whether only the content of the unit differs, and take its new id."""
        unit, landmarks = self._unit, self.landmarks
        if unit is None or landmarks is None:
            return False
        unit_id = landmarks.other_unit(self._objects, self._tree_id, node.tree, unit.id)
        if unit_id is None:
            return False
        if self._objects.get_commit(node.id).tree != node.tree:
            raise GraphError("a commit has another tree")
        self._unit, self._is_proven = attrs.evolve(unit, id=unit_id), True
        return True

    def _find_anew(self, node: CommitNode) -> None:
        tree = self._tree_of(node)
        self._unit, self.landmarks, self.is_certain = None, None, False
        try:
            roots = source_roots(tree)
            self._unit = unit = _unit_in(tree, self._module, roots)
            self._decision = _decision_of(tree)
            self.is_certain = True
        except FAULTS:
            raise
        except PinError:
            return
        try:
            self.landmarks = Landmarks.of(
                tree, roots, self._module, unit.path if unit else None, unit.folder if unit else None
            )
        except PinError:
            return

    def _tree_of(self, node: CommitNode) -> CommitTree:
        tree = CommitTree(self._objects, node.id)
        if tree.commit.tree != node.tree:
            raise GraphError("a commit has another tree")
        return tree


def _decision_of(tree: CommitTree) -> Decision:
    roots = source_roots(tree)
    return roots, getattr(roots, "former", None), deciding_entries(tree)
