"""Contents: what two versions of a file say, line by line where they are text."""

from __future__ import annotations

from zenml_pin.audit.lines import LineDifference, compare_lines
from zenml_pin.errors import LimitError, ObjectNotFoundError, UnsupportedError
from zenml_pin.git.snapshot import is_lfs_pointer
from zenml_pin.git.tree import SUBMODULE, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.sides import Side

# git looks as far for a NUL.
_LOOKED_AT = 8000


def is_binary(data: bytes) -> bool:
    """Tell whether git would show no lines of a content."""
    return b"\0" in data[:_LOOKED_AT]


def to_text(data: bytes) -> str:
    """Return a file's text with every line end as a line feed; bytes that are no UTF-8 as escapes."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def to_lines(data: bytes) -> list[str]:
    """Return the lines of a file's text, without their ends."""
    lines = to_text(data).split("\n")
    return lines[:-1] if not lines[-1] else lines


def compare_contents(
    old_side: Side, old: Entry | None, new_side: Side, new: Entry | None
) -> tuple[LineDifference, str]:
    """Return how two versions of a file differ, and what the lines do not show. What cannot be read is a note."""
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


def _read(side: Side, entry: Entry | None) -> bytes:
    return b"" if entry is None else side.read(entry)


def _unseen(before: bytes, after: bytes, lines: LineDifference) -> list[str]:
    """Return what the lines do not show."""
    notes = []
    if before != after and not lines.hunks:
        notes.append("only its line ends changed" if before and after else "it is empty")
    if is_lfs_pointer(before) or is_lfs_pointer(after):
        notes.append("a pointer of Git LFS, not the content")
    return notes


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
