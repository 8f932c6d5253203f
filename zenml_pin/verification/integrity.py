"""Integrity: every object between a commit and the source bytes of a class, hashed again.

    commit, root tree, each tree on the way to the class's unit, every tree and file of the unit, and
    the same for each first-party module that it imports, and for the `setup.cfg` that names the source roots

No code runs. A damaged object does not end the check: the others are still looked at.
"""

from __future__ import annotations

import posixpath

from attrs import frozen

from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import SUBMODULE, Entry
from zenml_pin.git.objects.walk import once, walk
from zenml_pin.pins.import_closure import find_closure


@frozen
class Checked:
    """An object whose content has its id; `path` is the first place where it was met."""

    kind: str
    id: str
    path: str


@frozen
class Fault:
    """What could not be verified: a path at the commit, or a ref, and why."""

    subject: str
    reason: str


class Integrity:
    """One check.

    Args:
        tree: The commit, of objects that nothing has been read from: what is kept in memory is not hashed again.
        roots: Its source roots.

    Attributes:
        checked: The sound objects, by id, in the order in which they were read.
        faults: The others.
    """

    def __init__(self, tree: CommitTree, roots: tuple[str, ...]) -> None:
        self._tree = tree
        self._roots = roots
        self.checked = {tree.commit_id: Checked("commit", tree.commit_id, "")}
        self.faults: dict[str, str] = {}

    def check(self, unit: str) -> None:
        """Check a unit, and what it imports."""
        self._check_way("setup.cfg")
        self._check_way(unit)
        self._check_below(unit)
        try:
            # Also refuses a unit that unfolds to too many paths: above, each tree is read once.
            closure = find_closure(self._tree, self._roots, unit)
        except PinError as error:
            if error.message not in self.faults.values():
                self.faults[unit] = error.message
            return
        for path in closure.outside:
            self._check_way(path)

    def _check_way(self, path: str) -> None:
        """Check each object from the root to a path."""
        parts = path.split("/") if path else []
        for count in range(len(parts) + 1):
            place = "/".join(parts[:count])
            try:
                entry = self._tree.find_link(place)
            except PinError as error:
                # The tree above it is the one that is damaged.
                self.faults.setdefault(posixpath.dirname(place), error.message)
                return
            if entry is not None:
                self._check_entry(entry)

    def _check_below(self, path: str) -> None:
        """Check everything below a path, as deep as `Limits.depth`."""
        objects = self._tree.objects
        is_new = once(set())

        def enter(place: str, folder: Entry) -> bool:
            return self._check_entry(Entry(place, folder.mode, folder.id)) and is_new(place, folder)

        start = self._find(path)
        if start is None:
            return
        below = walk(
            lambda _, folder: objects.entries(folder.id),
            start,
            start.path,
            depth=objects.limits.depth,
            enter=enter,
        )
        try:
            for place, entry in below:
                self._check_entry(Entry(place, entry.mode, entry.id))
        except PinError as error:
            self.faults[path] = error.message

    def _find(self, path: str) -> Entry | None:
        try:
            return self._tree.find_link(path)
        except PinError:
            # Noted on the way.
            return None

    def _check_entry(self, entry: Entry) -> bool:
        """Read one object, and note what came of it; tell whether it is sound."""
        if entry.id in self.checked:
            return True
        try:
            if entry.mode == SUBMODULE:
                self.faults[entry.path] = "it is a submodule, whose files are in another repository"
                return False
            if entry.is_folder:
                self._tree.objects.entries(entry.id)
            else:
                self._tree.objects.blob(entry.id)
        except PinError as error:
            self.faults[entry.path] = error.message
            return False
        kind = "tree" if entry.is_folder else "blob"
        self.checked[entry.id] = Checked(kind, entry.id, entry.path)
        return True
