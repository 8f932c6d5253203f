"""Wants: which objects to request together, so that a load takes few round trips and fetches few other objects.

A load reads a commit from its root down, one object at a time, and a server sends any number of ids at once. The trees
that were read before tell which objects a load will read next:

    below the root     packaging files and `src`, which decide the source roots
    a folder           the other folders beside it, if they are few, and the `__init__.py` beside it
    a file             the other sources of its folder, if they are few, and the `__init__.py` of all folders above

If a folder has many folders or files, the first one that is read is requested alone (in the root, the first few); the
next one is requested together with all the others.
"""

from __future__ import annotations

from collections import Counter

from zenml_pin.git.objects.tree import Entry

FEW = 16
# A module and its imports are in a few folders of the root; a load that reads more of them reads the whole commit.
SEVERAL = 4
_DECIDING = ("setup.cfg", "pyproject.toml", "setup.py", "hatch.toml", "meson.build", "src")
_KEPT = 100_000


class Wants:
    """The trees that were read, and the choice of objects to request together."""

    def __init__(self) -> None:
        self._trees: dict[str, dict[str, Entry]] = {}
        self._parent: dict[str, str] = {}
        self._roots: set[str] = set()
        self._read: Counter[tuple[str, bool]] = Counter()

    def add_root(self, tree_id: str) -> None:
        """Record the root tree of a commit."""
        self._roots.add(tree_id)

    def add_tree(self, tree_id: str, entries: dict[str, Entry]) -> None:
        """Record the entries of a tree."""
        if len(self._parent) > _KEPT:
            self._trees.clear()
            self._parent.clear()
        if tree_id not in self._trees:
            self._trees[tree_id] = entries
            for entry in entries.values():
                self._parent.setdefault(entry.id, tree_id)

    def is_commit(self, name: str) -> bool:
        """Tell whether an object may be a commit: it is in no tree that was read."""
        return name not in self._parent and name not in self._roots

    def beside(self, name: str) -> list[str]:
        """Return the ids to request together with an object."""
        parent = self._parent.get(name)
        if parent is None:
            return []
        entries = self._trees[parent]
        is_folder = any(entry.id == name and entry.is_folder for entry in entries.values())
        alike = [entry for path, entry in entries.items() if _is_alike(path, entry, is_folder)]
        near = alike if self._takes_all(parent, is_folder, len(alike)) else []
        if parent in self._roots:
            near = [*near, *(entries[path] for path in _DECIDING if path in entries)]
        else:
            near = [*near, *self._packages_above(parent)]
        return [each for each in dict.fromkeys(entry.id for entry in near) if each != name]

    def _takes_all(self, parent: str, is_folder: bool, count: int) -> bool:
        self._read[parent, is_folder] += 1
        if parent in self._roots:
            return self._read[parent, is_folder] > SEVERAL
        return count <= FEW or self._read[parent, is_folder] > 1

    def _packages_above(self, parent: str) -> list[Entry]:
        """Return the `__init__.py` of a folder and of the folders above it."""
        files: list[Entry] = []
        above: str | None = parent
        while above is not None and above not in self._roots:
            files += _init(self._trees[above])
            above = self._parent.get(above)
        return files


def _is_alike(path: str, entry: Entry, is_folder: bool) -> bool:
    return entry.is_folder if is_folder else entry.is_file and path.endswith(".py")


def _init(entries: dict[str, Entry]) -> list[Entry]:
    entry = entries.get("__init__.py")
    return [entry] if entry is not None and entry.is_file else []
