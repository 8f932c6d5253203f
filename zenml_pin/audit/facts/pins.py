"""Examine a pin: check its commit, module and class against the rules.

Reads objects and the working tree; runs nothing.
"""

from __future__ import annotations

import contextlib
from typing import Any

from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.kept_pins import KeptPins
from zenml_pin.audit.facts.pin_facts import PinFacts, PinReader, Problem
from zenml_pin.audit.pin_report import EDITED, REMOVED, SAME, CommitReport, PinReport
from zenml_pin.base.bounded import Bounded
from zenml_pin.base.dates import subject
from zenml_pin.base.values import evolve
from zenml_pin.errors import (
    CommitNotFoundError,
    NotACommitError,
    PinError,
    PinnedModuleNotFoundError,
    SignatureError,
)
from zenml_pin.git.any_repository import here
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.signature_format import format_of
from zenml_pin.importing.locate import find_path
from zenml_pin.pins.choosing_roots import are_given, roots_of
from zenml_pin.pins.lookup import get_origin
from zenml_pin.pins.unit import unit_of
from zenml_pin.source import Source
from zenml_pin.workspace.folders import bundles_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.audit.facts.requirements import Requirements
    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.git.objects.object_store import Objects
    from zenml_pin.git.signers import Signers

_KEPT_COMMITS = 4096
# Each keeps the entries that were looked up.
_KEPT_TREES = 4
_SUBJECT = 200
_FITTING = "run it in an environment that is installed from these files of the commit"


class Examiner:
    """Examines the pins of one repository; reads only once what several pins share.

    Args:
        repository: The repository.
        units: Facts about its units.
        requirements: Compares requirements; None skips that comparison.
        signers: The allowed signers; None skips the check of signatures.
        fetch: Whether commits and other objects that a shallow or partial clone lacks are fetched from its remote.
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
        self._plain = PinReader(repository, units)
        self._kept: KeptPins | None = None
        if units.texts.is_kept and requirements is None:
            self._plain = PinReader(repository, Units(repository, units.looks_at_worktree))
            self._kept = KeptPins(PinReader(repository, units), self._plain, repository.objects.limits)
        self._at_heads: dict[tuple[str, str, str | None], tuple[bool, str | None]] = {}
        self._commits: Bounded[str, tuple[Objects, Commit]] = Bounded(_KEPT_COMMITS)
        self._trees: Bounded[str, CommitTree] = Bounded(_KEPT_TREES)

    def examine(self, source: Source) -> PinReport:
        """Return the facts about a source that is pinned to a commit, and its problems."""
        commit_id = source.commit_id or ""
        facts: dict[str, Any] = {}
        problems: list[Problem] = []
        try:
            kept = self._kept.find(source) if self._kept is not None else None
            facts["commit"] = kept[0] if kept is not None else self._describe(self._tree(commit_id))
            if self._signers is not None:
                facts["commit"] = self._with_signer(facts["commit"], source, self._signers, problems)
            # A bundle has only the files that the class needs, so it may lack the files of requirements.
            if self._requirements is not None and not facts["commit"].bundle:
                facts["unmet"] = unmet = self._requirements.unmet(self._tree(commit_id))
                problems += [("ZP015", self._requirements.describe(unmet), _FITTING)] if unmet else []
            lasting = kept[1] if kept is not None else self._read(source, facts["commit"], problems)
            facts |= self._now(source, lasting, problems)
        except (CommitNotFoundError, NotACommitError) as error:
            problems.append(("ZP003", _missing(error, commit_id), error.hint))
        except PinError as error:
            problems.append(("ZP016", error.message, error.hint))
        return PinReport(str(source), commit_id, **facts, findings=tuple(problems))

    def examine_old(self, source: Source) -> PinReport:
        """Return the facts about a source of a document of ZenML, which may be named from a subfolder."""
        # Most documents are not of ZenML.
        from zenml_pin.importing.given_roots import find_known
        from zenml_pin.pins.from_subfolder import named_from_below

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
                clone = getattr(self._repository, "clone", self._repository)
                signature = refuse_unsigned(source, signers, clone)
                self._signed[commit.id] = signature.verdict.principals
            except SignatureError as error:
                self._signed[commit.id] = "ZP019", error.message, error.hint
        signer = self._signed[commit.id]
        if isinstance(signer, tuple):
            problems.append(signer)
            return commit
        return evolve(commit, signer=signer)

    def in_history_order(self, sources: Iterable[Source]) -> list[Source]:
        """Return pinned sources by the time of their commits: neighbours share trees and texts.

        Those that the cache knows come first: their commits need not be read.
        """
        kept, others = list[Source](), list[Source]()
        for source in sources:
            is_kept = self._kept is not None and self._kept.find(source) is not None
            (kept if is_kept else others).append(source)
        times: dict[str, int] = {}
        for commit_id in {source.commit_id or "" for source in others}:
            with contextlib.suppress(PinError):
                times[commit_id] = self._tree(commit_id).commit.time
        ordered = sorted(
            others, key=lambda source: (times.get(source.commit_id or "", 0), source.commit_id or "")
        )
        return [*kept, *ordered]

    def _tree(self, commit_id: str) -> CommitTree:
        tree = self._trees.get(commit_id)
        if tree is None:
            known = self._commits.get(commit_id)
            if known is None:
                tree = self._find_tree(commit_id)
                self._commits.add(commit_id, (tree.objects, tree.commit))
            else:
                objects, commit = known
                objects.note(commit)
                tree = CommitTree(objects, commit_id)
            self._trees.add(commit_id, tree)
        return tree

    def _find_tree(self, commit_id: str) -> CommitTree:
        """Return a commit's files from the repository, a bundle in the pipelines folder or, if asked to, the remote."""
        try:
            return CommitTree(self._repository.objects, commit_id)
        except CommitNotFoundError:
            from zenml_pin.at import registry

            for path in self._bundles:
                with contextlib.suppress(PinError):
                    return CommitTree(registry.open(path).objects, commit_id)
            if self._fetches:
                return CommitTree(get_origin(self._repository).objects, commit_id)
            raise

    def _read(self, source: Source, commit: CommitReport, problems: list[Problem]) -> PinFacts:
        """Return what the commit alone decides about a source; after an error add the problems found before it."""
        tree, found = self._tree(source.commit_id or ""), list[Problem]()
        try:
            if self._kept is not None:
                return self._kept.read(source, tree, commit, found)
            return self._plain.read(source, tree, found)
        except PinError:
            problems += found
            raise

    def _now(self, source: Source, facts: PinFacts, problems: list[Problem]) -> dict[str, Any]:
        """Return the facts about a pin's files, compared with HEAD and the working tree, and add all its problems."""
        if facts.path is None:
            problems += facts.problems
            return {} if facts.has_class is None else {"has_class": facts.has_class}
        at_head = self._at_head(source, facts.code_id) if facts.is_there else None
        same = None if at_head is None else at_head == SAME
        same_as_worktree = None
        if facts.is_there and self._units.looks_at_worktree:
            same_as_worktree = same
            if self._units.problem(facts.unit, self._roots_at_head(source))[0]:
                tree = self._tree(source.commit_id or "")
                same_as_worktree = self._units.same_as_worktree(tree, roots_of(source, tree), facts.unit)
        problems += [*facts.problems, *self._present_problems(source, facts.path, facts.unit)]
        return {
            "path": facts.path,
            "folder": facts.unit,
            "tree_id": facts.unit_id,
            "code_id": facts.code_id,
            "at_head": at_head,
            "same_as_worktree": same_as_worktree,
            "has_class": facts.has_class,
        }

    def _at_head(self, source: Source, code_id: str | None) -> str | None:
        """Return what became of the code of a class at HEAD; None without a HEAD, or if that is unknown."""
        key = source.module, source.name, source.roots_id
        if key not in self._at_heads:
            self._at_heads[key] = self._find_at_head(source)
        is_known, head_id = self._at_heads[key]
        if not is_known:
            return None
        if head_id == REMOVED:
            return REMOVED
        if code_id is None:
            return None
        return SAME if code_id == head_id else EDITED

    def _find_at_head(self, source: Source) -> tuple[bool, str | None]:
        """Return whether it is known what HEAD has, and the code id of the class there, or that it is removed."""
        head = self._units.head
        if head is None:
            return False, None
        if self._kept is not None and source.roots_id is None and not are_given():
            with contextlib.suppress(PinError):
                at_head = source.at(head.commit_id)
                kept = self._kept.find(at_head)
                facts = kept[1] if kept else self._kept.read(at_head, head, self._describe(head), [])
                if facts.has_class and all(rule != "ZP022" for rule, _, _ in facts.problems):
                    return True, facts.code_id
        with contextlib.suppress(PinError):
            units, roots = self._plain.units, self._roots_at_head(source)
            path = find_path(head, roots, source.module)
            if path is None or not self._plain.modules.defines(head, roots, path, source.name):
                return True, REMOVED
            return True, units.code_id(head, roots, unit_of(path, roots))
        return False, None

    def _roots_at_head(self, source: Source) -> tuple[str, ...]:
        """Return the source roots from which a source is named at HEAD: its own, or those that are given to HEAD."""
        head = self._units.head
        if head is None or (source.roots_id is None and not are_given()):
            return self._units.head_roots
        with contextlib.suppress(PinError):
            return roots_of(source, head)
        return self._units.head_roots

    def _present_problems(self, source: Source, path: str, unit: str) -> Iterator[Problem]:
        uncommitted, is_own, remedy = self._units.problem(unit, self._roots_at_head(source))
        if uncommitted:
            until = "its pins cannot be loaded" if is_own else "the class cannot be pinned again"
            yield "ZP002", uncommitted, f"{remedy}; until then {until}" if remedy else until
        if unit == path:
            hint = "move it into a folder, so that the clean check and the pin cover the whole folder"
            yield "ZP011", f"'{path}' is directly in a source root", hint


def _missing(error: PinError, commit_id: str) -> str:
    return (
        error.message
        if isinstance(error, NotACommitError)
        else f"commit {commit_id} is not in the repository"
    )
