"""A step of a document: its class, its commit, its findings, and its differences from HEAD."""

from __future__ import annotations

from collections.abc import Iterable

from zenml_pin.audit.comparison.difference import Difference, FileDifference, Role, Verdict
from zenml_pin.audit.formats.html.difference import counts, show_class, side_label
from zenml_pin.audit.formats.html.head_diff import HeadDiffs
from zenml_pin.audit.formats.html.page import code_element, dotted, facts
from zenml_pin.audit.formats.html.side_by_side import show_sides
from zenml_pin.audit.formats.html.state import State, describe_state, state_of
from zenml_pin.audit.formats.html.timeline import Line
from zenml_pin.audit.pin_report import CommitReport, LoadReport, PinReport
from zenml_pin.audit.report import SourceReport
from zenml_pin.audit.rules import Finding
from zenml_pin.base.dates import minute
from zenml_pin.base.html import Markup, element

_BADGES = {
    State.SAME: "ok",
    State.CHANGED: "note",
    State.REMOVED: "note",
    State.UNKNOWN: "note",
    State.BROKEN: "error",
    State.UNPINNED: "error",
    State.RELEASE: "note",
}
# If a whole folder changed, the first few files are enough here; `zenml-pin diff` shows the rest.
_MAX_FILES = 3
_FILE_ROWS = 120
_MAX_LISTED = 20
_SHOWN_NAMES = 4


def show_step(line: Line, diffs: HeadDiffs) -> Markup:
    """Return a source of a document."""
    source, state = line.source, state_of(line.source)
    name = source.source.partition("@")[0]
    badge = element("span", describe_state(source), class_=f"badge {_BADGES[state]}")
    location = f"line {source.line}" if source.line else ""
    header = element(
        "header",
        element("h4", f"{source.step} ", element("code", dotted(name))),
        element("span", location, class_="muted"),
        badge,
    )
    body = [header]
    if source.findings:
        body.append(show_findings(source.findings))
    if source.pin is not None:
        body += _pin(source.pin, line.anchor, diffs)
    elif "@" in source.source:
        body.append(facts(("Pin", code_element(source.source.partition("@")[2]))))
    return element("article", *body, class_="step", id=line.anchor)


def show_others(sources: list[SourceReport]) -> Markup:
    """Return one line for all sources without facts or findings, such as our own classes; empty without sources."""
    parts: list[str] = []
    for source in sources:
        name = source.source.partition("@")[0].rpartition(".")[2]
        parts += [
            "; " if parts else "Of releases: ",
            f"{source.step} ",
            element("code", name, title=source.source),
        ]
    return element("p", *parts, class_="other") if parts else Markup("")


def show_findings(findings: Iterable[Finding]) -> Markup:
    """Return a list of findings, each with its rule and hint; empty without findings."""
    items = [
        element(
            "li",
            element("strong", finding.rule.id),
            f" {finding.message}",
            *([element("span", finding.hint, class_="muted")] if finding.hint else []),
            class_=finding.level.value,
        )
        for finding in findings
    ]
    return element("ul", *items, class_="findings") if items else Markup("")


def _pin(pin: PinReport, anchor: str, diffs: HeadDiffs) -> list[Markup]:
    if pin.commit is None:
        return [facts(("Commit", code_element(pin.commit_id)))]
    first = diffs.first_anchor(pin, anchor)
    commit_facts = _facts(pin, pin.commit)
    if first != anchor:
        link = element("a", "where it is shown first", href=f"#{first}")
        return [commit_facts, element("p", "The same pin is compared with HEAD ", link, ".", class_="muted")]
    difference = diffs.find(pin)
    return [commit_facts, *([] if difference is None else [_difference(difference)])]


def _facts(pin: PinReport, commit: CommitReport) -> Markup:
    kind = "blob" if (pin.folder or "").endswith(".py") else "tree"
    folder = (
        element("span", code_element(pin.folder), f", {kind} ", code_element(pin.tree_id or ""))
        if pin.folder
        else None
    )
    return facts(
        ("Commit", code_element(commit.id)),
        ("Subject", commit.subject or "(none)"),
        ("Committed", f"{minute(commit.time, commit.zone)} by {commit.committer}"),
        ("Author", commit.author if commit.author != commit.committer else None),
        ("On", _reach(commit)),
        ("Folder", folder),
        ("Removed in", code_element(pin.removed_in) if pin.removed_in is not None else None),
        ("Working tree", _worktree(pin)),
        ("Signed", _signed(commit)),
        ("Loads", _load(pin.load) if pin.load is not None else None),
    )


def _reach(commit: CommitReport) -> str:
    if commit.branches is None:
        return "–"
    names = [*commit.branches, *(f"tag {name}" for name in commit.tags or ())]
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more if names else "no branch or tag"


def _worktree(pin: PinReport) -> str | None:
    if pin.same_as_worktree is None or pin.same_as_worktree == pin.same_as_head:
        return None
    return "has the same code" if pin.same_as_worktree else "differs"


def _signed(commit: CommitReport) -> str | None:
    if commit.signer is not None:
        return f"by {commit.signer}"
    return f"{commit.signature}, not verified" if commit.signature else None


def _load(load: LoadReport) -> str:
    message = f": {load.message}" if load.message else ""
    return f"{load.outcome} in {load.seconds:.1f} s{message}"


def _difference(difference: Difference) -> Markup:
    """Return the difference from HEAD, folded."""
    if difference.verdict is Verdict.SAME:
        return element("p", "Since then nothing that it needs has changed.", class_="muted")
    summary = element("summary", "Since then: ", difference.note, counts(difference.class_lines))
    labels = side_label(difference.old), f"HEAD {side_label(difference.new)}"
    parts = [show_class(difference, "HEAD ")] if difference.class_lines.hunks else []
    # If the class is shown, its file would show it again.
    files = [
        file for file in difference.files if file.lines.hunks and not (parts and file.role is Role.MODULE)
    ]
    parts += [
        show_sides(file.lines, *labels, f"{file.path} ({file.kind.value})", _FILE_ROWS)
        for file in files[:_MAX_FILES]
    ]
    parts += _listed([*files[_MAX_FILES:], *(file for file in difference.files if not file.lines.hunks)])
    return element("details", summary, *parts)


def _listed(files: list[FileDifference]) -> list[Markup]:
    """Return a sentence with the files that are not shown; nothing without files."""
    if not files:
        return []
    names = [
        file.path if file.lines.hunks else f"{file.path} ({file.note or file.kind.value})"
        for file in files[:_MAX_LISTED]
    ]
    more = f" and {len(files) - _MAX_LISTED} more" if len(files) > _MAX_LISTED else ""
    return [element("p", f"Also: {', '.join(names)}{more}.", class_="muted")]
