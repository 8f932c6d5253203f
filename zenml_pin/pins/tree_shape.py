"""Shapes: everything in a commit's tree that decides where its modules are, without what is in them.

    shape of a folder    hash of  name, kind, id of a submodule   for each folder, submodule and module in it
    shape of a commit    the same of all its folders, with the targets of links

Folders of one shape have the same modules at the same names. In most commits only texts change; one that adds a file
changes the shape of its folder alone. A folder with a symbolic link has no shape of its own: where the link leads
depends on other folders.
"""

from __future__ import annotations

import os

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.hashing import hex_digest
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import LINK, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from zenml_pin.base.limits import Limits
    from zenml_pin.git.objects.commit_files import Tree

# Files of all other names cannot be found by an import.
_SUFFIXES = (".py", ".pyc", ".pyd", ".so", ".dll")
_KEPT = 16384
_shapes: Bounded[str, str] = Bounded(_KEPT)
_folder_shapes: Bounded[str, str | None] = Bounded(_KEPT)
# Where the shape of the whole commit is: no folder has this path.
WHOLE = "/"

# Paths of folders, each with its shape; "" is that of a path without a folder.
Shapes = dict[str, str]


class FolderShapes:
    """The shapes of one commit's folders, by path.

    Args:
        tree: The commit.
    """

    def __init__(self, tree: CommitTree) -> None:
        self._tree = tree
        self._known: dict[str, str | None] = {}

    def of(self, paths: Iterable[str]) -> Shapes | None:
        """Return the shapes of some folders, or that of the whole commit where links decide; None if it has none."""
        shapes = {path: self._at(path) for path in paths}
        if None in shapes.values():
            shapes = {WHOLE: self._at(WHOLE)}
        return None if None in shapes.values() else shapes  # type: ignore[return-value]

    def are(self, shapes: Shapes) -> bool:
        """Tell whether some folders still have the shapes that they had in another commit."""
        known = self._known
        return all(
            (known[path] if path in known else self._at(path)) == shape for path, shape in shapes.items()
        )

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
    """The files of a commit, for one import search, which notes the folders that decide.

    Args:
        tree: The commit.

    Attributes:
        folders: The folders that were looked at.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.folders: set[str] = set()

    @property
    def limits(self) -> Limits:
        """As in `CommitTree`."""
        return self._tree.limits

    def find(self, path: str) -> Entry | None:
        """As in `CommitTree`."""
        self.folders.add(path.rpartition("/")[0])
        return self._tree.find(path)

    def get(self, path: str) -> Entry:
        """As in `CommitTree`."""
        self.folders.add(path.rpartition("/")[0])
        return self._tree.get(path)

    def find_link(self, path: str) -> Entry | None:
        """As in `CommitTree`."""
        self.folders.add(path.rpartition("/")[0])
        return self._tree.find_link(path)

    def names(self, path: str) -> Collection[str]:
        """As in `CommitTree`."""
        self.folders.add(path)
        return self._tree.names(path)

    def children(self, path: str) -> dict[str, Entry]:
        """As in `CommitTree`."""
        self.folders.add(path)
        return self._tree.children(path)

    def list_folder(self, path: str, folder: Entry) -> dict[str, Entry]:
        """As in `CommitTree`."""
        self.folders.add(path)
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
    if tree_id in _folder_shapes:
        return _folder_shapes[tree_id]
    entries = objects.entries(tree_id)
    parts = [
        f"{name}\0{entry.mode:o}\0{'' if entry.is_folder or entry.is_file else entry.id}\n"
        for name, entry in entries.items()
        if not entry.is_file or name.endswith(_SUFFIXES)
    ]
    has_link = any(entry.mode == LINK for entry in entries.values())
    return _folder_shapes.add(tree_id, None if has_link else _digest(parts))


def _digest(parts: list[str]) -> str:
    return hex_digest(os.fsencode("".join(parts)), "sha256")
