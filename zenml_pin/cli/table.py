"""Tables: with headers and aligned columns for a person, tab-separated and without headers in a pipe."""

from __future__ import annotations

import sys

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A cell that is longer is cut on a terminal, unless it is the last of its line.
_WIDEST = 100


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows to stdout; control characters are shown as escapes."""
    lines = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout is None or not sys.stdout.isatty():
        for line in lines:
            print("\t".join(line).rstrip("\t"))
        return
    if not lines:
        return
    shown = [[name.upper() for name in headers], *([*map(_cut, line[:-1]), line[-1]] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for line in shown:
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _cut(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else f"{cell[: _WIDEST - 3]}..."
