"""Landmarks: the entries of a commit that decide where a module is, and what its unit contains.

If the landmarks of two commits are the same entries, the answers are the same. They form a tree of names:

    setup.cfg, ..., src/__init__.py   decide the source roots
    pkg, pkg.*                        of each source root: the first part of the module's name
    pkg/__init__.*, pkg/sub, ...      the next parts, down to the unit or to the part that does not exist

Commits with symbolic links among them have no landmarks, since other entries decide where a link leads. Neither have
commits whose packaging files name other folders by a pattern.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping

from zenml_pin.base.bounded import Bounded
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import FOLDER
from zenml_pin.git.storage.changed_paths import PathFilter
from zenml_pin.importing.locate import file_names, follow
from zenml_pin.importing.source_roots import deciding_entries
from zenml_pin.pins.landmark_names import FOLDER_MODE, LINK_MODE, LandmarkComparison, LandmarkNames

# A walk finds the same landmarks again and again.
_filters: Bounded[tuple[str, ...], PathFilter] = Bounded(16)


class Landmarks:
    """The landmarks of one answer.

    Args:
        names: What counts in the root folder.
        paths: The same as paths; None if paths cannot express it.
        path: The module's file; None if the commit does not have it.
        unit: Its unit; None if the commit does not have it.
        files: The packaging files among the landmarks, of which only the source roots count that they state.
    """

    def __init__(
        self,
        names: LandmarkNames,
        paths: list[str] | None,
        path: str | None,
        unit: str | None,
        files: frozenset[bytes],
    ) -> None:
        self._names = names
        self._paths = paths
        self._files = files
        # The last names and modes in a unit folder among which no link was.
        self._modes: Mapping[bytes, bytes] | None = None
        # A unit that is a file, or the whole root, has no folder of its own to compare.
        is_folder = path is not None and bool(unit) and path != unit
        self._unit = os.fsencode(unit or "").split(b"/") if is_folder else []
        self._file = os.fsencode(path or "").rpartition(b"/")[2]

    @lazy
    def filter(self) -> PathFilter | None:
        """The paths for the filters of a commit graph; None if paths cannot express the landmarks."""
        if self._paths is None:
            return None
        paths = tuple(dict.fromkeys(self._paths))
        return _filters.get(paths) or _filters.add(paths, PathFilter(paths))

    @classmethod
    def of(
        cls, tree: CommitTree, roots: tuple[str, ...], module: str, path: str | None, unit: str | None
    ) -> Landmarks | None:
        """Return the landmarks of a module at a commit; None if a link or a pattern decides.

        Args:
            tree: The commit.
            roots: Its source roots.
            module: Dotted name of the module.
            path: Its file; None if the commit does not have it.
            unit: Its unit; None if the commit does not have it.
        """
        names = LandmarkNames()
        deciding = deciding_entries(tree)
        if deciding is None:
            return None
        paths = [*deciding, "src/__init__.py"]
        for name in deciding:
            names.add(name)
        names.inside[b"src"] = LandmarkNames()
        names.inside[b"src"].add("__init__.py")
        # A folder `src` that appears may be a source root.
        for root in dict.fromkeys((*roots, "src")):
            paths += _follow(tree, names, root, module.split("."), unit)
        is_linked = path is not None and _real(tree, path) != path
        if is_linked or any(_real(tree, root) not in (root, None) for root in roots):
            return None
        is_exact = _is_in_first_root(path, roots) and all(
            part.is_loadable for part in follow(tree, roots, module)
        )
        # Where the unit has other landmarks, its content decides too.
        is_apart = not any(_is_at(name, unit or "") for name in (*deciding, *roots, "src"))
        files = frozenset(os.fsencode(name) for name in deciding if "." in name and is_apart)
        return cls(names, paths if is_exact else None, path, unit if is_apart else None, files)

    def may_be_among(self, names: Iterable[bytes]) -> bool:
        """Tell whether one of some names of the root folder is a landmark, or a folder that has some."""
        return any(map(self._names.has, names))

    def are_same(
        self, objects: Objects, old: str, new: str, changed: Collection[bytes] | None = None
    ) -> bool:
        """Tell whether two root trees have the same landmarks; False if a link is among them, or one is damaged.

        Args:
            objects: The objects of the repository.
            old: Id of the old tree.
            new: Id of the new tree.
            changed: The names in them that may differ; None if unknown.
        """
        try:
            return LandmarkComparison(objects, only=changed).is_same(self._names, old, new)
        except PinError:
            return False

    def are_same_but_files(self, objects: Objects, old: str, new: str) -> bool:
        """Tell whether two root trees have the same landmarks, or differ only in the content of packaging files."""
        try:
            return bool(self._files) and LandmarkComparison(objects, ignored=self._files).is_same(
                self._names, old, new
            )
        except PinError:
            return False

    def other_unit(self, objects: Objects, old: str, new: str, unit_id: str) -> str | None:
        """Return the id of the unit's folder in another root tree if nothing else differs that decides where it is.

        None if anything else differs, if a link decides, or if a folder is damaged.

        Args:
            objects: The objects of the repository.
            old: Id of the old root tree.
            new: Id of the new root tree.
            unit_id: Id of the unit's folder in the old one.
        """
        try:
            new_id = _folder_at(objects, self._unit, new) if self._unit else None
            if new_id is None or not self._has_same_file(objects, unit_id, new_id):
                return None
            is_same = LandmarkComparison(objects, but=self._unit).is_same(self._names, old, new)
            return new_id if is_same else None
        except PinError:
            return None

    def _has_same_file(self, objects: Objects, old: str, new: str) -> bool:
        """Tell whether the entries that decide the module's file have the same names and modes in two unit folders."""
        rows = objects.rows(old)
        before, after = rows.modes, objects.rows_beside(new, rows).modes
        if before is after is self._modes:
            return True
        stem = self._file.partition(b".")[0]
        counting = [
            {
                name: mode
                for name, mode in modes.items()
                if name == stem or name.startswith((stem + b".", b"__init__."))
            }
            for modes in (before, after)
        ]
        if counting[0] != counting[1] or LINK_MODE in counting[1].values():
            return False
        self._modes = after
        return True


def _follow(
    tree: CommitTree, names: LandmarkNames, root: str, parts: list[str], unit: str | None
) -> list[str]:
    """Add the landmarks in one source root, from the first part of a module's name on; return them as paths."""
    paths: list[str] = []
    folder = ""
    inner: LandmarkNames | None = names
    for part in root.split("/") if root else []:
        folder = f"{folder}/{part}" if folder else part
        inner = names.enter(part)
        if inner is None:
            return paths
        names = inner
    for part in parts:
        stem = f"{folder}/{part}" if folder else part
        names.add_prefix(f"{part}.")
        if unit is not None and unit.startswith(f"{stem}."):
            # The unit is a file.
            names.add(unit.rpartition("/")[2])
        paths += file_names(stem)
        entry = tree.find_link(stem)
        is_inside = entry is not None and entry.mode == FOLDER and stem != unit
        inner = names.enter(part) if is_inside else None
        if inner is None:
            names.add(part)
            return [*paths, stem]
        names, folder = inner, stem
        names.add_prefix("__init__.")
        if unit is not None and unit.startswith(f"{stem}/__init__."):
            names.add(unit.rpartition("/")[2])
        paths += file_names(f"{stem}/__init__")
    return paths


def _folder_at(objects: Objects, parts: list[bytes], tree_id: str) -> str | None:
    """Return the id of the folder at a path in a root tree; None if there is none."""
    for part in parts:
        row = objects.rows(tree_id).get(part)
        if row is None or row[0] != FOLDER_MODE:
            return None
        tree_id = row[1].hex()
    return tree_id


def _is_in_first_root(path: str | None, roots: tuple[str, ...]) -> bool:
    """Tell whether a file is in the first source root that could have it.

    If not, native code of any name could appear in an earlier root, and would hide it.
    """
    if path is None:
        return True
    first, *others = roots
    return path.startswith(f"{first}/" if first else "") and not any(
        other.startswith(first) and path.startswith(f"{other}/") for other in others
    )


def _is_at(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _real(tree: CommitTree, path: str) -> str | None:
    """Return a path after following links; None if it does not exist."""
    entry = tree.find(path)
    return None if entry is None else entry.path
