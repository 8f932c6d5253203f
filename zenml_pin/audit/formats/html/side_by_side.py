"""Two texts side by side; the words that differ within a line are marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from zenml_pin.audit.comparison.line_diff import LineDifference, Row, RowKind
from zenml_pin.base.html import Markup, element, join

# A page is for reading; `zenml-pin diff` shows longer diffs.
MAX_ROWS = 400
_MAX_LINE = 600
_MAX_WORDS = 120
_ALIKE = 0.4
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def show_sides(lines: LineDifference, old: str, new: str, caption: str, max_rows: int = MAX_ROWS) -> Markup:
    """Return a table of rows; `old` and `new` are the titles of its columns."""
    rows = list(_rows(lines.hunks))
    shown = [*rows[:max_rows]]
    if len(rows) > max_rows:
        shown.append(_gap(f"{len(rows) - max_rows:,} more lines"))
    numbers = element(
        "colgroup",
        element("col", class_="number"),
        element("col"),
        element("col", class_="number"),
        element("col"),
    )
    heads = [element("th", text, colspan="2", scope="colgroup") for text in (old, new)]
    table = element(
        "table", numbers, element("thead", element("tr", *heads)), element("tbody", *shown), class_="sides"
    )
    return element("figure", element("figcaption", caption), table)


def _rows(hunks: Iterable[tuple[Row, ...]]) -> Iterator[Markup]:
    end = 0
    for hunk in hunks:
        first = hunk[0].old_line or hunk[0].new_line
        if end and first > end + 1:
            yield _gap("⋯")
        yield from (_row(row) for row in hunk)
        end = hunk[-1].old_line or hunk[-1].new_line


def _gap(text: str) -> Markup:
    return element("tr", element("td", text, colspan="4"), class_="gap")


def _row(row: Row) -> Markup:
    old, new = _marked(row)
    is_same = row.kind is RowKind.SAME
    left = _cells(row.old_line, old, "" if is_same else "removed", "−")
    right = _cells(row.new_line, new, "" if is_same else "added", "+")
    return element("tr", *left, *right, class_=row.kind.value)


def _cells(number: int, content: Markup | None, word: str, sign: str) -> tuple[Markup, Markup]:
    if content is None:
        return element("td", class_="n void"), element("td", class_="void")
    # The sign is for readers who cannot see the colour.
    label = f"{number} {sign}" if word else f"{number}  "
    return element("td", label, class_=f"n {word}".strip()), element("td", content, class_=word or None)


def _marked(row: Row) -> tuple[Markup | None, Markup | None]:
    """Return both lines; if a line changed in part, mark the words that changed."""
    old, new = _shown(row.old), _shown(row.new)
    if row.kind is RowKind.CHANGED and old and new:
        before, after = _WORD.findall(old), _WORD.findall(new)
        if max(len(before), len(after)) <= _MAX_WORDS:
            matcher = SequenceMatcher(None, before, after, autojunk=False)
            if matcher.ratio() >= _ALIKE:
                return _mark(matcher, before, "del"), _mark(matcher, after, "ins")
    return (None if old is None else join([old])), (None if new is None else join([new]))


def _mark(matcher: SequenceMatcher[str], words: list[str], tag: str) -> Markup:
    parts: list[str] = []
    for change, *ranges in matcher.get_opcodes():
        start, stop = ranges[:2] if tag == "del" else ranges[2:]
        if start < stop:
            text = "".join(words[start:stop])
            parts.append(text if change == "equal" else element(tag, text))
    return join(parts)


def _shown(line: str | None) -> str | None:
    if line is None or len(line) <= _MAX_LINE:
        return None if line is None else line.expandtabs(4)
    return f"{line[:_MAX_LINE].expandtabs(4)} … {len(line) - _MAX_LINE:,} more characters"
