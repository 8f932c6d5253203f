"""Facts about units, the folders of classes: uncommitted changes, imports that leave the unit, their code.

The *code* of a unit is what its code id names: its files, and what they import from the repository.

Each fact is read once for a unit, however many pins the unit has.
"""

from __future__ import annotations

import contextlib

from zenml_pin.audit.comparison.sides import CommitSide, WorktreeSide
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import (
    ObjectNotFoundError,
    PinError,
    UncommittedChangesError,
    UnpinnedError,
    describe_changes,
)
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import Entry
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import Status
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.certain_imports import Refusal, find_refusal
from zenml_pin.pins.code_id import digest_of
from zenml_pin.pins.file_imports import Upward
from zenml_pin.pins.files_beside import find_files_beside, why_not_laid
from zenml_pin.pins.import_closure import Closure, find_closure, find_known_closure
from zenml_pin.pins.obstacles import unit_obstacles
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo
from zenml_pin.pins.unit import unit_status
from zenml_pin.workspace.config import get_workspace_at


class _Code:
    """What a unit imports at a commit; its code id, and why files cannot be laid, once somebody needs them."""

    def __init__(self, closure: Closure) -> None:
        self.closure = closure
        self.id = ""
        self.has_looked = False
        self.unlaid: str | None = None


class Units:
    """Facts about the units of one repository.

    Args:
        repository: The repository.
        looks_at_worktree: Whether uncommitted changes count.
        texts: Facts about texts.

    Attributes:
        texts: As given.
    """

    def __init__(
        self, repository: GitRepository, looks_at_worktree: bool = True, texts: TextMemo = TEXT_MEMO
    ) -> None:
        self.texts = texts
        self._repository = repository
        self._worktree = repository.layout.worktree if looks_at_worktree else None
        self._statuses: dict[str, Status] = {}
        self._codes: dict[tuple[str, str], _Code] = {}
        self._problems: dict[str, tuple[str, bool]] = {}
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

    def problem(self, unit: str) -> tuple[str, bool]:
        """Return what is uncommitted in a unit or its imports ("" for nothing), and whether the unit itself has it."""
        if self._worktree is None:
            return "", False
        if unit not in self._problems:
            self._problems[unit] = self._find_problem(unit)
        return self._problems[unit]

    def _find_problem(self, unit: str) -> tuple[str, bool]:
        try:
            status = self.status(unit)
            if not status.clean:
                return describe_changes(unit, status.changes), True
            if self._head is not None:
                obstacles = unit_obstacles(self._repository, self._head, self.head_roots, unit, self.texts)
                uncommitted = (error for error in obstacles if isinstance(error, UncommittedChangesError))
                return next((error.message for error in uncommitted), ""), False
        except PinError as error:
            return error.message, True
        return "", False

    def reason(self, unit: str) -> str:
        """Return what else keeps the classes of a unit from being pinned, such as an import; "" for nothing."""
        if self._worktree is None or self._head is None:
            return ""
        try:
            obstacles = unit_obstacles(self._repository, self._head, self.head_roots, unit, self.texts)
            return next((error.message for error in obstacles if isinstance(error, UnpinnedError)), "")
        except PinError as error:
            return error.message

    def upward(self, tree: CommitTree, roots: tuple[str, ...], unit: Entry) -> tuple[Upward, ...]:
        """Return the relative imports that leave a unit."""
        return self._code(tree, roots, unit.path).closure.upward

    def unparsed(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> dict[str, str]:
        """Return by path why nobody can tell what some files import, of a unit and of all that it imports."""
        return self._code(tree, roots, unit).closure.unparsed

    def refusal(self, tree: CommitTree, roots: tuple[str, ...], unit: str, path: str) -> Refusal | None:
        """Return the import that certainly stops the load of a unit's module."""
        closure = self._code(tree, roots, unit).closure
        if not closure.faults and not closure.gaps:
            return None
        return find_refusal(tree, roots, path, self._repository.worktree, self.texts)

    def unlaid(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> str | None:
        """Return why files beside the code of a unit cannot be laid in memory; None if they can, or are not needed."""
        code = self._code(tree, roots, unit)
        if not code.has_looked:
            code.has_looked = True
            key = f"unlaid {self._key(tree, roots, unit)}"
            known = self.texts.get(key) if self._is_own(tree) else None
            try:
                code.unlaid = self._find_unlaid(tree, roots, code.closure) if known is None else known[0]
            except ObjectNotFoundError:
                # That the object is missing is another finding.
                return None
            if known is None and self._is_own(tree):
                self.texts.put(key, (code.unlaid,))
        return code.unlaid

    def _find_unlaid(self, tree: CommitTree, roots: tuple[str, ...], closure: Closure) -> str | None:
        try:
            files = find_files_beside(tree, roots, closure)
            reason = why_not_laid(tree, files)
        except ObjectNotFoundError:
            raise
        except PinError as error:
            return error.message
        named = min(files, key=lambda path: (path.endswith(".py"), path), default="")
        return f"{reason} ({len(files)} files, as '{named}')" if reason else None

    def code_id(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> str | None:
        """Return the code id of a unit at a commit; None if an object for it is missing, as in a bundle."""
        code = self._code(tree, roots, unit)
        if not code.id:
            with contextlib.suppress(PinError):
                code.id = digest_of(tree, roots, code.closure, self._pipelines, self.texts)
                if self._is_own(tree):
                    self.texts.put(self._key(tree, roots, unit), (code.id, code.closure.to_plain()))
        return code.id or None

    def same_as_worktree(
        self, tree: CommitTree, roots: tuple[str, ...], unit: Entry, same_as_head: bool | None
    ) -> bool | None:
        """Tell whether the files on disk are those of the unit and its imports; None without a working tree."""
        if self._worktree is None:
            return None
        if not self.problem(unit.path)[0]:
            return same_as_head
        key = unit.path, tree.commit.tree
        if key not in self._same:
            side = CommitSide(tree, ())
            outside = self._code(tree, roots, unit.path).closure.outside
            committed = [side.files(path) for path in (unit.path, *outside)]
            self._same[key] = committed == [self._on_disk(path) for path in (unit.path, *outside)]
        return self._same[key]

    def _code(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> _Code:
        key = unit, tree.commit.tree
        if key not in self._codes:
            self._codes[key] = self._find_code(tree, roots, unit)
        return self._codes[key]

    def _find_code(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> _Code:
        if not self._is_own(tree):
            return _Code(find_closure(tree, roots, unit, texts=self.texts))
        known = self.texts.get(self._key(tree, roots, unit))
        if known is None:
            return _Code(find_known_closure(tree, roots, unit, texts=self.texts))
        code = _Code(Closure.of_plain(known[1]))
        code.id = known[0]
        return code

    def _is_own(self, tree: CommitTree) -> bool:
        """Tell whether a tree is in the repository: a bundle has only some of the folders and files."""
        return tree.objects is self._repository.objects

    def _key(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> str:
        former = getattr(roots, "former", ())
        return f"unit {tree.commit.tree} {unit!a} {tuple(roots)!a} {former!a} {self._pipelines!a}"

    @lazy
    def head_roots(self) -> tuple[str, ...]:
        """The source roots of HEAD; only that of the repository if its settings cannot be read."""
        try:
            return ("",) if self._head is None else source_roots(self._head)
        except PinError:
            return ("",)

    @lazy
    def _pipelines(self) -> str | None:
        """The pipelines folder, relative to the repository's root: documents are not code."""
        worktree = self._repository.layout.worktree
        return (
            None if worktree is None else self._repository.relative(get_workspace_at(worktree).pipelines_dir)
        )

    def _on_disk(self, unit: str) -> dict[str, Entry]:
        """Return the files of a unit on disk."""
        if unit not in self._disk:
            self._disk[unit] = self._side.files(unit)
        return self._disk[unit]

    @lazy
    def _side(self) -> WorktreeSide:
        return WorktreeSide(self._repository)
