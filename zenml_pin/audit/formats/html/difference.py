"""The page of a diff: the verdict, both sides, the class, and every file that differs."""

from __future__ import annotations

from zenml_pin.audit.comparison.difference import Difference, FileDifference, Role, Side, Verdict
from zenml_pin.audit.comparison.line_diff import LineDifference
from zenml_pin.audit.formats.html.page import code_element, dotted, head_of, make_page, wide_table
from zenml_pin.audit.formats.html.side_by_side import show_sides
from zenml_pin.base.dates import day, subject
from zenml_pin.base.html import Markup, element
from zenml_pin.base.text import count
from zenml_pin.git.objects.commit import Commit

# More files than this are only listed: nobody reads the diffs of a thousand files.
_MAX_SHOWN = 60


def difference_page(difference: Difference) -> str:
    """Return a diff as an HTML file."""
    name = f"{difference.old.source.module}.{difference.old.source.name}"
    return make_page(
        f"{name}: {difference.verdict.value}",
        head_of("diff", dotted(name)),
        element("main", *show_difference(difference), id="main"),
    )


def show_difference(difference: Difference) -> list[Markup]:
    """Return the parts of a diff: verdict, sides, class, files."""
    heads = ("", "Commit", "Date", "Author", "Subject", "File")
    sides = wide_table(heads, [_side_row("old", difference.old), _side_row("new", difference.new)])
    shown = difference.files[:_MAX_SHOWN]
    parts = [element("p", verdict_badge(difference), " ", difference.note, class_="lead"), sides]
    if difference.class_lines.hunks:
        parts += [element("h2", f"The {difference.kind}"), show_class(difference)]
    if difference.files:
        parts += [element("h2", count(len(difference.files), "file"))]
        parts += [
            show_file(file, difference, _is_open(difference, position)) for position, file in enumerate(shown)
        ]
        parts += [_rest(difference)] if len(difference.files) > _MAX_SHOWN else []
    return parts


def _is_open(difference: Difference, position: int) -> bool:
    """Tell whether a file is unfolded: one of the first three, but not the one that would show the class again."""
    shows_class = difference.class_lines.hunks and difference.files[position].role is Role.MODULE
    return position < 3 and not shows_class


def show_class(difference: Difference, new: str = "") -> Markup:
    """Return the class of both sides, side by side; `new` is put before the label of the new side."""
    name = difference.old.source.name
    path = (difference.old if difference.old.segment is not None else difference.new).defined or ""
    return show_sides(
        difference.class_lines,
        side_label(difference.old),
        new + side_label(difference.new),
        f"{difference.kind} {name} in {path}",
    )


def show_file(file: FileDifference, difference: Difference, is_open: bool = False) -> Markup:
    """Return a file that differs, as an element that a reader can unfold."""
    old = file.old.path if file.old is not None else ""
    moved = [element("span", f" from {old}", class_="muted")] if old and old != file.path else []
    via = f"imported through {' → '.join(file.chain)}" if len(file.chain) > 1 else ""
    words = ", ".join(word for word in (file.kind.value, file.note, via) if word)
    heading = [code_element(file.path), *moved, " ", element("span", words, class_="muted")]
    if not file.lines.hunks:
        return element("p", *heading)
    sides = show_sides(file.lines, side_label(difference.old), side_label(difference.new), file.path)
    return element("details", element("summary", *heading, counts(file.lines)), sides, open=is_open)


def counts(lines: LineDifference) -> Markup:
    """Return how many lines were added and removed."""
    if not lines.hunks:
        return Markup("")
    plus = element("span", f"+{lines.added}", class_="plus")
    return element("span", plus, " ", element("span", f"−{lines.removed}", class_="minus"), class_="counts")


def verdict_badge(difference: Difference) -> Markup:
    """Return the verdict as a word."""
    words = {Verdict.SAME: "ok", Verdict.MOVED: "ok", Verdict.MISSING: "error", Verdict.CLASS: "warning"}
    return element("span", difference.verdict.value, class_=f"badge {words.get(difference.verdict, 'note')}")


def side_label(side: Side) -> str:
    """Return the title of a side's column: a short id and the day, or the name of a side without a commit."""
    if side.commit is None:
        return side.name
    return f"{side.commit.id[:8]} · {day(side.commit.time, side.commit.zone)}"


def _side_row(word: str, side: Side) -> Markup:
    when, author, message = _about_commit(side.commit)
    return element(
        "tr",
        element("th", word, scope="row"),
        element("td", element("code", side.label, class_="id")),
        element("td", when, class_="short"),
        *(element("td", cell) for cell in (author, message, code_element(side.path or "—"))),
    )


def _about_commit(commit: Commit | None) -> tuple[str, str, str]:
    if commit is None:
        return "now", "", ""
    return day(commit.time, commit.zone), commit.author, subject(commit.message)


def _rest(difference: Difference) -> Markup:
    rest = difference.files[_MAX_SHOWN:]
    items = [element("li", code_element(file.path), f" {file.kind.value}") for file in rest]
    return element("details", element("summary", f"{len(rest):,} more files"), element("ul", *items))
