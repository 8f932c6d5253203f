"""Compare lines and contents: how two texts, or two versions of a file, differ, as rows with an old and a new line.

    same      the line is on both sides
    changed   another line replaces it
    removed   the line is on the old side only
    added     the line is on the new side only

A hunk is a group of rows: those that differ, and up to three equal rows around them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import attrs

from zenml_pin.audit.comparison.line_pairs import pair_lines
from zenml_pin.errors import LimitError, ObjectNotFoundError, UnsupportedError
from zenml_pin.git.objects.commit_files import is_lfs_pointer
from zenml_pin.git.objects.tree import SUBMODULE, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.comparison.sides import SideReader

CONTEXT = 3
# Comparing takes up to the square of this; longer parts are shown as replaced.
_MAX_COMPARED = 3000
# git looks for a NUL in as many bytes.
_BINARY_PREFIX = 8000


class RowKind(enum.Enum):
    """The kind of a row."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"


@attrs.frozen
class Row:
    """A line of the old text beside a line of the new one.

    Attributes:
        kind: Whether and how the lines differ.
        old, new: The lines, without their ends; None if that side has no line here.
        old_line, new_line: Their numbers, counted from 1; 0 if that side has no line here.
    """

    kind: RowKind
    old: str | None
    new: str | None
    old_line: int = 0
    new_line: int = 0


@attrs.frozen
class LineDifference:
    """How two texts differ.

    Attributes:
        hunks: Groups of rows; empty if the lines are the same.
        added, removed: How many lines the new side adds, and how many it removes.
    """

    hunks: tuple[tuple[Row, ...], ...] = ()
    added: int = 0
    removed: int = 0

    def unified(self) -> Iterator[str]:
        """Yield the lines of a unified diff, without a header."""
        for hunk in self.hunks:
            yield f"@@ -{_range(hunk, 'old')} +{_range(hunk, 'new')} @@"
            yield from _unified(hunk)


def compare_lines(
    old: Sequence[str], new: Sequence[str], context: int = CONTEXT, first: tuple[int, int] = (1, 1)
) -> LineDifference:
    """Return how two texts differ.

    Args:
        old: The old lines, without their ends.
        new: The new lines.
        context: How many equal lines are kept before and after one that differs.
        first: The numbers of the first lines.
    """
    rows = list(_rows(old, new, *first))
    added = sum(row.new is not None and row.kind is not RowKind.SAME for row in rows)
    removed = sum(row.old is not None and row.kind is not RowKind.SAME for row in rows)
    return LineDifference(tuple(_hunks(rows, context)), added, removed)


def _rows(old: Sequence[str], new: Sequence[str], old_line: int, new_line: int) -> Iterator[Row]:
    for is_same, old_part, new_part in _parts(old, new):
        pairs = zip(old_part, new_part, strict=True) if is_same else pair_lines(old_part, new_part)
        for before, after in pairs:
            if is_same:
                kind = RowKind.SAME
            elif before is None:
                kind = RowKind.ADDED
            else:
                kind = RowKind.REMOVED if after is None else RowKind.CHANGED
            has_old, has_new = before is not None, after is not None
            yield Row(kind, before, after, old_line if has_old else 0, new_line if has_new else 0)
            old_line, new_line = old_line + has_old, new_line + has_new


def _parts(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Yield (whether they are the same, old lines, new lines) in order. Equal beginnings and ends are not searched."""
    start = _common(old, new)
    stop = _common(old[start:][::-1], new[start:][::-1])
    inner_old, inner_new = old[start : len(old) - stop], new[start : len(new) - stop]
    yield True, old[:start], new[:start]
    if max(len(inner_old), len(inner_new)) > _MAX_COMPARED:
        yield False, inner_old, inner_new
    else:
        for word, i, j, m, n in SequenceMatcher(None, inner_old, inner_new).get_opcodes():
            yield word == "equal", inner_old[i:j], inner_new[m:n]
    yield True, old[len(old) - stop :], new[len(new) - stop :]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    count = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        count += 1
    return count


def _hunks(rows: list[Row], context: int) -> Iterator[tuple[Row, ...]]:
    """Yield groups of rows near one that differs."""
    start = stop = 0
    for position, row in enumerate(rows):
        if row.kind is RowKind.SAME:
            continue
        if position - context > stop and stop:
            yield tuple(rows[start:stop])
            stop = 0
        if not stop:
            start = max(0, position - context)
        stop = min(len(rows), position + context + 1)
    if stop:
        yield tuple(rows[start:stop])


def _range(hunk: tuple[Row, ...], side: str) -> str:
    numbers = [number for row in hunk if (number := getattr(row, f"{side}_line"))]
    return f"{numbers[0] if numbers else 0},{len(numbers)}"


def _unified(hunk: tuple[Row, ...]) -> Iterator[str]:
    added: list[str] = []
    for row in hunk:
        if row.kind is RowKind.SAME:
            yield from added
            added = []
            yield f" {row.old}"
        else:
            if row.old is not None:
                yield f"-{row.old}"
            added += [f"+{row.new}"] if row.new is not None else []
    yield from added


def is_binary(data: bytes) -> bool:
    """Tell whether git treats a content as binary."""
    return b"\0" in data[:_BINARY_PREFIX]


def decode_lines(data: bytes) -> str:
    """Return a file's text with every line end as a line feed; bytes that are not UTF-8 become escapes."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")
    # A search for one letter takes a tenth of the time of a search for two.
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def to_lines(data: bytes) -> list[str]:
    """Return the lines of a file's text, without their ends."""
    lines = decode_lines(data).split("\n")
    return lines[:-1] if not lines[-1] else lines


def compare_contents(
    old_side: SideReader, old: Entry | None, new_side: SideReader, new: Entry | None
) -> tuple[LineDifference, str]:
    """Return how the lines of two versions of a file differ, and a note on what the lines do not show.

    The note also says why a version cannot be read.
    """
    mode = f"mode {old.mode:06o} is now {new.mode:06o}" if old and new and old.mode != new.mode else ""
    if SUBMODULE in (old.mode if old else 0, new.mode if new else 0):
        ids = " is now ".join(entry.id for entry in (old, new) if entry is not None)
        return LineDifference(), _join(mode, f"submodule at {ids}")
    if old is not None and new is not None and old.id and old.id == new.id:
        return LineDifference(), mode
    try:
        before, after = _read(old_side, old), _read(new_side, new)
    except (LimitError, ObjectNotFoundError, UnsupportedError) as error:
        return LineDifference(), _join(mode, error.message)
    if is_binary(before) or is_binary(after):
        return LineDifference(), _join(mode, f"binary: {len(before):,} bytes are now {len(after):,}")
    lines = compare_lines(to_lines(before), to_lines(after))
    if not (before or after):
        return lines, _join(mode, "empty")
    return lines, _join(mode, *_unseen(before, after, lines))


def _read(side: SideReader, entry: Entry | None) -> bytes:
    return b"" if entry is None else side.read(entry)


def _unseen(before: bytes, after: bytes, lines: LineDifference) -> list[str]:
    """Return the changes that the lines do not show."""
    notes = []
    if before != after and not lines.hunks:
        notes.append("only its line ends changed" if before and after else "it is empty")
    if is_lfs_pointer(before) or is_lfs_pointer(after):
        notes.append("a pointer of Git LFS, not the content")
    return notes


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
