"""A diff as text: unified, as patches are written, or side by side in the width of a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from zenml_pin.audit.comparison.difference import Difference, FileDifference, Role, Side
from zenml_pin.audit.comparison.line_diff import LineDifference, Row, RowKind
from zenml_pin.base.text import printable, printable_lines

MIN_WIDTH = 60
_SIGNS = {RowKind.SAME: " ", RowKind.CHANGED: "|", RowKind.REMOVED: "<", RowKind.ADDED: ">"}


def unified(difference: Difference) -> str:
    """Return a unified diff of every file that differs, below the verdict. Hostile text is escaped."""
    return "".join(f"{line}\n" for line, _ in unified_lines(difference))


def unified_lines(difference: Difference) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a unified diff, and whether each belongs to a hunk: "--- x" may also be a removed line."""
    for line in head(difference):
        yield line, False
    for file in difference.files:
        for line in ("", *_file_head(file)):
            yield line, False
        for line in file.lines.unified():
            yield printable_lines(line), True


def side_by_side(difference: Difference, width: int) -> str:
    """Return the class, then every file that differs, in two columns. Hostile text is escaped.

    Args:
        difference: The diff.
        width: Columns of the terminal. Fewer than 60 are too few for two texts, so the diff is unified.
    """
    if width < MIN_WIDTH:
        return unified(difference)
    lines = [*head(difference)]
    for title, part in sections(difference):
        lines += ["", title, *_columns(part, width)]
    return "".join(f"{line}\n" for line in lines)


def sections(difference: Difference) -> Iterator[tuple[str, LineDifference]]:
    """Yield the parts that are shown side by side: titles, and lines, which may be empty. Does not repeat the class."""
    if difference.class_lines.hunks:
        yield f"{difference.kind} {difference.old.source.name}", difference.class_lines
    for file in difference.files:
        if not (file.role is Role.MODULE and file.lines.hunks and _is_class_alone(difference, file)):
            yield describe_file(file), file.lines


def describe_file(file: FileDifference) -> str:
    """Return a file's path, the kind of its change, and its note."""
    old = file.old.path if file.old is not None else file.path
    path = printable(file.path if old == file.path else f"{old} → {file.path}")
    return f"{path} ({', '.join(part for part in (file.kind.value, printable(file.note)) if part)})"


def _is_class_alone(difference: Difference, file: FileDifference) -> bool:
    """Tell whether a module's file differs in the class only."""
    class_lines = difference.class_lines
    same = (file.lines.added, file.lines.removed) == (class_lines.added, class_lines.removed)
    return same and file.kind.value == "modified"


def head(difference: Difference) -> Iterator[str]:
    """Yield the old side, the new one, and the verdict."""
    yield f"old  {_side(difference.old)}"
    yield f"new  {_side(difference.new)}"
    yield printable(difference.note)


def _side(side: Side) -> str:
    if side.commit is None:
        return printable(f"{side.source} ({side.name})")
    return f"{side.source}  {printable(side.commit.author)}"


def _file_head(file: FileDifference) -> Iterator[str]:
    old = f"a/{file.old.path}" if file.old is not None else "/dev/null"
    new = f"b/{file.new.path}" if file.new is not None else "/dev/null"
    if file.note:
        yield f"# {describe_file(file)}"
    elif file.is_move:
        yield f"# {describe_file(file)}, with the same content"
    if file.lines.hunks:
        yield f"--- {printable(old)}"
        yield f"+++ {printable(new)}"


def _columns(part: LineDifference, width: int) -> Iterator[str]:
    rows = [row for hunk in part.hunks for row in hunk]
    digits = len(str(max((max(row.old_line, row.new_line) for row in rows), default=0)))
    column = (width - 2 * digits - 5) // 2
    for number, hunk in enumerate(part.hunks):
        if number:
            yield "⋯"
        for row in hunk:
            yield from _row(row, digits, column)


def _row(row: Row, digits: int, column: int) -> Iterator[str]:
    left, right = _wrapped(row.old, column), _wrapped(row.new, column)
    for position in range(max(len(left), len(right))):
        old, new = (pieces[position] if position < len(pieces) else "" for pieces in (left, right))
        numbers = [str(number or "") if not position else "" for number in (row.old_line, row.new_line)]
        sign = _SIGNS[row.kind] if not position else " "
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
    """Return how many columns a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
