"""Code and diffs in colours, with rich (extra `cli`). Whoever calls this has seen that rich is there."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from zenml_pin.audit.difftext import sections, unified
from zenml_pin.audit.lines import Row, RowKind
from zenml_pin.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.difference import Difference
    from zenml_pin.audit.lines import LineDifference

# The terminal's own colours: what is readable on a dark ground is on a light one as well.
_THEME = "ansi_dark"
_OLD, _NEW = "red", "green"
# Of a line of a unified diff by its first characters.
_STYLES = {"---": "bold", "+++": "bold", "@@": "cyan", "-": _OLD, "+": _NEW, "#": "bold cyan"}


def print_code(text: str, path: str) -> None:
    """Print the text of a file, coloured as its name says; the terminal folds its lines."""
    syntax = Syntax("", Syntax.guess_lexer(path), theme=_THEME, background_color="default")
    highlighted = syntax.highlight(text)
    # The lexers end every text with a line end.
    if len(highlighted) > len(text):
        highlighted.right_crop(len(highlighted) - len(text))
    _console().print(highlighted, end="", soft_wrap=True)


def print_unified(found: Difference) -> None:
    """Print a unified diff: what is gone in red, what is new in green."""
    text = Text()
    for line in unified(found).splitlines(keepends=True):
        style = next((style for start, style in _STYLES.items() if line.startswith(start)), "")
        text.append(line, style)
    _console().print(text, end="", soft_wrap=True)


def print_columns(found: Difference, width: int) -> None:
    """Print a diff in two columns."""
    console = _console(width)
    for label, place in (("old", found.old), ("new", found.new)):
        console.print(
            Text(f"{label}  {place.source if place.commit else f'{place.source} (working tree)'}", "dim")
        )
    console.print(Text(printable(found.note), "bold"))
    for title, part in sections(found):
        console.print(Text(f"\n{title}", "bold cyan"))
        console.print(_table(part))


def _console(width: int | None = None) -> Console:
    """Return a console that is a terminal, whatever stdout is: that colours are wanted is known."""
    return Console(file=sys.stdout, width=width, force_terminal=True, no_color=False, highlight=False)


def _table(part: LineDifference) -> Table:
    syntax = Syntax("", "python", theme=_THEME, background_color="default")
    table = Table.grid(padding=(0, 1), expand=True)
    for _ in range(2):
        table.add_column(justify="right", style="dim", no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
    for place, hunk in enumerate(part.hunks):
        if place:
            table.add_row("⋯")
        for row in hunk:
            table.add_row(*_cells(row, syntax))
    return table


def _cells(row: Row, syntax: Syntax) -> list[str | Text]:
    """Return numbers and lines: code in its colours where both sides have it, else "-" in red and "+" in green."""
    cells: list[str | Text] = []
    for number, line, sign, style in ((row.old_line, row.old, "-", _OLD), (row.new_line, row.new, "+", _NEW)):
        shown = printable((line or "").expandtabs(4))
        if row.kind is RowKind.SAME:
            text = syntax.highlight(shown)
            text.rstrip()
            cells += [str(number), text]
        elif line is None:
            cells += ["", ""]
        else:
            cells += [Text(f"{sign}{number}", f"not dim {style}"), Text(shown, style)]
    return cells
