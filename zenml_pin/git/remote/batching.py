"""Wants: which objects to ask for together, so that a load takes few round trips and little more than it needs.

A load reads a commit from its root down, one object at a time, and a server answers for any number of ids at once.
What will surely, or very likely, be read next is known from the trees that were read before:

    below the root     `setup.cfg` and `src`, which say where modules are named from
    a folder           its neighbours' listings, where these are few, and the `__init__.py` beside it
    a file             the other sources of its folder, where these are few, and the `__init__.py` of all folders above

Of many folders or files in one place only what is read is asked for, until a second one is (in the root, several):
then come all.
"""

from __future__ import annotations

from collections import Counter

from zenml_pin.git.objects.tree import Entry

FEW = 16
# A module and what it imports lie in a few folders of the root; whoever reads more reads the whole commit.
SEVERAL = 4
_KEPT = 100_000


class Wants:
    """The trees that were read, and from them what goes with an object that is needed."""

    def __init__(self) -> None:
        self._trees: dict[str, dict[str, Entry]] = {}
        self._parent: dict[str, str] = {}
        self._roots: set[str] = set()
        self._read: Counter[tuple[str, bool]] = Counter()

    def add_root(self, tree_id: str) -> None:
        """Note the root tree of a commit."""
        self._roots.add(tree_id)

    def add_tree(self, tree_id: str, entries: dict[str, Entry]) -> None:
        """Note what a tree holds."""
        if len(self._parent) > _KEPT:
            self._trees.clear()
            self._parent.clear()
        if tree_id not in self._trees:
            self._trees[tree_id] = entries
            for entry in entries.values():
                self._parent.setdefault(entry.id, tree_id)

    def is_commit(self, name: str) -> bool:
        """Tell whether an object may be a commit: no tree that was read holds it."""
        return name not in self._parent and name not in self._roots

    def beside(self, name: str) -> list[str]:
        """Return the ids to ask for with an object."""
        parent = self._parent.get(name)
        if parent is None:
            return []
        entries = self._trees[parent]
        is_folder = any(entry.id == name and entry.is_folder for entry in entries.values())
        alike = [entry for path, entry in entries.items() if _is_alike(path, entry, is_folder)]
        near = alike if self._takes_all(parent, is_folder, len(alike)) else []
        if parent in self._roots:
            near = [*near, *(entries[path] for path in ("setup.cfg", "src") if path in entries)]
        else:
            near = [*near, *self._packages_above(parent)]
        return [each for each in dict.fromkeys(entry.id for entry in near) if each != name]

    def _takes_all(self, parent: str, is_folder: bool, count: int) -> bool:
        self._read[parent, is_folder] += 1
        if parent in self._roots:
            return self._read[parent, is_folder] > SEVERAL
        return count <= FEW or self._read[parent, is_folder] > 1

    def _packages_above(self, parent: str) -> list[Entry]:
        """Return what makes packages of a folder and of those above it."""
        found: list[Entry] = []
        above: str | None = parent
        while above is not None and above not in self._roots:
            found += _init(self._trees[above])
            above = self._parent.get(above)
        return found


def _is_alike(path: str, entry: Entry, is_folder: bool) -> bool:
    return entry.is_folder if is_folder else entry.is_file and path.endswith(".py")


def _init(entries: dict[str, Entry]) -> list[Entry]:
    found = entries.get("__init__.py")
    return [found] if found is not None and found.is_file else []
