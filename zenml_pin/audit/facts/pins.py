"""Examining a pin: what its commit holds, by the rules. Reads objects and the working tree; runs nothing."""

from __future__ import annotations

import contextlib
from typing import Any

import attrs

from zenml_pin.at import registry
from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.modules import Modules
from zenml_pin.audit.report import CommitReport, PinReport
from zenml_pin.base.bounded import Bounded
from zenml_pin.base.dates import subject
from zenml_pin.errors import (
    CommitNotFoundError,
    NotACommitError,
    PinError,
    PinnedModuleNotFoundError,
    SignatureError,
)
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.locate import Located, follow
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.registry import here
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.importing.worktree_guard import Guard
from zenml_pin.pins.loading import require_path
from zenml_pin.pins.unit import unit_of
from zenml_pin.source import Source
from zenml_pin.verification.signed_payload import format_of
from zenml_pin.workspace.folders import bundles_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.facts.requirements import Requirements
    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.git.signers import Signers

# A rule's id, a message and a hint.
Problem = tuple[str, str, str]

_KEPT_COMMITS = 256
_SUBJECT = 200
_FITTING = "run it in an environment that fits, made from these files of the commit"


class Examiner:
    """Examines pins of one repository, one after the other; what they share is read once.

    Args:
        repository: The repository.
        units: Facts of its folders.
        requirements: Compares requirements; None where that is not asked.
        signers: Who must have signed a commit; None where that is not asked.
    """

    def __init__(
        self,
        repository: GitRepository,
        units: Units,
        requirements: Requirements | None = None,
        signers: Signers | None = None,
    ) -> None:
        self._repository = repository
        self._units = units
        self._requirements = requirements
        self._signers = signers
        self._signed: dict[str, str | Problem] = {}
        worktree = repository.layout.worktree
        self._bundles = bundles_of(worktree, here()) if worktree is not None else []
        self._modules = Modules()
        self._trees: Bounded[str, CommitTree] = Bounded(_KEPT_COMMITS)
        self._known_roots: dict[tuple[str, ...], tuple[str, ...]] = {}

    def examine(self, source: Source) -> PinReport:
        """Return what is known of a source that is pinned to a commit, and what is wrong with it."""
        commit_id = source.commit_id or ""
        known: dict[str, Any] = {}
        problems: list[Problem] = []
        try:
            tree = self._tree(commit_id)
            known["commit"] = self._describe(tree)
            if self._signers is not None:
                known["commit"] = self._signed_by(known["commit"], source, self._signers, problems)
            # A bundle has no more of the commit than the class needs.
            if self._requirements is not None and not known["commit"].bundle:
                known["unmet"] = unmet = self._requirements.unmet(tree)
                problems += [("ZP015", self._requirements.describe(unmet), _FITTING)] if unmet else []
            known |= self._in_tree(source, tree, self._roots(tree), problems)
        except (CommitNotFoundError, NotACommitError) as error:
            problems.append(("ZP003", _missing(error, commit_id), error.hint))
        except PinError as error:
            problems.append(("ZP016", error.message, error.hint))
        return PinReport(str(source), commit_id, **known, findings=tuple(problems))

    def _describe(self, tree: CommitTree) -> CommitReport:
        commit, source = tree.commit, tree.objects.source
        return CommitReport(
            id=commit.id,
            author=commit.author,
            committer=commit.committer,
            time=commit.time,
            zone=commit.zone,
            subject=subject(commit.message)[:_SUBJECT],
            signature=format_of(commit.signature.encode()) if commit.signature else "",
            bundle=source.place if source is not self._repository.objects.source else None,
        )

    def _signed_by(
        self, commit: CommitReport, source: Source, signers: Signers, problems: list[Problem]
    ) -> CommitReport:
        """Return a commit with who signed it; that none of the allowed signers did is a problem."""
        # Only here: its libraries are not on the way of a check that does not ask.
        from zenml_pin.verification import refuse_unsigned

        if commit.id not in self._signed:
            try:
                signature = refuse_unsigned(source, signers, self._repository)
                self._signed[commit.id] = signature.verdict.principals
            except SignatureError as error:
                self._signed[commit.id] = "ZP019", error.message, error.hint
        found = self._signed[commit.id]
        if isinstance(found, tuple):
            problems.append(found)
            return commit
        return attrs.evolve(commit, signer=found)

    def _tree(self, commit_id: str) -> CommitTree:
        tree = self._trees.get(commit_id)
        if tree is None:
            tree = self._trees.add(commit_id, self._find_tree(commit_id))
        return tree

    def _find_tree(self, commit_id: str) -> CommitTree:
        """Return a commit's files from the repository, else from a bundle that lies beside its documents."""
        try:
            return CommitTree(self._repository.objects, commit_id)
        except CommitNotFoundError:
            for path in self._bundles:
                with contextlib.suppress(PinError):
                    return CommitTree(registry.open(path).objects, commit_id)
            raise

    def _roots(self, tree: CommitTree) -> tuple[str, ...]:
        """Return the source roots of a commit: what decides them is the same in most."""
        key = tuple(
            entry.id if (entry := tree.find(name)) is not None else "" for name in ("setup.cfg", "src")
        )
        if key not in self._known_roots:
            self._known_roots[key] = source_roots(tree)
        return self._known_roots[key]

    def _in_tree(
        self, source: Source, tree: CommitTree, roots: tuple[str, ...], problems: list[Problem]
    ) -> dict[str, Any]:
        """Return what a pin's report says of its files."""
        found = follow(tree, roots, source.module)
        if len(found) <= source.module.count("."):
            problems.append(self._no_module(tree, source))
            return {}
        path = found[-1].path
        if found[-1].kind == "namespace":
            message = (
                f"'{path}' at commit {tree.commit_id} is a folder without __init__.py, and has no classes"
            )
            problems.append(("ZP005", message, ""))
            return {"has_class": False}
        unit = tree.get(unit_of(path, roots))
        known = {
            "path": path,
            "folder": unit.path,
            "tree_id": unit.id,
            "same_as_head": self._units.same_as_head(unit),
            "same_as_worktree": self._units.same_as_worktree(tree, unit),
        }
        problem = self._class_problem(source, tree, roots, found[-1])
        found_wrong = [problem] if problem is not None else []
        problems += [*found_wrong, *self._unit_problems(tree, roots, path, unit)]
        return {**known, "has_class": problem is None}

    def _no_module(self, tree: CommitTree, source: Source) -> Problem:
        pin = Namespace(tree, self._repository, Guard(None, lambda folder: False))
        try:
            require_path(pin, source.module)
        except PinnedModuleNotFoundError as error:
            return "ZP004", error.message, error.hint
        return "ZP004", f"commit {tree.commit_id} has no module '{source.module}'", ""

    def _class_problem(
        self, source: Source, tree: CommitTree, roots: tuple[str, ...], found: Located
    ) -> Problem | None:
        commit = f"at commit {tree.commit_id}"
        if not found.is_loadable:
            return "ZP012", f"'{found.path}' {commit} cannot be imported from memory: it is {found.kind}", ""
        fault = self._modules.fault(tree, found.path)
        if fault:
            return "ZP012", f"'{found.path}' {commit} cannot be imported from memory: {fault}", ""
        if self._modules.defines(tree, roots, found.path, source.name):
            return None
        classes = ", ".join(sorted(self._modules.classes(tree, found.path))[:5])
        return (
            "ZP005",
            f"'{found.path}' {commit} does not define class '{source.name}' at its top level",
            f"it defines {classes or 'no class'}",
        )

    def _unit_problems(
        self, tree: CommitTree, roots: tuple[str, ...], path: str, unit: Entry
    ) -> list[Problem]:
        folder = unit.path
        problems = [
            (
                "ZP006",
                f"{upward.path}:{upward.line}: '{upward.text}' leaves the folder '{folder}'",
                "import it by its full name, which the pin can follow",
            )
            for upward in self._units.upward(tree, roots, unit)[:1]
        ]
        uncommitted = self._units.problem(folder)
        if uncommitted:
            problems.append(("ZP002", uncommitted, "commit them; until then loading its pins is refused"))
        if folder == path:
            hint = "move it to a folder, which the clean check and the pin then take as a whole"
            problems.append(("ZP011", f"'{path}' lies directly in a source root", hint))
        return problems


def _missing(error: PinError, commit_id: str) -> str:
    return (
        error.message
        if isinstance(error, NotACommitError)
        else f"commit {commit_id} is not in the repository"
    )
