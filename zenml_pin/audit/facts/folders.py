"""Facts about units, the folders of classes: uncommitted changes, imports that leave the unit, differences from HEAD.

Each fact is read once for a unit, however many pins the unit has.
"""

from __future__ import annotations

import re

from zenml_pin.audit.comparison.sides import CommitSide, WorktreeSide
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import PinError, describe_changes
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import Entry
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import Status
from zenml_pin.pins.import_closure import Upward, find_closure
from zenml_pin.pins.unit import unit_status

# Finds candidates fast: a relative import begins like this. Only files with a match are parsed.
_RELATIVE = re.compile(rb"from[\s\\]*((?:\.[\s\\]*)+)")


class Units:
    """Facts about the units of one repository.

    Args:
        repository: The repository.
        looks_at_worktree: Whether uncommitted changes count.
    """

    def __init__(self, repository: GitRepository, looks_at_worktree: bool = True) -> None:
        self._repository = repository
        self._worktree = repository.layout.worktree if looks_at_worktree else None
        self._statuses: dict[str, Status] = {}
        self._upward: dict[tuple[str, str], tuple[Upward, ...]] = {}
        self._relative: dict[str, int] = {}
        self._unparsed: dict[tuple[str, str], dict[str, str]] = {}
        self._disk: dict[str, dict[str, Entry]] = {}
        self._same: dict[tuple[str, str], bool] = {}
        head = repository.head_commit()
        self._head = CommitTree(repository.objects, head.id) if head is not None else None

    @property
    def head(self) -> CommitTree | None:
        """HEAD's files; None before the first commit."""
        return self._head

    def status(self, unit: str) -> Status:
        """Return the uncommitted changes in a unit; a clean status where the working tree does not count."""
        if self._worktree is None:
            return Status(unit)
        if unit not in self._statuses:
            self._statuses[unit] = unit_status(self._repository, unit)
        return self._statuses[unit]

    def problem(self, unit: str) -> str:
        """Return why the classes of a unit cannot be pinned or loaded now; "" if the unit is clean."""
        try:
            status = self.status(unit)
        except PinError as error:
            return error.message
        return "" if status.clean else describe_changes(unit, status.changes)

    def upward(self, tree: CommitTree, roots: tuple[str, ...], unit: Entry) -> tuple[Upward, ...]:
        """Return the relative imports that leave a unit."""
        key = unit.path, unit.id
        if key not in self._upward:
            is_candidate = any(
                self._may_leave(tree, unit.path, entry) for entry in tree.iter_entries(unit.path)
            )
            self._upward[key] = find_closure(tree, roots, unit.path).upward if is_candidate else ()
        return self._upward[key]

    def unparsed(self, tree: CommitTree, roots: tuple[str, ...], unit: Entry) -> dict[str, str]:
        """Return by path why nobody can tell what some files import, of a unit and of all that it imports."""
        key = unit.path, tree.commit.tree
        if key not in self._unparsed:
            self._unparsed[key] = find_closure(tree, roots, unit.path).unparsed
        return self._unparsed[key]

    def same_as_head(self, unit: Entry) -> bool | None:
        """Tell whether HEAD has the same content at the unit's path; None before the first commit."""
        if self._head is None:
            return None
        entry = self._head.find_link(unit.path)
        return entry is not None and (entry.id, entry.mode) == (unit.id, unit.mode)

    def same_as_worktree(self, tree: CommitTree, unit: Entry) -> bool | None:
        """Tell whether the files on disk are those of the unit; None without a working tree."""
        if self._worktree is None:
            return None
        if self.status(unit.path).clean:
            return self.same_as_head(unit)
        key = unit.path, unit.id
        if key not in self._same:
            self._same[key] = self._on_disk(unit.path) == CommitSide(tree, ()).files(unit.path)
        return self._same[key]

    def _may_leave(self, tree: CommitTree, unit: str, entry: Entry) -> bool:
        if not entry.is_file or not entry.path.endswith(".py"):
            return False
        if entry.id not in self._relative:
            data = tree.objects.blob(entry.id)
            self._relative[entry.id] = max((dots.count(b".") for dots in _RELATIVE.findall(data)), default=0)
        # One dot means the file's own folder. A unit that is a file has no folder, so one dot leaves it.
        inside = 0 if entry.path == unit else entry.path[len(unit) :].count("/")
        return self._relative[entry.id] > inside

    def _on_disk(self, unit: str) -> dict[str, Entry]:
        """Return the files of a unit on disk."""
        if unit not in self._disk:
            self._disk[unit] = self._side.files(unit)
        return self._disk[unit]

    @lazy
    def _side(self) -> WorktreeSide:
        return WorktreeSide(self._repository)
