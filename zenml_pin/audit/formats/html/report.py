"""The page of an audit: a summary, the timeline of all pins, and each document with its steps."""

from __future__ import annotations

import platform
import posixpath
import sys
import time
from collections import Counter
from collections.abc import Iterator

from zenml_pin.audit.formats.html.head_diff import HeadDiffs
from zenml_pin.audit.formats.html.page import code_element, head_of, make_page
from zenml_pin.audit.formats.html.state import WORDS, State, state_of
from zenml_pin.audit.formats.html.steps import show_findings, show_others, show_step
from zenml_pin.audit.formats.html.timeline import Line, natural_key, show_bar, show_timeline
from zenml_pin.audit.report import AuditReport, DocumentReport, ReproductionReport, SourceReport, TreeGroup
from zenml_pin.audit.rules import Level, Rule
from zenml_pin.base.dates import minute
from zenml_pin.base.html import Markup, element
from zenml_pin.base.text import count
from zenml_pin.base.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import Progress

# Beyond this, documents without an error are folded.
_MAX_OPEN = 30


def report_page(report: AuditReport, progress: Progress | None = None) -> str:
    """Return an audit as an HTML file. Reads the repository, if it still exists, to compare the pins with HEAD.

    Compares nothing for an interrupted audit, because the user does not want to wait.

    Args:
        report: The audit.
        progress: Called for each pin that was compared.
    """
    name = posixpath.basename(report.root.rstrip("/")) or "no repository"
    diffs = HeadDiffs(report.root, report.head, progress, len(report.pins) if report.is_complete else 0)
    lines = {id(line.source): line for line in _lines(report)}
    header = head_of("audit", name, *_about(report, diffs))
    parts = [
        *_summary(report),
        *_rules(report, _anchors(report, lines)),
        element("h2", "Timeline", id="timeline"),
        show_timeline([line for line in lines.values() if _is_drawn(line)], diffs.head_time),
        *_documents(report, lines, diffs),
        *_groups(report.groups, lines),
    ]
    return make_page(f"Audit of {name}", header, element("main", *parts, id="main"))


def show_summary(report: AuditReport) -> list[Markup]:
    """Return the parts of an audit that a notebook shows: the sentence, the numbers and the picture."""
    lines = [line for line in _lines(report) if _is_drawn(line)]
    head_time = HeadDiffs(report.root, report.head).head_time
    return [*_summary(report), show_timeline(lines, head_time)]


def _lines(report: AuditReport) -> Iterator[Line]:
    number = 0
    for document in report.documents:
        for source in document.sources:
            number += 1
            yield Line(document, source, f"s{number}")


def _is_other(source: SourceReport) -> bool:
    """Tell whether a source is a class of a release or a library, and has no findings."""
    return state_of(source) is State.RELEASE and not source.findings


def _is_drawn(line: Line) -> bool:
    return line.document.is_current and state_of(line.source) is not State.RELEASE


def _about(report: AuditReport, diffs: HeadDiffs) -> list[tuple[str, str | None]]:
    scopes = {
        "worktree": "documents of the working tree",
        "index": "documents of the index",
        "history": "every version of every document",
    }
    committed = (
        None if diffs.head is None else f"{minute(diffs.head.time, diffs.head.zone)}, {diffs.head.author}"
    )
    return [
        ("Repository", code_element(report.root or "none")),
        ("HEAD", code_element(report.head) if report.head is not None else "no commit yet"),
        ("Committed", committed),
        ("Read", scopes.get(report.scope) or f"documents of commit {report.scope}"),
        ("Sandbox", report.sandbox),
        ("Report made", _made(report)),
    ]


def _made(report: AuditReport) -> str:
    """Say when this page was made, with what, and which code ran for it."""
    now = int(time.time())
    loaded = any(pin.load is not None for pin in report.pins)
    is_rerun = any(document.reproduction is not None for document in report.documents)
    none = "no class was loaded by itself" if is_rerun else "no class was loaded"
    how = "each class was loaded" if loaded else none
    how += ", recorded runs were run again" if is_rerun else ""
    return (
        f"{minute(now, 0)}, by zenml_pin {__version__} on Python {platform.python_version()} "
        f"({sys.executable}); {how}"
    )


def _summary(report: AuditReport) -> list[Markup]:
    counts = report.counts
    states = Counter(state_of(source) for source in report.sources)
    figures = [
        _figure(counts[name], name, name.rstrip("s") if name in ("errors", "warnings") else "")
        for name in ("documents", "pins", "errors", "warnings", "notes")
    ]
    parts = [
        element("p", _sentence(report, states), class_="lead"),
        element("dl", *figures, class_="figures"),
        show_bar(states, WORDS),
    ]
    parts += [element("p", element("span", "note", class_="badge note"), " ", note) for note in report.notes]
    return parts


def _sentence(report: AuditReport, states: Counter[State]) -> str:
    """Return the answer to the auditor's question, whether every source can be traced to code."""
    if not report.is_complete:
        return "The audit was interrupted: this page shows what it had read until then."
    if not report.documents:
        return "There are no pipeline documents."
    untraced = states[State.BROKEN] + states[State.UNPINNED]
    total = sum(states.values()) - states[State.RELEASE]
    unread = sum(document.name is None for document in report.documents)
    parts = [f"{count(unread, 'document')} cannot be read"] if unread else []
    if untraced:
        parts.append(f"{untraced:,} of {count(total, 'source')} cannot be traced to code that loads")
    if parts:
        return f"{', and '.join(parts)}."
    sources = f"All {count(total, 'source')}" if total > 1 else "Every source"
    attention = "" if report.is_clean else " Some things need attention."
    return f"{sources} can be traced to a commit.{attention}"


def _figure(number: int, name: str, word: str) -> Markup:
    noun = name if number != 1 else name.removesuffix("s")
    return element(
        "div", element("dt", noun), element("dd", f"{number:,}"), class_=(word if number else "zero") or None
    )


def _anchors(report: AuditReport, lines: dict[int, Line]) -> dict[Rule, str]:
    """Return the anchor of the first step that breaks each rule, or of the first document if no step does."""
    anchors: dict[Rule, str] = {}
    for line in lines.values():
        for finding in line.source.findings:
            anchors.setdefault(finding.rule, line.anchor)
    for number, document in enumerate(report.documents, 1):
        for finding in document.findings:
            anchors.setdefault(finding.rule, _anchor(number))
    return anchors


def _anchor(number: int) -> str:
    return f"d{number}"


def _rules(report: AuditReport, anchors: dict[Rule, str]) -> list[Markup]:
    """Return the findings by rule, errors first."""
    numbers = Counter(finding.rule for finding in report.findings)
    if not numbers:
        return []
    order = list(Level)
    rules = sorted(numbers, key=lambda rule: (order.index(rule.level), -numbers[rule], rule.id))
    head = element("tr", *(element("th", text, scope="col", class_=word) for text, word in _HEADS))
    rows = [
        element(
            "tr",
            element("th", rule.id, scope="row"),
            element(
                "td", element("span", rule.level.value, class_=f"badge {rule.level.value}"), class_="short"
            ),
            element("td", rule.text),
            # A finding about the whole report, such as that nothing was read, has no place in it.
            element("td", _linked_count(numbers[rule], anchors.get(rule)), class_="short number"),
        )
        for rule in rules
    ]
    table = element("table", element("thead", head), element("tbody", *rows), class_="plain wide")
    return [element("h2", "Findings by rule", id="rules"), table]


def _linked_count(number: int, anchor: str | None) -> Markup | str:
    return f"{number:,}" if anchor is None else element("a", f"{number:,}", href=f"#{anchor}")


_HEADS = (("Rule", None), ("Level", None), ("What it says", None), ("Findings", "number"))


def _documents(report: AuditReport, lines: dict[int, Line], diffs: HeadDiffs) -> Iterator[Markup]:
    yield element("h2", "Documents", id="documents")
    is_long = len(report.documents) > _MAX_OPEN
    for number, document in sorted(enumerate(report.documents, 1), key=lambda item: _urgency(item[1])):
        steps = [show_step(lines[id(source)], diffs) for source in document.sources if not _is_other(source)]
        others = show_others([source for source in document.sources if _is_other(source)])
        findings = show_findings([finding for finding in document.findings if not finding.source])
        body = [findings, *steps, others]
        if is_long and not any(finding.level is Level.ERROR for finding in document.findings):
            summary = element("summary", *_spaced([*_heading(document), *_badge(document)]))
            body = [element("details", summary, *body)]
        else:
            body = [element("header", *_heading(document)), *body]
        yield element("section", *body, class_="document", id=_anchor(number))


def _urgency(document: DocumentReport) -> tuple[object, ...]:
    """Return the key that sorts documents: broken ones first, then by name and number, newest version first."""
    levels = list(Level)
    worst = min((levels.index(finding.level) for finding in document.findings), default=len(levels))
    return worst, natural_key(document.name or document.path), document.number, not document.is_current


def _badge(document: DocumentReport) -> list[Markup]:
    """Return how many findings a folded document has, of its worst level."""
    for level in Level:
        number = sum(finding.level is level for finding in document.findings)
        if number:
            return [element("span", count(number, level.value), class_=f"badge {level.value}")]
    return []


def _spaced(parts: list[Markup]) -> list[str]:
    return [text for part in parts for text in (part, " ")]


def _heading(document: DocumentReport) -> list[Markup]:
    number = f" ({document.number})" if document.number != 1 else ""
    parts = [element("h3", f"{document.name or posixpath.basename(document.path)}{number}")]
    parts.append(element("span", code_element(document.path), *_fault(document), class_="muted"))
    if document.type:
        parts.append(element("span", document.type, class_="muted"))
    if document.reproduction is not None:
        parts.append(_reproduced(document.reproduction))
    if document.revision:
        age = "" if document.is_current else ", not the current version"
        parts.append(element("span", "as of ", code_element(document.revision[:12]), age, class_="muted"))
    return parts


def _reproduced(report: ReproductionReport) -> Markup:
    """Say whether the newest run of a document was reproduced."""
    word, level = {
        True: ("reproduced", "ok"),
        False: ("not reproduced", "error"),
        None: ("not run here", "note"),
    }[report.is_reproduced]
    title = f"run {report.run}: {report.summary}" if report.run is not None else report.summary
    return element("span", word, class_=f"badge {level}", title=title)


def _fault(document: DocumentReport) -> list[str]:
    """Return the line where a document cannot be read; nothing if it can be read."""
    if document.name is not None:
        return []
    return [f", line {finding.line}" for finding in document.findings if finding.line]


def _groups(groups: tuple[TreeGroup, ...], lines: dict[int, Line]) -> Iterator[Markup]:
    if not groups:
        return
    anchors: dict[str, str] = {}
    for line in lines.values():
        anchors.setdefault(line.source.source, line.anchor)
    yield element("h2", "Pins that share code", id="shared")
    yield element(
        "p",
        "Different commits, the same code: the class's folder and all that it imports from the repository.",
        class_="muted",
    )
    yield from (_group(group, anchors) for group in groups)


def _group(group: TreeGroup, anchors: dict[str, str]) -> Markup:
    pins = count(len(group.sources), "pin")
    items = [element("li", _linked(source, anchors.get(source))) for source in group.sources]
    return element(
        "details", element("summary", f"{pins} of ", code_element(group.name)), element("ul", *items)
    )


def _linked(source: str, anchor: str | None) -> Markup:
    return code_element(source) if anchor is None else element("a", code_element(source), href=f"#{anchor}")
