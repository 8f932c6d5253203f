"""A diff as text: unified, as patches are written, or side by side in the width of a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from zenml_pin.audit.comparison.difference import Difference, FileDifference, Role, Side
from zenml_pin.audit.comparison.line_diff import LineDifference, Row, RowKind
from zenml_pin.base.text import printable, printable_lines

MIN_WIDTH = 60
_SIGNS = {RowKind.SAME: " ", RowKind.CHANGED: "|", RowKind.REMOVED: "<", RowKind.ADDED: ">"}


def unified(found: Difference) -> str:
    """Return a unified diff of every file that differs, below the verdict. Hostile text is escaped."""
    return "".join(f"{line}\n" for line, _ in unified_lines(found))


def unified_lines(found: Difference) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a unified diff, and whether each is one of a hunk: "--- x" may also be code that is gone."""
    for line in head(found):
        yield line, False
    for held in found.files:
        for line in ("", *_file_head(held)):
            yield line, False
        for line in held.lines.unified():
            yield printable_lines(line), True


def side_by_side(found: Difference, width: int) -> str:
    """Return the class, then every file that differs, in two columns. Hostile text is escaped.

    Args:
        found: The diff.
        width: Columns of the terminal; of fewer than 60 there are too few for two, so it is unified.
    """
    if width < MIN_WIDTH:
        return unified(found)
    lines = [*head(found)]
    for title, part in sections(found):
        lines += ["", title, *_columns(part, width)]
    return "".join(f"{line}\n" for line in lines)


def sections(found: Difference) -> Iterator[tuple[str, LineDifference]]:
    """Yield what is shown side by side: titles, and lines, which may be none. The class is not shown twice."""
    if found.class_lines.hunks:
        yield f"class {found.old.source.name}", found.class_lines
    for held in found.files:
        if not (held.role is Role.MODULE and held.lines.hunks and _is_class_alone(found, held)):
            yield describe_file(held), held.lines


def describe_file(held: FileDifference) -> str:
    """Return a file's path with what is to be said of it."""
    old = held.old.path if held.old is not None else held.path
    path = printable(held.path if old == held.path else f"{old} → {held.path}")
    return f"{path} ({', '.join(part for part in (held.kind.value, printable(held.note)) if part)})"


def _is_class_alone(found: Difference, held: FileDifference) -> bool:
    same = (held.lines.added, held.lines.removed) == (found.class_lines.added, found.class_lines.removed)
    return same and held.kind.value == "modified"


def head(found: Difference) -> Iterator[str]:
    """Yield the old side, the new one, and the verdict."""
    yield f"old  {_side(found.old)}"
    yield f"new  {_side(found.new)}"
    yield printable(found.note)


def _side(place: Side) -> str:
    if place.commit is None:
        return f"{place.source} (working tree)"
    return f"{place.source}  {printable(place.commit.author)}"


def _file_head(held: FileDifference) -> Iterator[str]:
    old = f"a/{held.old.path}" if held.old is not None else "/dev/null"
    new = f"b/{held.new.path}" if held.new is not None else "/dev/null"
    if held.note:
        yield f"# {describe_file(held)}"
    elif held.is_move:
        yield f"# {describe_file(held)}, with the same content"
    if held.lines.hunks:
        yield f"--- {printable(old)}"
        yield f"+++ {printable(new)}"


def _columns(part: LineDifference, width: int) -> Iterator[str]:
    rows = [row for hunk in part.hunks for row in hunk]
    digits = len(str(max((max(row.old_line, row.new_line) for row in rows), default=0)))
    column = (width - 2 * digits - 5) // 2
    for place, hunk in enumerate(part.hunks):
        if place:
            yield "⋯"
        for row in hunk:
            yield from _row(row, digits, column)


def _row(row: Row, digits: int, column: int) -> Iterator[str]:
    left, right = _wrapped(row.old, column), _wrapped(row.new, column)
    for place in range(max(len(left), len(right))):
        old, new = (part[place] if place < len(part) else "" for part in (left, right))
        numbers = [str(number or "") if not place else "" for number in (row.old_line, row.new_line)]
        sign = _SIGNS[row.kind] if not place else " "
        padded = old + " " * (column - _width(old))
        yield f"{numbers[0]:>{digits}} {padded} {sign} {numbers[1]:>{digits}} {new}".rstrip()


def _wrapped(line: str | None, column: int) -> list[str]:
    """Return a line in pieces that fit a column."""
    if not line:
        return [""]
    pieces, piece, width = [], "", 0
    for char in printable(line.expandtabs(4)):
        size = _width(char)
        if width + size > column:
            pieces.append(piece)
            piece, width = "", 0
        piece, width = piece + char, width + size
    return [*pieces, piece]


def _width(text: Iterable[str]) -> int:
    """Return how many columns a terminal gives a text."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
