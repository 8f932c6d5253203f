"""A step of a document: its class, its commit, what is wrong with it, and how it differs from HEAD."""

from __future__ import annotations

from collections.abc import Iterable

from zenml_pin.audit.comparison.difference import Difference, Verdict
from zenml_pin.audit.formats.html.difference import counts, show_class, side_label
from zenml_pin.audit.formats.html.head_diff import HeadDiffs
from zenml_pin.audit.formats.html.page import code_element, dotted, facts
from zenml_pin.audit.formats.html.side_by_side import show_sides
from zenml_pin.audit.formats.html.state import State, describe_state, state_of
from zenml_pin.audit.formats.html.timeline import Line
from zenml_pin.audit.report import CommitReport, LoadReport, PinReport, SourceReport
from zenml_pin.audit.rules import Finding
from zenml_pin.base.dates import minute
from zenml_pin.base.html import Markup, element

_BADGES = {
    State.SAME: "ok",
    State.CHANGED: "note",
    State.BROKEN: "error",
    State.UNPINNED: "error",
    State.RELEASE: "note",
}
# Of a folder where all changed, the first few files say enough; `zenml-pin diff` shows the rest.
_MAX_FILES = 3
_FILE_ROWS = 120
_SHOWN_NAMES = 4


def show_step(line: Line, diffs: HeadDiffs) -> Markup:
    """Return a source of a document."""
    source, state = line.source, state_of(line.source)
    name = source.source.partition("@")[0]
    badge = element("span", describe_state(source), class_=f"badge {_BADGES[state]}")
    place = f"line {source.line}" if source.line else ""
    header = element(
        "header",
        element("h4", f"{source.step} ", element("code", dotted(name))),
        element("span", place, class_="muted"),
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
    """Return sources of which there is nothing to tell, a line each; nothing for none."""
    items = [element("li", f"{source.step} ", code_element(source.source)) for source in sources]
    return element("ul", *items, class_="other") if items else Markup("")


def show_findings(findings: Iterable[Finding]) -> Markup:
    """Return findings as a list, each with its rule and what would help; nothing for none."""
    items = [
        element(
            "li",
            element("strong", held.rule.id),
            f" {held.message}",
            *([element("span", held.hint, class_="muted")] if held.hint else []),
            class_=held.level.value,
        )
        for held in findings
    ]
    return element("ul", *items, class_="findings") if items else Markup("")


def _pin(pin: PinReport, anchor: str, diffs: HeadDiffs) -> list[Markup]:
    if pin.commit is None:
        return [facts(("Commit", code_element(pin.commit_id)))]
    first = diffs.first_place(pin, anchor)
    known = _facts(pin, pin.commit)
    if first != anchor:
        link = element("a", "where it stands first", href=f"#{first}")
        return [known, element("p", "The same pin is compared with HEAD ", link, ".", class_="muted")]
    found = diffs.find(pin)
    return [known, *([] if found is None else [_difference(found)])]


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
        ("Working tree", _worktree(pin)),
        ("Signed", _signed(commit)),
        ("Loads", _load(pin.load) if pin.load is not None else None),
    )


def _reach(commit: CommitReport) -> str:
    names = [*commit.branches, *(f"tag {name}" for name in commit.tags)]
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more if names else "no branch or tag"


def _worktree(pin: PinReport) -> str | None:
    if pin.same_as_worktree is None or pin.same_as_worktree == pin.same_as_head:
        return None
    return "holds the same" if pin.same_as_worktree else "differs"


def _signed(commit: CommitReport) -> str | None:
    if commit.signer is not None:
        return f"by {commit.signer}"
    return f"{commit.signature}, not verified" if commit.signature else None


def _load(load: LoadReport) -> str:
    said = f": {load.message}" if load.message else ""
    return f"{load.outcome} in {load.seconds:.1f} s{said}"


def _difference(found: Difference) -> Markup:
    """Return what differs from HEAD, folded."""
    if found.verdict is Verdict.SAME:
        return element("p", "Since then nothing that it needs has changed.", class_="muted")
    summary = element("summary", "Since then: ", found.note, counts(found.class_lines))
    labels = side_label(found.old), f"HEAD {side_label(found.new)}"
    shown = [show_class(found, "HEAD ")] if found.class_lines.hunks else []
    # The class is shown; its file would show it again.
    helpers = [
        held for held in found.files if held.lines.hunks and not (shown and held.role.value == "module")
    ]
    shown += [
        show_sides(held.lines, *labels, f"{held.path} ({held.kind.value})", _FILE_ROWS)
        for held in helpers[:_MAX_FILES]
    ]
    rest = [held.path for held in helpers[_MAX_FILES:]]
    rest += [f"{held.path} ({held.note or held.kind.value})" for held in found.files if not held.lines.hunks]
    if rest:
        more = f" and {len(rest) - 20} more" if len(rest) > 20 else ""
        shown.append(element("p", f"Also: {', '.join(rest[:20])}{more}.", class_="muted"))
    return element("details", summary, *shown)
