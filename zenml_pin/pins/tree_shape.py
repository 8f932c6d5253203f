"""Shapes: everything in a commit's tree that decides where its modules are, without what is in them.

    shape of a folder    hash of  name, kind, id of a submodule   for each folder, submodule and module in it
    shape of a commit    the same of all its folders, with the targets of links

Folders of one shape have the same modules at the same names. In most commits only texts change; one that adds a file
changes the shape of its folder alone, and only for those who look for the name of that file. A folder with a symbolic
link has no shape of its own: where the link leads depends on other folders.
"""

from __future__ import annotations

import os

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.values import Value
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import LINK, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import Any

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.objects.commit_files import Tree

# Files of all other names cannot be found by an import.
_SUFFIXES = (".py", ".pyc", ".pyd", ".so", ".dll")
_KEPT = 16384
_shapes: Bounded[str, str] = Bounded(_KEPT)
_folder_shapes: Bounded[str, str | None] = Bounded(_KEPT)
# Marks a folder that was not read yet.
_UNKNOWN: Any = object()
# A tree that has a shape.
_examples: Bounded[str, str] = Bounded(_KEPT)
_differences: Bounded[tuple[str, str], frozenset[str]] = Bounded(_KEPT)
# Where the shape of the whole commit is: no folder has this path.
WHOLE = "/"


class Shapes(Value):
    """What a search saw of the folders where it looked.

    Args:
        folders: By path, the shape of each; "" is that of a path without a folder.
        stems: The names that it looked for in any of them, each up to its first dot.
        listed: The folders of which it took all names.
    """

    __slots__ = ("folders", "stems", "listed")

    folders: dict[str, str]
    stems: frozenset[str]
    listed: frozenset[str]


class FolderShapes:
    """The shapes of one commit's folders, by path.

    Args:
        tree: The commit.
    """

    def __init__(self, tree: CommitTree) -> None:
        self._tree = tree
        self._known: dict[str, str | None] = {}

    def of(self, watched: WatchedTree) -> Shapes | None:
        """Return what a search saw, that of the whole commit where links decide; None if it has no shape."""
        shapes = self._all(watched.folders)
        if shapes is None:
            shapes = self._all((WHOLE,))
        if shapes is None:
            return None
        return Shapes(shapes, frozenset(watched.stems), frozenset(watched.listed))

    def _all(self, paths: Iterable[str]) -> dict[str, str] | None:
        """Return the shapes of some folders; None if one has none."""
        shapes: dict[str, str] = {}
        for path in paths:
            shape = self._at(path)
            if shape is None:
                return None
            shapes[path] = shape
        return shapes

    def are(self, seen: Shapes) -> bool:
        """Tell whether a search that saw some folders in another commit sees the same in this one.

        Then `seen` takes the shapes of this commit: the next commit has most of them.
        """
        known, folders = self._known, seen.folders
        others: dict[str, str] = {}
        for path, shape in folders.items():
            here = known[path] if path in known else self._at(path)
            if here != shape:
                if not here or not shape or path == WHOLE or path in seen.listed:
                    return False
                differing = self._differing(shape, here)
                if differing is None or not differing.isdisjoint(seen.stems):
                    return False
                others[path] = here
        folders.update(others)
        return True

    def _differing(self, shape: str, other: str) -> frozenset[str] | None:
        """Return the names, up to their first dots, in which two shapes differ; None if that is not known any more."""
        names = _differences.get((shape, other))
        if names is None:
            examples = _examples.get(shape), _examples.get(other)
            try:
                rows, others = (set(_rows(self._tree.objects, tree_id)) for tree_id in examples if tree_id)
            except (PinError, ValueError):
                return None
            differing = [row.partition("\0")[0].partition(".")[0] for row in rows ^ others]
            names = _differences.add((shape, other), frozenset(differing))
        return names

    def _at(self, path: str) -> str | None:
        if path not in self._known:
            self._known[path] = shape_of(self._tree) if path == WHOLE else self._of_folder(path)
        return self._known[path]

    def _of_folder(self, path: str) -> str | None:
        try:
            entry = self._tree.find(path)
            if entry is None or not entry.is_folder:
                return ""
            return _folder_shape(self._tree.objects, entry.id) if entry.path == path else None
        except PinError:
            return None


class WatchedTree:
    """The files of a commit, for one import search, which notes what decides.

    Args:
        tree: The commit.
        stems: The only names, up to their first dots, that the caller looks for in the names of a folder, beside those
            of the paths that it asks for; None if it takes all names.

    Attributes:
        folders: The folders that were looked at.
        stems: The names that were looked for in them, up to their first dots.
        listed: The folders of which all names were taken.
    """

    def __init__(self, tree: Tree, stems: Iterable[str] | None = None) -> None:
        self._tree = tree
        self._takes_all = stems is None
        self.folders: set[str] = set()
        self.stems: set[str] = set(stems or ())
        self.listed: set[str] = set()

    def note(self, folders: Iterable[str], stems: Iterable[str]) -> None:
        """Note the folders where another search has looked for some names."""
        self.folders.update(folders)
        self.stems.update(stems)

    def _ask(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        self.folders.add(folder)
        self.stems.add(name.partition(".")[0])

    @property
    def limits(self) -> Limits:
        """As in `CommitTree`."""
        return self._tree.limits

    def find(self, path: str) -> Entry | None:
        """As in `CommitTree`."""
        self._ask(path)
        return self._tree.find(path)

    def get(self, path: str) -> Entry:
        """As in `CommitTree`."""
        self._ask(path)
        return self._tree.get(path)

    def find_link(self, path: str) -> Entry | None:
        """As in `CommitTree`."""
        self._ask(path)
        return self._tree.find_link(path)

    def names(self, path: str) -> Collection[str]:
        """As in `CommitTree`."""
        self.folders.add(path)
        if self._takes_all:
            self.listed.add(path)
        return self._tree.names(path)

    def children(self, path: str) -> dict[str, Entry]:
        """As in `CommitTree`."""
        self.folders.add(path)
        self.listed.add(path)
        return self._tree.children(path)

    def list_folder(self, path: str, folder: Entry) -> dict[str, Entry]:
        """As in `CommitTree`."""
        self.folders.add(path)
        self.listed.add(path)
        return self._tree.list_folder(path, folder)

    def read(self, path: str) -> bytes:
        """As in `CommitTree`: a text decides nothing about places."""
        return self._tree.read(path)


def shape_of(tree: CommitTree) -> str | None:
    """Return the shape of a commit; None if a folder of it is missing or damaged.

    Cost: reads each folder that this process does not know yet.
    """
    try:
        return _shape(tree.objects, tree.commit.tree)
    except (PinError, RecursionError):
        return None


def _shape(objects: Objects, tree_id: str) -> str:
    shape = _shapes.get(tree_id)
    if shape is None:
        parts = []
        for name, entry in objects.entries(tree_id).items():
            if entry.is_folder:
                content = _shape(objects, entry.id)
            elif entry.is_file:
                if not name.endswith(_SUFFIXES):
                    continue
                content = ""
            else:
                content = entry.id
            parts.append(f"{name}\0{entry.mode:o}\0{content}\n")
        shape = _shapes.add(tree_id, _digest(parts))
    return shape


def _folder_shape(objects: Objects, tree_id: str) -> str | None:
    known: str | None = _folder_shapes.get(tree_id, _UNKNOWN)
    if known is not _UNKNOWN:
        return known
    if any(entry.mode == LINK for entry in objects.entries(tree_id).values()):
        return _folder_shapes.add(tree_id, None)
    shape = _digest(list(_rows(objects, tree_id)))
    _examples.add(shape, tree_id)
    return _folder_shapes.add(tree_id, shape)


def _rows(objects: Objects, tree_id: str) -> Iterator[str]:
    """Yield what decides the shape of a folder, a line for each entry; each begins with its name and NUL."""
    for name, entry in objects.entries(tree_id).items():
        if not entry.is_file:
            yield f"{name}\0{entry.mode:o}\0{'' if entry.is_folder else entry.id}\n"
        elif name.endswith(_SUFFIXES):
            yield f"{name}\0{entry.mode:o}\0\n"


def _digest(parts: list[str]) -> str:
    return hex_digest(os.fsencode("".join(parts)), "sha256")
