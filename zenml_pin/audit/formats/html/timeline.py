"""The timeline: commit times from left to right, one line for each step, from its pin to HEAD.

Each row is a separate drawing with positions in percent, so that text keeps its size on a phone. All rows have the
same columns, so that together they are one picture. Words beside each line say what the picture shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from zenml_pin.audit.formats.html.scale import Scale
from zenml_pin.audit.formats.html.state import State, describe_state, sentence, state_of
from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.base.dates import day
from zenml_pin.base.html import Markup, element

# More lines than this are folded: a reader cannot compare them at once.
_MAX_ROWS = 120
_MARKS = {
    State.SAME: element("circle", r="5", class_="mark-same"),
    State.CHANGED: element("path", d="M0-6.5 6.5 0 0 6.5-6.5 0z", class_="mark-changed"),
    State.REMOVED: element("path", d="M-5-5H5V5H-5z", class_="mark-removed"),
    State.UNKNOWN: element("circle", r="4", class_="mark-removed"),
    State.BROKEN: element("path", d="M-5-5 5 5M5-5-5 5", class_="mark-broken"),
}
_SPANS = {
    State.SAME: "span same",
    State.CHANGED: "span",
    State.REMOVED: "span lost",
    State.UNKNOWN: "span lost",
    State.BROKEN: "span lost",
}
_LEGEND = {
    State.SAME: "same code as HEAD",
    State.CHANGED: "other code than HEAD",
    State.REMOVED: "removed at HEAD",
    State.UNKNOWN: "not compared",
    State.BROKEN: "broken",
}


@attrs.frozen
class Line:
    """A step in the picture, and the anchor of its details on the page."""

    document: DocumentReport
    source: SourceReport
    anchor: str


def show_timeline(lines: Sequence[Line], head_time: int | None) -> Markup:
    """Return the picture of all pins.

    Args:
        lines: The steps; those of one document follow each other.
        head_time: When HEAD was committed.
    """
    times = [line.source.pin.commit.time for line in lines if line.source.pin and line.source.pin.commit]
    scale = Scale.over(times, head_time)
    urgent, rest = _split(lines)
    picture = [element("ol", _axis(scale), *_rows(urgent, scale))]
    if rest:
        summary = element("summary", f"{len(rest):,} more lines")
        picture.append(element("details", summary, element("ol", _axis(scale), *_rows(rest, scale))))
    text = "Commit times from left to right, one line for each step, from its pin to HEAD."
    caption = element("figcaption", text, _legend())
    return element("figure", caption, *picture, class_="timeline")


def natural_key(text: str) -> list[tuple[int, str]]:
    """Return the key that sorts "model 2" before "model 10"."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split("([0-9]+)", text)]


def _split(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Return the lines that are shown and those that are folded: documents with broken steps come first."""
    broken = {id(line.document) for line in lines if state_of(line.source) is State.BROKEN}
    ordered = sorted(
        lines,
        key=lambda line: (
            id(line.document) not in broken,
            natural_key(line.document.name or line.document.path),
            line.document.number,
            line.document.path,
        ),
    )
    is_broken = sum(id(line.document) in broken for line in lines)
    shown = len(lines) if len(lines) <= _MAX_ROWS else max(is_broken, _MAX_ROWS)
    return ordered[:shown], ordered[shown:]


def _rows(lines: Sequence[Line], scale: Scale) -> list[Markup]:
    rows: list[Markup] = []
    last: DocumentReport | None = None
    for line in lines:
        if line.document is not last:
            rows.append(_heading(line.document, scale))
            last = line.document
        rows.append(_row(line, scale))
    return rows


def _heading(document: DocumentReport, scale: Scale) -> Markup:
    number = f" ({document.number})" if document.name and document.number != 1 else ""
    name = element("span", f"{document.name or document.path}{number}", title=document.path)
    return element("li", name, _track(scale), element("span"), class_="pipeline")


def _row(line: Line, scale: Scale) -> Markup:
    source, state = line.source, state_of(line.source)
    label = element(
        "a", source.step, " ", element("span", _class_name(source), class_="muted"), href=f"#{line.anchor}"
    )
    track = _track(scale, *_span(source, state, scale), label=_label(line))
    behind = element("span", describe_state(source), class_="behind")
    return element("li", label, track, behind, class_=state.value)


def _class_name(source: SourceReport) -> str:
    return source.source.partition("@")[0].rpartition(".")[2]


def _label(line: Line) -> str:
    pin = line.source.pin
    commit = pin.commit if pin is not None else None
    date = f", committed {day(commit.time, commit.zone)}" if commit is not None else ""
    return f"{line.document.name or line.document.path}, {line.source.step}: {sentence(line.source)}{date}"


def _span(source: SourceReport, state: State, scale: Scale) -> list[Markup]:
    """Return the line from a pin to HEAD, and the mark where it begins."""
    pin = source.pin
    if pin is None:
        return []
    start = scale.position(pin.commit.time) if pin.commit is not None else None
    mark = element("svg", _MARKS[state], x=start or "1%", y="50%", width="1", height="1", overflow="visible")
    if start is None or scale.head is None:
        return [mark]
    word = _SPANS[state]
    return [element("line", x1=start, x2=scale.head, y1="50%", y2="50%", class_=word), mark]


def _track(scale: Scale, *content: Markup, label: str | None = None) -> Markup:
    grid = [element("line", x1=x, x2=x, y1="0", y2="100%", class_="grid") for x, _ in scale.ticks]
    if scale.head is not None:
        grid.append(element("line", x1=scale.head, x2=scale.head, y1="0", y2="100%", class_="head"))
    if label is None:
        return element("svg", *grid, class_="track", aria_hidden="true")
    return element("svg", *grid, *content, class_="track", role="img", aria_label=label)


def _axis(scale: Scale) -> Markup:
    texts = [element("text", text, x=x, y="14", text_anchor=_anchor(x)) for x, text in scale.ticks]
    if scale.head is not None:
        texts.append(element("text", "HEAD", x=scale.head, y="14", text_anchor=_anchor(scale.head)))
    svg = element("svg", *texts, class_="track", aria_hidden="true")
    return element("li", element("span"), svg, element("span"), class_="axis")


def _anchor(position: str) -> str:
    share = float(position.rstrip("%"))
    return "start" if share < 8 else "end" if share > 92 else "middle"


def _legend() -> Markup:
    items = [
        element("li", element("svg", _MARKS[state], viewBox="-7 -7 14 14", aria_hidden="true"), text)
        for state, text in _LEGEND.items()
    ]
    return element("ul", *items, class_="legend")


def show_bar(states: dict[State, int], words: dict[State, str]) -> Markup:
    """Return the states of all sources, as shares of one bar with a legend that has the numbers."""
    total = sum(states.get(state, 0) for state in words) or 1
    drawn = 0
    parts, items = [], []
    for state, word in words.items():
        number = states.get(state, 0)
        if not number:
            continue
        x, width = f"{100 * drawn / total:.2f}%", f"{100 * number / total:.2f}%"
        parts.append(element("rect", x=x, width=width, height="100%", class_=f"fill-{state.value}"))
        square = element("rect", width="14", height="14", class_=f"fill-{state.value}")
        key = element("svg", square, viewBox="0 0 14 14", aria_hidden="true")
        items.append(element("li", key, element("b", f"{number:,}"), f" {word}"))
        drawn += number
    picture = element("svg", *parts, aria_hidden="true")
    return element("div", picture, element("ul", *items), class_="bar")
