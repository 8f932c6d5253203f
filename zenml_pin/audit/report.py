"""The result of an audit, as values: documents, the sources in them, and the pins of these sources.

    AuditReport
        documents   DocumentReport, sorted by path and revision
            sources     SourceReport, in the order of the document; equal sources share one `pin`
                pin         PinReport: the facts about the pinned class (`pin_report`)
        findings    Finding, sorted by location

A fact is None if it was not checked or cannot be known. `to_dict` returns plain data as `schema.json` describes it.
"""

from __future__ import annotations

from zenml_pin.audit.rules import RULES, Finding, Level
from zenml_pin.base.values import Value, as_dict

SCHEMA_VERSION = 1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from zenml_pin.audit.pin_report import PinReport
    from zenml_pin.base.html import Markup

    # The stage, how much of it is done, and how much there is (0 if that is not known).
    Progress = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, total: int) -> None:
    """Ignore the progress of the work: the `Progress` of a caller that does not watch."""


class SourceReport(Value):
    """A source in a document.

    Attributes:
        source: As it is stored.
        key_path: Its location in the structure, as in "steps.training.source".
        line, column: Its location in the text, counted from 1.
        pin: The facts about it if it is pinned to a commit; else None.
        findings: Its findings in this document.
    """

    source: str
    key_path: str
    line: int
    column: int
    pin: PinReport | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def step(self) -> str:
        """Return the component that it belongs to: "training", "datasource", "pipeline"."""
        parts = self.key_path.split(".")
        return parts[parts.index("steps") + 1] if "steps" in parts[:-1] else parts[0]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; `source` is the key of its pin among those of the report."""
        data = as_dict(self, "pin", "findings")
        rules = [finding.rule.id for finding in self.findings]
        return {**data, "pinned": self.pin is not None, "rules": rules}


class ReproductionReport(Value):
    """What came of running a recorded run of a document again.

    Attributes:
        run: The run's id; None if no run of the document is recorded.
        is_reproduced: Whether every output is identical to the recorded one, or equal; None without a run.
        summary: The result in one line.
    """

    run: str | None
    is_reproduced: bool | None
    summary: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return as_dict(self)


class DocumentReport(Value):
    """One version of a pipeline document.

    Attributes:
        path: Posix, relative to the repository's root if the file is in the repository.
        revision: The commit that it was read from, or in a history the commit that added it; empty for a file or the
            index.
        name, number, type: The pipeline's; None, 1 and None if the document cannot be read.
        sources: In the order of the document.
        findings: All findings: about the document as a whole, and about its sources.
        is_current: Whether the path has this version in HEAD (or in the folder).
        reproduction: What came of running its newest run again; None if that was not asked for.
        run_id: What tells runs of one name apart in documents of ZenML; not in the report.
        is_of_zenml: Whether a release of ZenML wrote the document; not in the report.
    """

    path: str
    revision: str = ""
    name: str | None = None
    number: int = 1
    type: str | None = None
    sources: tuple[SourceReport, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_current: bool = True
    reproduction: ReproductionReport | None = None
    run_id: str = ""
    is_of_zenml: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        data = as_dict(self, "findings", "run_id", "is_of_zenml")
        reproduction = self.reproduction.to_dict() if self.reproduction is not None else None
        sources = [source.to_dict() for source in self.sources]
        return {**data, "sources": sources, "reproduction": reproduction}


class TreeGroup(Value):
    """Pins of one class at different commits whose code is the same: the unit and all that it imports.

    Attributes:
        tree_id: The tree (or blob) of their unit.
        code_id: The id of their code.
        folder: The unit.
        sources: The pins, oldest commit first.
    """

    tree_id: str
    code_id: str
    folder: str
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """The dotted name of the class."""
        return self.sources[0].partition("@")[0]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**as_dict(self), "sources": list(self.sources)}


class AuditReport(Value):
    """The result of an audit. The report of `check` does not have the facts that need the history.

    Attributes:
        root: The repository's root; empty outside one.
        head: HEAD's commit id; None before the first commit.
        scope: What was read: "worktree", "index", "history", or a commit id.
        documents: Every document, or version of one, sorted by path and revision.
        own_findings: Findings that belong to no document: there is none (ZP020).
        is_complete: False if the audit was interrupted; the report then has the facts until that moment.
        notes: What could not be checked, a line each, such as a missing extra.
        sandbox: The walls around the trials, in one line; None if nothing was loaded.
    """

    root: str
    head: str | None
    scope: str
    documents: tuple[DocumentReport, ...] = ()
    own_findings: tuple[Finding, ...] = ()
    is_complete: bool = True
    notes: tuple[str, ...] = ()
    sandbox: str | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, sorted by location."""
        findings = [finding for document in self.documents for finding in document.findings]
        return tuple(sorted([*self.own_findings, *findings], key=lambda finding: finding.sort_key))

    @property
    def sources(self) -> Iterator[SourceReport]:
        """Every source of every document."""
        return (source for document in self.documents for source in document.sources)

    @property
    def pins(self) -> tuple[PinReport, ...]:
        """Every pin once, sorted by its source."""
        pins = {source.pin.source: source.pin for source in self.sources if source.pin is not None}
        return tuple(pins[name] for name in sorted(pins))

    @property
    def groups(self) -> tuple[TreeGroup, ...]:
        """Code that two pins or more of a class share, sorted by class and code."""
        shared: dict[tuple[str, str], list[PinReport]] = {}
        for pin in self.pins:
            if pin.exists and pin.code_id is not None:
                shared.setdefault((pin.source.partition("@")[0], pin.code_id), []).append(pin)
        return tuple(
            TreeGroup(
                pins[0].tree_id or "",
                code_id,
                pins[0].folder or "",
                tuple(pin.source for pin in sorted(pins, key=_age)),
            )
            for (_, code_id), pins in sorted(shared.items())
            if len(pins) > 1
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many documents, sources, pins, and findings of each level there are."""
        levels = [finding.level for finding in self.findings]
        return {
            "documents": len(self.documents),
            "sources": sum(1 for _ in self.sources),
            "pins": len(self.pins),
            **{f"{level.value}s": levels.count(level) for level in Level},
        }

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to report, notes apart: exit code 0."""
        return all(finding.level is Level.NOTE for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, as `schema.json` describes it."""
        findings = self.findings
        rule_ids = sorted({finding.rule.id for finding in findings})
        return {
            "schema_version": SCHEMA_VERSION,
            "root": self.root,
            "head": self.head,
            "scope": self.scope,
            "is_complete": self.is_complete,
            "notes": list(self.notes),
            "sandbox": self.sandbox,
            "counts": self.counts,
            "rules": [RULES[rule_id].to_dict() for rule_id in rule_ids],
            "documents": [document.to_dict() for document in self.documents],
            "pins": [pin.to_dict() for pin in self.pins],
            "groups": [group.to_dict() for group in self.groups],
            "findings": [finding.to_dict() for finding in findings],
        }

    def _repr_html_(self) -> Markup:
        from zenml_pin.audit.fragments import fragment_of

        return fragment_of(self)


def _age(pin: PinReport) -> tuple[int, str]:
    return (pin.commit.time if pin.commit is not None else 0), pin.source
