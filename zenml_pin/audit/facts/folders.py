"""Facts about units, the folders of classes: uncommitted changes, imports that leave the unit, their code.

The *code* of a unit is what its code id names: its files, and what they import from the repository.

Each fact is read once for a unit, however many pins the unit has.
"""

from __future__ import annotations

import contextlib

from zenml_pin.audit.facts.head_closures import HeadClosures
from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.lazy_attribute import lazy
from zenml_pin.errors import (
    ObjectNotFoundError,
    PinError,
    UncommittedChangesError,
    UnpinnedError,
    describe_changes,
)
from zenml_pin.git.objects.tree import Entry
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import Status
from zenml_pin.git.status.remedies import find_remedy
from zenml_pin.git.storage.present_objects import PresentObjects
from zenml_pin.importing.locate import key_of_roots
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.certain_imports import Refusal, find_refusal_here
from zenml_pin.pins.code_id import digest_of
from zenml_pin.pins.detours import iter_detours, without_aside
from zenml_pin.pins.file_imports import Upward
from zenml_pin.pins.files_beside import find_files_beside, size_of, why_not_laid
from zenml_pin.pins.import_closure import Closure, find_closure, find_watched_closure
from zenml_pin.pins.needed_for_facts import needed_objects
from zenml_pin.pins.obstacles import Obstacle, unit_obstacles
from zenml_pin.pins.text_facts import TEXT_MEMO, TextMemo
from zenml_pin.pins.unit import unit_status
from zenml_pin.workspace.config import get_workspace_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeVar

    E = TypeVar("E", bound=PinError)

    from zenml_pin.audit.comparison.sides import WorktreeSide
    from zenml_pin.git.objects.commit_files import CommitTree, Tree


class _Code:
    """What a unit imports at a commit, and where that was looked for; other facts once somebody needs them."""

    def __init__(self, closure: Closure, folders: set[str], lists: set[str]) -> None:
        self.closure = closure
        self.folders = folders
        self.lists = lists
        self.id = ""
        self.has_looked = False
        self.unlaid: str | None = None
        # How many files are laid beside it, and how many bytes they have; None if they cannot be laid.
        self.beside: tuple[int, int] | None = None
        self.beside_ids: frozenset[bytes] = frozenset()


class Units:
    """Facts about the units of one repository.

    Args:
        repository: The repository.
        looks_at_worktree: Whether uncommitted changes count.
        texts: Facts about texts.
        head_roots: The source roots of HEAD, if they are known.
        present: The objects of the repository, if some of them have been looked for.

    Attributes:
        looks_at_worktree: Whether uncommitted changes count, and there is a working tree.
        texts: As given.
        present: The objects that the repository has now.
    """

    def __init__(
        self,
        repository: GitRepository,
        looks_at_worktree: bool = True,
        texts: TextMemo = TEXT_MEMO,
        head_roots: tuple[str, ...] | None = None,
        present: PresentObjects | None = None,
    ) -> None:
        self.texts = texts
        self.present = present or PresentObjects(repository.source)
        self._repository = repository
        self._worktree = repository.layout.worktree if looks_at_worktree else None
        self.looks_at_worktree = self._worktree is not None
        self._statuses: dict[str, Status] = {}
        self._codes: dict[tuple[str, ...], _Code] = {}
        self._problems: dict[tuple[str, ...], tuple[str, bool, str]] = {}
        self._disk: dict[str, dict[str, Entry]] = {}
        self._same: dict[tuple[str, ...], bool] = {}
        self._head = repository.find_head_tree()
        self._head_roots = head_roots

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

    def problem(self, unit: str, roots: tuple[str, ...]) -> tuple[str, bool, str]:
        """Return what is uncommitted in a unit or its imports ("" for nothing), whether it is in the unit, what helps.

        Args:
            unit: The unit.
            roots: The source roots from which it is named at HEAD.
        """
        if self._worktree is None:
            return "", False, ""
        key = unit, *key_of_roots(roots)
        if key not in self._problems:
            self._problems[key] = self._find_problem(unit, roots)
        return self._problems[key]

    def _find_problem(self, unit: str, roots: tuple[str, ...]) -> tuple[str, bool, str]:
        try:
            status = self.status(unit)
            if not status.clean:
                return describe_changes(unit, status.changes), True, find_remedy(status.changes)
            obstacle = self._first_obstacle(UncommittedChangesError, unit, roots)
        except PinError as error:
            return error.message, True, error.hint
        return (
            ("", False, "") if obstacle is None else (obstacle.message, False, find_remedy(obstacle.changes))
        )

    def reason(self, unit: str, roots: tuple[str, ...]) -> str:
        """Return what else keeps the classes of a unit from being pinned, such as an import; "" for nothing.

        Args:
            unit: The unit.
            roots: The source roots from which it is named at HEAD.
        """
        if self._worktree is None:
            return ""
        try:
            obstacle = self._first_obstacle(UnpinnedError, unit, roots)
            return "" if obstacle is None else obstacle.message
        except PinError as error:
            return error.message

    def _first_obstacle(self, kind: type[E], unit: str, roots: tuple[str, ...]) -> E | None:
        """Return the first obstacle of a kind; None if there is none, or no commit."""
        if self._head is None:
            return None
        obstacles = self._obstacles(self._head, unit, roots)
        return next((error for error in obstacles if isinstance(error, kind)), None)

    def _obstacles(self, head: CommitTree, unit: str, roots: tuple[str, ...]) -> Iterator[Obstacle]:
        def closure_of(files: Tree) -> Closure:
            return self._heads.find(head, roots, unit, files)

        return unit_obstacles(self._repository, head, roots, unit, self.texts, closure_of)

    @lazy
    def _heads(self) -> HeadClosures:
        return HeadClosures(self._repository, self.texts, self.pipelines, self.present)

    @lazy
    def packs(self) -> str:
        """Tells the packs of the repository from those of another time."""
        return hex_digest(self._repository.source.packs_stamp().encode("utf-8", "surrogateescape"))

    def are_packed(self, raw_ids: frozenset[bytes]) -> bool:
        """Tell whether the packs of the repository have some objects, given as bytes."""
        return not self._repository.source.unpacked(raw_ids)

    def upward(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> tuple[Upward, ...]:
        """Return the relative imports that leave a unit."""
        return self._code(tree, roots, unit).closure.upward

    def unparsed(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> dict[str, str]:
        """Return by path why nobody can tell what some files import, of a unit and of all that it imports."""
        return self._code(tree, roots, unit).closure.unparsed

    def detour(
        self, tree: CommitTree, roots: tuple[str, ...], unit: str
    ) -> tuple[UnpinnedError | None, bool]:
        """Return an import that takes a file through `sys.path`, and whether what is installed decides that.

        Tests beside the code import each other so, when they are run from their folder.
        """
        closure = self._code(tree, roots, unit).closure
        if not closure.path_users:
            return None, False
        closure = without_aside(closure)
        return next(iter_detours(tree, tree, roots, self._repository.worktree, closure), None), True

    def refusal(
        self, tree: CommitTree, roots: tuple[str, ...], unit: str, path: str
    ) -> tuple[Refusal | None, bool]:
        """Return the import that certainly stops the load of a unit's module, and whether what is installed decides."""
        closure = self._code(tree, roots, unit).closure
        if not closure.faults and not closure.gaps:
            return None, False
        return find_refusal_here(tree, roots, path, self._repository.worktree, self.texts)

    def needed(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> frozenset[bytes] | None:
        """Return the raw ids of the objects that decide the facts about a unit; None if others decide too.

        Raises:
            PinError: One of them is missing or damaged.
        """
        if not self.is_own(tree):
            return None
        code = self._code(tree, roots, unit)
        needed = needed_objects(tree, roots, code.closure, code.folders, self.texts, self.pipelines)
        if needed is None or self.unlaid(tree, roots, unit) is not None:
            return None
        # Without an answer, a file is missing.
        return needed | code.beside_ids if code.beside is not None else frozenset()

    def beside(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> tuple[int, int]:
        """Return how many files are laid beside the code of a unit, and how many bytes they have together."""
        self.unlaid(tree, roots, unit)
        return self._code(tree, roots, unit).beside or (0, 0)

    def unlaid(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> str | None:
        """Return why files beside the code of a unit cannot be laid in memory; None if they can, or are not needed."""
        code = self._code(tree, roots, unit)
        if not code.has_looked:
            # That an object is missing is another finding.
            with contextlib.suppress(ObjectNotFoundError):
                code.unlaid = self._find_unlaid(tree, roots, code)
            # Last: another thread may ask meanwhile.
            code.has_looked = True
        return code.unlaid

    def _find_unlaid(self, tree: CommitTree, roots: tuple[str, ...], code: _Code) -> str | None:
        try:
            files = find_files_beside(tree, roots, code.closure)
            reason = why_not_laid(tree, files)
        except ObjectNotFoundError:
            raise
        except PinError as error:
            return error.message
        if reason is None:
            code.beside = len(files), size_of(tree, files, tree.limits.files)
            code.beside_ids = frozenset([bytes.fromhex(entry.id) for entry in files.values()])
            return None
        named = min(files, key=lambda path: (path.endswith(".py"), path), default="")
        return f"{reason} ({len(files)} files, as '{named}')"

    def code_id(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> str | None:
        """Return the code id of a unit at a commit; None if an object for it is missing, as in a bundle."""
        code = self._code(tree, roots, unit)
        if not code.id:
            with contextlib.suppress(PinError):
                code.id = digest_of(tree, roots, code.closure, self.pipelines, self.texts)
        return code.id or None

    def same_as_worktree(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> bool | None:
        """Tell whether the files on disk are those of the unit and its imports; None without a working tree."""
        if self._worktree is None:
            return None
        key = unit, tree.commit.tree, *key_of_roots(roots)
        if key not in self._same:
            from zenml_pin.audit.comparison.sides import CommitSide

            side = CommitSide(tree, ())
            outside = self._code(tree, roots, unit).closure.outside
            committed = [side.files(path) for path in (unit, *outside)]
            self._same[key] = committed == [self._on_disk(path) for path in (unit, *outside)]
        return self._same[key]

    def _code(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> _Code:
        key = unit, tree.commit.tree, *key_of_roots(roots)
        if key not in self._codes:
            self._codes[key] = self._find_code(tree, roots, unit)
        return self._codes[key]

    def _find_code(self, tree: CommitTree, roots: tuple[str, ...], unit: str) -> _Code:
        if not self.is_own(tree):
            return _Code(find_closure(tree, roots, unit, texts=self.texts), set(), set())
        return _Code(*find_watched_closure(tree, roots, unit, texts=self.texts))

    def is_own(self, tree: CommitTree) -> bool:
        """Tell whether a tree is in the repository: a bundle has only some of the folders and files."""
        return tree.objects is self._repository.objects

    @lazy
    def head_roots(self) -> tuple[str, ...]:
        """The source roots of HEAD; only that of the repository if its settings cannot be read."""
        if self._head_roots is not None:
            return self._head_roots
        try:
            return ("",) if self._head is None else source_roots(self._head)
        except PinError:
            return ("",)

    @lazy
    def pipelines(self) -> str | None:
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
        # Only where something is uncommitted.
        from zenml_pin.audit.comparison.sides import WorktreeSide

        return WorktreeSide(self._repository)
