"""A diff side by side with colours, where rich (extra `cli`) is installed."""

from __future__ import annotations

from zenml_pin.audit.difftext import MIN_WIDTH, sections
from zenml_pin.audit.lines import Row, RowKind
from zenml_pin.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.syntax import Syntax
    from rich.table import Table
    from rich.text import Text

    from zenml_pin.audit.difference import Difference
    from zenml_pin.audit.lines import LineDifference

_OLD, _NEW = "on #3a1d1c", "on #16301f"


def print_difference(found: Difference, width: int) -> bool:
    """Print a diff in two columns with colours; False where rich is not installed, or the terminal is too narrow."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        return False
    if width < MIN_WIDTH:
        return False
    console = Console(width=width, highlight=False)
    for label, place in (("old", found.old), ("new", found.new)):
        console.print(
            Text(f"{label}  {place.source if place.commit else f'{place.source} (working tree)'}", "dim")
        )
    console.print(Text(printable(found.note), "bold"))
    for title, part in sections(found):
        console.print(Text(f"\n{title}", "bold cyan"))
        console.print(_table(part))
    return True


def _table(part: LineDifference) -> Table:
    from rich.syntax import Syntax
    from rich.table import Table

    syntax = Syntax("", "python", background_color="default")
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
    is_same = row.kind is RowKind.SAME
    cells: list[str | Text] = []
    for number, line, style in ((row.old_line, row.old, _OLD), (row.new_line, row.new, _NEW)):
        cells.append(str(number) if number else "")
        text = syntax.highlight(printable((line or "").expandtabs(4)))
        text.rstrip()
        if not is_same and line is not None:
            text.stylize_before(style)
        cells.append(text)
    return cells
