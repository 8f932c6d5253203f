"""Examine a pin: check its commit, module and class against the rules.

Reads objects and the working tree; runs nothing.
"""

from __future__ import annotations

import contextlib
from typing import Any

from zenml_pin.at import registry
from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.modules import Modules
from zenml_pin.audit.report import EDITED, REMOVED, SAME, CommitReport, PinReport
from zenml_pin.base.bounded import Bounded
from zenml_pin.base.dates import subject
from zenml_pin.base.values import evolve
from zenml_pin.errors import (
    CommitNotFoundError,
    NotACommitError,
    PinError,
    PinnedImportError,
    PinnedModuleNotFoundError,
    SignatureError,
    SourceSyntaxError,
)
from zenml_pin.git.any_repository import here
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.given_roots import find_known
from zenml_pin.importing.laid_files import MATERIALIZE_HINT
from zenml_pin.importing.locate import Located, find_path, follow
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.worktree_guard import Guard
from zenml_pin.pins.choosing_roots import roots_of
from zenml_pin.pins.from_subfolder import named_from_below
from zenml_pin.pins.loading import path_of_source
from zenml_pin.pins.lookup import get_origin
from zenml_pin.pins.pinning import describe_defined, describe_missing
from zenml_pin.pins.unit import unit_of
from zenml_pin.pins.unparsed import HINT
from zenml_pin.source import Source
from zenml_pin.verification.signed_payload import format_of
from zenml_pin.workspace.folders import bundles_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.audit.facts.requirements import Requirements
    from zenml_pin.git.objects.tree import Entry
    from zenml_pin.git.signers import Signers

# A rule's id, a message and a hint.
Problem = tuple[str, str, str]

_KEPT_COMMITS = 256
_SUBJECT = 200
_FITTING = "run it in an environment that is installed from these files of the commit"


class Examiner:
    """Examines the pins of one repository; reads only once what several pins share.

    Args:
        repository: The repository.
        units: Facts about its units.
        requirements: Compares requirements; None skips that comparison.
        signers: The allowed signers; None skips the check of signatures.
        fetch: Whether commits that a shallow or partial clone lacks are fetched from its remote.
    """

    def __init__(
        self,
        repository: GitRepository,
        units: Units,
        requirements: Requirements | None = None,
        signers: Signers | None = None,
        fetch: bool = False,
    ) -> None:
        self._repository = repository
        self._fetches = fetch
        self._units = units
        self._requirements = requirements
        self._signers = signers
        self._signed: dict[str, str | Problem] = {}
        worktree = repository.layout.worktree
        self._bundles = bundles_of(worktree, here()) if worktree is not None else []
        self._modules = Modules(units.texts)
        self._trees: Bounded[str, CommitTree] = Bounded(_KEPT_COMMITS)

    def examine(self, source: Source) -> PinReport:
        """Return the facts about a source that is pinned to a commit, and its problems."""
        commit_id = source.commit_id or ""
        facts: dict[str, Any] = {}
        problems: list[Problem] = []
        try:
            tree = self._tree(commit_id)
            facts["commit"] = self._describe(tree)
            if self._signers is not None:
                facts["commit"] = self._with_signer(facts["commit"], source, self._signers, problems)
            # A bundle has only the files that the class needs, so it may lack the files of requirements.
            if self._requirements is not None and not facts["commit"].bundle:
                facts["unmet"] = unmet = self._requirements.unmet(tree)
                problems += [("ZP015", self._requirements.describe(unmet), _FITTING)] if unmet else []
            facts |= self._in_tree(source, tree, roots_of(source, tree), problems)
        except (CommitNotFoundError, NotACommitError) as error:
            problems.append(("ZP003", _missing(error, commit_id), error.hint))
        except PinError as error:
            problems.append(("ZP016", error.message, error.hint))
        return PinReport(str(source), commit_id, **facts, findings=tuple(problems))

    def examine_old(self, source: Source) -> PinReport:
        """Return the facts about a source of a document of ZenML, which may be named from a subfolder."""
        try:
            named = named_from_below(source, self._repository)
        except PinnedModuleNotFoundError as error:
            report = self.examine(source)
            others = [problem for problem in report.findings if problem[0] != "ZP004"]
            return evolve(report, findings=(("ZP004", error.message, error.hint), *others))
        except PinError:
            named = source
        report = evolve(self.examine(named), source=str(source))
        if named == source or not report.exists:
            return report
        folder = (find_known(named.roots_id or "") or ("",))[0]
        note = f"'{source.module}' is named from the folder '{folder}', the only one that has it"
        return evolve(report, findings=(*report.findings, ("ZP027", note, "")))

    def _describe(self, tree: CommitTree) -> CommitReport:
        commit, objects = tree.commit, tree.objects.source
        return CommitReport(
            id=commit.id,
            author=commit.author,
            committer=commit.committer,
            time=commit.time,
            zone=commit.zone,
            subject=subject(commit.message)[:_SUBJECT],
            signature=format_of(commit.signature.encode()) if commit.signature else "",
            bundle=objects.label if objects is not self._repository.objects.source else None,
        )

    def _with_signer(
        self, commit: CommitReport, source: Source, signers: Signers, problems: list[Problem]
    ) -> CommitReport:
        """Return a commit with its signer; add a problem if it has no signature of an allowed signer."""
        # Imported here so that a check without signers does not import its libraries.
        from zenml_pin.verification import refuse_unsigned

        if commit.id not in self._signed:
            try:
                signature = refuse_unsigned(source, signers, self._repository)
                self._signed[commit.id] = signature.verdict.principals
            except SignatureError as error:
                self._signed[commit.id] = "ZP019", error.message, error.hint
        signer = self._signed[commit.id]
        if isinstance(signer, tuple):
            problems.append(signer)
            return commit
        return evolve(commit, signer=signer)

    def _tree(self, commit_id: str) -> CommitTree:
        tree = self._trees.get(commit_id)
        if tree is None:
            tree = self._trees.add(commit_id, self._find_tree(commit_id))
        return tree

    def _find_tree(self, commit_id: str) -> CommitTree:
        """Return a commit's files from the repository, a bundle in the pipelines folder or, if asked to, the remote."""
        try:
            return CommitTree(self._repository.objects, commit_id)
        except CommitNotFoundError:
            for path in self._bundles:
                with contextlib.suppress(PinError):
                    return CommitTree(registry.open(path).objects, commit_id)
            if self._fetches:
                return CommitTree(get_origin(self._repository).objects, commit_id)
            raise

    def _in_tree(
        self, source: Source, tree: CommitTree, roots: tuple[str, ...], problems: list[Problem]
    ) -> dict[str, Any]:
        """Return the facts about a pin's files, and add its problems."""
        try:
            packages = follow(tree, roots, source.module)
        except PinnedImportError as error:
            problems.append(("ZP012", error.message, error.hint))
            return {}
        if len(packages) <= source.module.count("."):
            problems.append(self._no_module(tree, source))
            return {}
        module = packages[-1]
        path = module.path
        if module.kind == "namespace":
            message = (
                f"'{path}' at commit {tree.commit_id} is a folder without __init__.py, and defines nothing"
            )
            problems.append(("ZP005", message, ""))
            return {"has_class": False}
        unit = tree.get(unit_of(path, roots))
        code_id = self._units.code_id(tree, roots, unit.path)
        problem = self._class_problem(source, tree, roots, module)
        # A class that the commit does not have was neither edited nor removed since.
        is_there = problem is None or problem[0] != "ZP005"
        at_head = self._at_head(source, code_id) if is_there else None
        same = None if at_head is None else at_head == SAME
        facts = {
            "path": path,
            "folder": unit.path,
            "tree_id": unit.id,
            "code_id": code_id,
            "at_head": at_head,
            "same_as_worktree": self._units.same_as_worktree(tree, roots, unit, same) if is_there else None,
            "has_class": problem is None or problem[0] == "ZP022",
        }
        if problem is not None:
            problems.append(problem)
        problems += self._unit_problems(tree, roots, path, unit)
        return facts

    def _at_head(self, source: Source, code_id: str | None) -> str | None:
        """Return what became of the code of a class at HEAD; None without a HEAD, or if that is unknown."""
        head, roots = self._units.head, self._units.head_roots
        if head is None:
            return None
        with contextlib.suppress(PinError):
            path = find_path(head, roots, source.module)
            if path is None or not self._modules.defines(head, roots, path, source.name):
                return REMOVED
            if code_id is not None:
                return SAME if code_id == self._units.code_id(head, roots, unit_of(path, roots)) else EDITED
        return None

    def _no_module(self, tree: CommitTree, source: Source) -> Problem:
        namespace = Namespace(tree, self._repository, Guard(None, lambda folder: False))
        try:
            path_of_source(namespace, source)
        except SourceSyntaxError as error:
            return not_a_source(str(source), error)
        except PinnedModuleNotFoundError as error:
            return "ZP004", error.message, error.hint
        return "ZP004", f"commit {tree.commit_id} has no module '{source.module}'", ""

    def _class_problem(
        self, source: Source, tree: CommitTree, roots: tuple[str, ...], module: Located
    ) -> Problem | None:
        file = f"'{module.path}' at commit {tree.commit_id}"
        if not module.is_loadable:
            return "ZP012", f"{file} cannot be imported from memory: it is {module.kind}", ""
        fault = self._modules.fault(tree, module.path)
        if fault:
            return "ZP012", f"{file} cannot be imported from memory: {fault}", ""
        if self._modules.defines(tree, roots, module.path, source.name):
            return None
        if self._modules.may_make(tree, roots, module.path, source.name):
            return (
                "ZP022",
                f"{file} may define class or function '{source.name}' when it runs: its text does not show it",
                "load it to know; a class or def statement would show it",
            )
        fault = describe_missing(file, source.name, tree.read(module.path))
        return "ZP005", fault, describe_defined(self._modules.definitions(tree, module.path))

    def _unit_problems(
        self, tree: CommitTree, roots: tuple[str, ...], path: str, unit: Entry
    ) -> list[Problem]:
        folder = unit.path
        problems = [
            (
                "ZP006",
                f"{upward.path}:{upward.line}: '{upward.text}' leaves the folder '{folder}'",
                "the pin follows it: what it imports has to be committed too",
            )
            for upward in self._units.upward(tree, roots, unit)[:1]
        ]
        refusal = self._units.refusal(tree, roots, folder, path)
        if refusal is not None:
            rule, hint = ("ZP012", "") if refusal.reason else ("ZP004", "pin to a commit that has it")
            problems.append((rule, f"{refusal.describe()} (commit {tree.commit_id})", hint))
        problems += [
            ("ZP024", f"'{found}' at commit {tree.commit_id}: {reason}", HINT)
            for found, reason in self._units.unparsed(tree, roots, folder).items()
            # Of the module itself ZP012 says so.
            if found != path
        ]
        unlaid = self._units.unlaid(tree, roots, folder)
        if unlaid is not None:
            beside = f"files beside '{path}' at commit {tree.commit_id} cannot be laid in memory: {unlaid}"
            problems.append(("ZP026", beside, MATERIALIZE_HINT))
        uncommitted, is_own = self._units.problem(folder)
        if uncommitted:
            until = "its pins cannot be loaded" if is_own else "the class cannot be pinned again"
            problems.append(("ZP002", uncommitted, f"commit them; until then {until}"))
        if folder == path:
            hint = "move it into a folder, so that the clean check and the pin cover the whole folder"
            problems.append(("ZP011", f"'{path}' is directly in a source root", hint))
        return problems


def not_a_source(text: str, error: SourceSyntaxError) -> Problem:
    """Return the problem of a text that is not a source."""
    return "ZP007", f"'{text[:100]}' is not a pinned source: {error.message}", error.hint


def _missing(error: PinError, commit_id: str) -> str:
    return (
        error.message
        if isinstance(error, NotACommitError)
        else f"commit {commit_id} is not in the repository"
    )


def in_history_order(repository: GitRepository, sources: Iterable[Source]) -> list[Source]:
    """Return pinned sources by the time of their commits: neighbours share trees and texts."""
    sources = list(sources)
    times: dict[str, int] = {}
    for commit_id in {source.commit_id or "" for source in sources}:
        try:
            node = repository.objects.find_node(commit_id)
        except PinError:
            node = None
        times[commit_id] = node.time if node is not None else 0
    return sorted(sources, key=lambda source: (times[source.commit_id or ""], source.commit_id or ""))
