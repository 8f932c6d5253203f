"""The page of a diff: the verdict, both sides, the class, and every file that differs."""

from __future__ import annotations

from zenml_pin.audit.comparison.difference import Difference, FileDifference, Role, Side, Verdict
from zenml_pin.audit.comparison.line_diff import LineDifference
from zenml_pin.audit.formats.html.page import code_element, dotted, make_page
from zenml_pin.audit.formats.html.side_by_side import show_sides
from zenml_pin.base.dates import count, day, subject
from zenml_pin.base.html import Markup, element
from zenml_pin.git.objects.commit import Commit

# A folder of a thousand changed files is a list, not a text to read.
_MAX_SHOWN = 60


def difference_page(found: Difference) -> str:
    """Return a diff as an HTML file."""
    name = f"{found.old.source.module}.{found.old.source.name}"
    header = element("header", element("p", "zenml_pin diff", class_="eyebrow"), element("h1", dotted(name)))
    return make_page(
        f"{name}: {found.verdict.value}", header, element("main", *show_difference(found), id="main")
    )


def show_difference(found: Difference) -> list[Markup]:
    """Return the parts of a diff: verdict, sides, class, files."""
    sides = element("table", _sides_head(), element("tbody", *_sides_rows(found)), class_="plain wide")
    shown = found.files[:_MAX_SHOWN]
    parts = [element("p", verdict_badge(found), " ", found.note, class_="lead"), sides]
    if found.class_lines.hunks:
        parts += [element("h2", "The class"), show_class(found)]
    if found.files:
        parts += [element("h2", count(len(found.files), "file"))]
        parts += [show_file(held, found, _is_open(found, place)) for place, held in enumerate(shown)]
        parts += [_rest(found)] if len(found.files) > _MAX_SHOWN else []
    return parts


def _is_open(found: Difference, place: int) -> bool:
    """Tell whether a file is unfolded: the first few, but not the one that would show the class again."""
    return place < 3 and not (found.class_lines.hunks and found.files[place].role is Role.MODULE)


def show_class(found: Difference, new: str = "") -> Markup:
    """Return the class of both sides, side by side; `new` says what the new one is."""
    name = found.old.source.name
    path = (found.old if found.old.segment is not None else found.new).defined or ""
    return show_sides(
        found.class_lines, side_label(found.old), new + side_label(found.new), f"class {name} in {path}"
    )


def show_file(held: FileDifference, found: Difference, is_open: bool = False) -> Markup:
    """Return a file that differs, to be unfolded."""
    old = held.old.path if held.old is not None else ""
    moved = [element("span", f" from {old}", class_="muted")] if old and old != held.path else []
    via = f"imported by way of {' → '.join(held.chain)}" if len(held.chain) > 1 else ""
    words = ", ".join(word for word in (held.kind.value, held.note, via) if word)
    summary = element(
        "summary",
        code_element(held.path),
        *moved,
        " ",
        element("span", words, class_="muted"),
        counts(held.lines),
    )
    if not held.lines.hunks:
        return element("p", code_element(held.path), *moved, " ", element("span", words, class_="muted"))
    sides = show_sides(held.lines, side_label(found.old), side_label(found.new), held.path)
    return element("details", summary, sides, open=is_open)


def counts(lines: LineDifference) -> Markup:
    """Return how many lines were added and removed."""
    if not lines.hunks:
        return Markup("")
    plus = element("span", f"+{lines.added}", class_="plus")
    return element("span", plus, " ", element("span", f"−{lines.removed}", class_="minus"), class_="counts")


def verdict_badge(found: Difference) -> Markup:
    """Return the verdict as a word."""
    words = {Verdict.SAME: "ok", Verdict.MOVED: "ok", Verdict.MISSING: "error", Verdict.CLASS: "warning"}
    return element("span", found.verdict.value, class_=f"badge {words.get(found.verdict, 'note')}")


def side_label(place: Side) -> str:
    """Return a column's head: a short id and the day, or the working tree."""
    if place.commit is None:
        return "working tree"
    return f"{place.commit.id[:8]} · {day(place.commit.time, place.commit.zone)}"


def _sides_head() -> Markup:
    heads = [element("th", text, scope="col") for text in ("", "Commit", "Day", "Author", "Subject", "File")]
    return element("thead", element("tr", *heads))


def _sides_rows(found: Difference) -> list[Markup]:
    return [_side_row("old", found.old), _side_row("new", found.new)]


def _side_row(word: str, place: Side) -> Markup:
    when, author, said = _about_commit(place.commit)
    return element(
        "tr",
        element("th", word, scope="row"),
        element("td", element("code", place.label, class_="id")),
        element("td", when, class_="short"),
        *(element("td", cell) for cell in (author, said, code_element(place.path or "—"))),
    )


def _about_commit(commit: Commit | None) -> tuple[str, str, str]:
    if commit is None:
        return "now", "", ""
    return day(commit.time, commit.zone), commit.author, subject(commit.message)


def _rest(found: Difference) -> Markup:
    rest = found.files[_MAX_SHOWN:]
    items = [element("li", code_element(held.path), f" {held.kind.value}") for held in rest]
    return element("details", element("summary", f"{len(rest):,} more files"), element("ul", *items))
