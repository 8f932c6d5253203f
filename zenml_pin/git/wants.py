"""Wants: which objects to ask for together, so that a load takes few round trips and little more than it needs.

A load reads a commit from its root down, one object at a time, and a server answers for any number of ids at once.
What will surely, or very likely, be read next is known from the trees that were read before:

    below the root     `setup.cfg` and `src`, which say where modules are named from
    a folder           its neighbours' listings, and the `__init__.py` beside it
    a file             the other sources of its folder, where these are few, and the `__init__.py` of all folders above
"""

from __future__ import annotations

from zenml_pin.git.tree import Entry

# A step's folder holds a few sources; of a large one, only what is read is asked for, until a second file is.
FEW = 16
_KEPT = 100_000


class Wants:
    """The trees that were read, and from them what goes with an object that is needed."""

    def __init__(self) -> None:
        self._trees: dict[str, dict[str, Entry]] = {}
        self._parent: dict[str, str] = {}
        self._roots: set[str] = set()
        self._read_from: set[str] = set()

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
        own = next((entry for entry in entries.values() if entry.id == name), None)
        if parent in self._roots:
            near = [entries[path] for path in ("setup.cfg", "src") if path in entries]
        elif own is not None and own.is_folder:
            folders = [entry for entry in entries.values() if entry.is_folder]
            near = [*(folders if len(folders) <= FEW else ()), *_init(entries)]
        else:
            near = self._sources(parent, entries)
        return [each for each in dict.fromkeys(entry.id for entry in near) if each != name]

    def _sources(self, parent: str, entries: dict[str, Entry]) -> list[Entry]:
        sources = [entry for path, entry in entries.items() if path.endswith(".py") and entry.is_file]
        take_all = len(sources) <= FEW or parent in self._read_from
        self._read_from.add(parent)
        near = sources if take_all else []
        above: str | None = parent
        while above is not None and above not in self._roots:
            near = [*near, *_init(self._trees[above])]
            above = self._parent.get(above)
        return near


def _init(entries: dict[str, Entry]) -> list[Entry]:
    found = entries.get("__init__.py")
    return [found] if found is not None and found.is_file else []
