"""Plain text: one line for each finding, as compilers print them, and for an audit a table of each document's sources.

Ids are complete; `short_ids` shortens them, as for a terminal. Hostile text is escaped.
"""

from __future__ import annotations

from zenml_pin.audit.causes import Cause, by_cause
from zenml_pin.audit.pin_report import REMOVED, SAME, CommitReport, PinReport
from zenml_pin.audit.report import AuditReport, DocumentReport, SourceReport
from zenml_pin.audit.rules import Finding
from zenml_pin.base.dates import day
from zenml_pin.base.shell_words import in_the_shell
from zenml_pin.base.text import count, printable
from zenml_pin.source import is_commit_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHORT = 8
_SHOWN = 3
# Places of a cause on a terminal.
_PLACES = 10


def render(report: AuditReport, *, short_ids: bool = False) -> str:
    """Return findings and the summary, as `check` prints them."""
    return _lines([*_findings(report, short_ids), *_notes(report), summary(report)])


def render_facts(report: AuditReport, *, short_ids: bool = False) -> str:
    """Return all facts, findings and the summary, as `audit` prints them."""
    lines = [] if report.sandbox is None else [printable(f"sandbox: {report.sandbox}"), ""]
    lines += [line for document in report.documents for line in _document(document, short_ids)]
    for group in report.groups:
        lines.append(f"{len(group.sources)} pins of {printable(group.name)} have the same code")
        lines += [f"  {_source(source, short_ids)}" for source in group.sources]
    findings = list(_findings(report, short_ids))
    gap = [""] if lines else []
    return _lines([*lines, *gap, *findings, *([""] if findings else []), *_notes(report), summary(report)])


def summary(report: AuditReport) -> str:
    """Return the counts in one line.

    >>> summary(AuditReport("/srv/repo", None, "worktree"))
    '0 documents, 0 sources, 0 pins: nothing to report'
    """
    counts = report.counts
    totals = ", ".join(
        count(counts[name], name.removesuffix("s")) for name in ("documents", "sources", "pins")
    )
    levels = [
        count(counts[name], name.removesuffix("s"))
        for name in ("errors", "warnings", "notes")
        if counts[name]
    ]
    end = "" if report.is_complete else "; interrupted, so this is not all"
    return f"{totals}: {', '.join(levels) or 'nothing to report'}{end}"


def _findings(report: AuditReport, short_ids: bool) -> Iterator[str]:
    for cause in by_cause(report.findings):
        first, many = cause.first, len(cause.findings) > 1
        yield _cause(cause) if many else _finding(first, short_ids)
        if first.hint:
            yield f"    {printable(in_the_shell(first.hint))}"
        if many:
            yield from _places(cause, short_ids)


def _cause(cause: Cause) -> str:
    first = cause.first
    return f"{first.level.value} {first.rule.id} in {len(cause.findings)} places: {cause.message}"


def _places(cause: Cause, short_ids: bool) -> Iterator[str]:
    """Yield where a cause has its findings: all in a pipe, some on a terminal."""
    shown = cause.findings[:_PLACES] if short_ids else cause.findings
    for finding in shown:
        key_path = f": {finding.key_path}" if finding.key_path else ""
        source = f": {_source(finding.source, short_ids)}" if finding.source else ""
        yield f"    {_location(finding, short_ids)}{key_path}{source}"
    if len(shown) < len(cause.findings):
        yield f"    and {len(cause.findings) - len(shown)} more; --format json has all"


def _location(finding: Finding, short_ids: bool) -> str:
    revision = f"{_id(finding.revision, short_ids)}:" if finding.revision else ""
    position = f":{finding.line}:{finding.column}" if finding.line else ""
    return f"{revision}{printable(finding.path)}{position}"


def _finding(finding: Finding, short_ids: bool) -> str:
    key_path = f" {finding.key_path}:" if finding.key_path else ""
    location = _location(finding, short_ids)
    return f"{location}: {finding.level.value} {finding.rule.id}{key_path} {finding.message}"


def _notes(report: AuditReport) -> list[str]:
    return [f"note: {printable(note)}" for note in report.notes]


def _document(document: DocumentReport, short_ids: bool) -> Iterator[str]:
    revision = f"{_id(document.revision, short_ids)}:" if document.revision else ""
    number = f" number {document.number}" if document.number != 1 else ""
    name = (
        f"{printable(document.name)}{number}, {printable(document.type or '')}"
        if document.name
        else "unreadable"
    )
    age = "" if document.is_current else " (not the current version)"
    yield f"{revision}{printable(document.path)}: {name}{age}"
    if document.reproduction is not None:
        run = f"run {document.reproduction.run} " if document.reproduction.run is not None else ""
        yield f"  {printable(run + document.reproduction.summary)}"
    own = [source for source in document.sources if _is_of_release(source)]
    rows = [_row(source, short_ids) for source in document.sources if not _is_of_release(source)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
    if own:
        yield f"  of releases: {', '.join(printable(source.source) for source in own)}"


def _is_of_release(source: SourceReport) -> bool:
    """Tell whether a source is of a release, such as our own classes, and has no findings: little is known of it."""
    pin = source.source.partition("@")[2]
    return source.pin is None and bool(pin) and not is_commit_id(pin) and not source.findings


def _row(source: SourceReport, short_ids: bool) -> list[str]:
    """Return the cells of a source: position, key path, source, day, committer, branches, distance from HEAD, state."""
    pin = source.pin
    commit = pin.commit if pin is not None else None
    commit_cells = ["", "", "", ""] if commit is None else _commit(commit)
    location = [f"{source.line}:{source.column}", printable(source.key_path.removesuffix(".source"))]
    return [*location, _source(source.source, short_ids), *commit_cells, _state(source, pin, short_ids)]


def _commit(commit: CommitReport) -> list[str]:
    names = [*(commit.branches or ()), *(f"tag {name}" for name in commit.tags or ())]
    more = f" +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    none = "" if commit.branches is None else "no branch"
    branches = printable(", ".join(names[:_SHOWN])) + more if names else none
    behind = "" if commit.behind is None else f"{commit.behind} behind"
    return [day(commit.time, commit.zone), printable(commit.committer), branches, behind]


def _at_head(pin: PinReport, short_ids: bool) -> str:
    """Say what became of the code; `same_as_head` alone would tell an edit and a removal as one."""
    if pin.at_head == REMOVED:
        where = f" (deleted in {_id(pin.removed_in, short_ids)})" if pin.removed_in is not None else ""
        return f"removed since{where}"
    return "as HEAD" if pin.at_head == SAME else "edited since"


def _state(source: SourceReport, pin: PinReport | None, short_ids: bool) -> str:
    words = []
    if pin is not None and pin.at_head is not None:
        words.append(_at_head(pin, short_ids))
    if pin is not None and pin.same_as_worktree is not None and pin.same_as_worktree != pin.same_as_head:
        words.append("as working tree" if pin.same_as_worktree else "differs from working tree")
    if pin is not None and pin.commit is not None and pin.commit.signature:
        words.append(f"signed ({pin.commit.signature})")
    if pin is not None and pin.load is not None:
        words.append(pin.load.outcome)
    return ", ".join([*words, *dict.fromkeys(finding.rule.id for finding in source.findings)])


def _source(source: str, short_ids: bool) -> str:
    dotted, at, pin = printable(source).partition("@")
    return f"{dotted}{at}{_id(pin, short_ids)}"


def _id(text: str, short_ids: bool) -> str:
    return text[:_SHORT] if short_ids and is_commit_id(text) else text


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
