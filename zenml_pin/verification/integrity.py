"""Integrity: every object between a commit and the source bytes of a class, hashed again.

    commit, root tree, each tree above the class's unit, every tree and file of the unit, and
    the same for each first-party module that it imports, and for the packaging files that state the source roots

No code runs. A damaged object does not end the check: the others are still checked.
"""

from __future__ import annotations

import posixpath

from attrs import frozen

from zenml_pin.errors import PinError, UnsupportedError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import SUBMODULE, Entry
from zenml_pin.git.objects.walk import once, walk
from zenml_pin.importing.source_roots import read_source_roots
from zenml_pin.pins.import_closure import find_closure


@frozen
class Checked:
    """An object whose content hashes to its id; `path` is the first path at which the check read it."""

    kind: str
    id: str
    path: str


@frozen
class Fault:
    """An object that could not be verified: `subject` is its path at the commit, or its ref."""

    subject: str
    reason: str


class Integrity:
    """One check.

    Args:
        tree: The commit, with objects from which nothing was read before: objects in memory are not hashed again.
        roots: Its source roots.

    Attributes:
        checked: The intact objects, by id, in the order in which they were read.
        faults: The reasons for all other objects, by path.
        unparsed: A sentence for each file that this Python cannot parse; its imports were not checked.
    """

    def __init__(self, tree: CommitTree, roots: tuple[str, ...]) -> None:
        self._tree = tree
        self._roots = roots
        self.checked = {tree.commit_id: Checked("commit", tree.commit_id, "")}
        self.faults: dict[str, str] = {}
        self.unparsed: tuple[str, ...] = ()

    def check(self, unit: str) -> None:
        """Check a unit, and the first-party modules that it imports."""
        try:
            files = read_source_roots(self._tree)[1]
        except PinError as error:
            # A caller may have given the roots of a commit whose files are malformed; a damaged file is a fault.
            files = ("setup.cfg",)
            if not isinstance(error, UnsupportedError):
                self.faults["pyproject.toml"] = error.message
        for path in files or ("setup.cfg",):
            self._check_path(path)
        self._check_path(unit)
        self._check_below(unit)
        try:
            # Also refuses a unit that unfolds to too many paths; the check above reads each tree once.
            closure = find_closure(self._tree, self._roots, unit)
        except PinError as error:
            if error.message not in self.faults.values():
                self.faults[unit] = error.message
            return
        self.unparsed = tuple(closure.unparsed.values())
        for path in closure.outside:
            self._check_path(path)

    def _check_path(self, path: str) -> None:
        """Check each object from the root to a path."""
        parts = path.split("/") if path else []
        for count in range(len(parts) + 1):
            above = "/".join(parts[:count])
            try:
                entry = self._tree.find_link(above)
            except PinError as error:
                # Its parent is the damaged tree.
                self.faults.setdefault(posixpath.dirname(above), error.message)
                return
            if entry is not None:
                self._check_entry(entry)

    def _check_below(self, path: str) -> None:
        """Check everything below a path, down to `Limits.depth`."""
        objects = self._tree.objects
        is_new = once(set())

        def enter(path: str, folder: Entry) -> bool:
            return self._check_entry(Entry(path, folder.mode, folder.id)) and is_new(path, folder)

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
            for file, entry in below:
                self._check_entry(Entry(file, entry.mode, entry.id))
        except PinError as error:
            self.faults[path] = error.message

    def _find(self, path: str) -> Entry | None:
        try:
            return self._tree.find_link(path)
        except PinError:
            # `_check_path` has already reported it.
            return None

    def _check_entry(self, entry: Entry) -> bool:
        """Read one object and record the result; tell whether it is intact."""
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
