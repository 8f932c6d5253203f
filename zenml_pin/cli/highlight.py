"""Code and diffs in colours, with rich (extra `cli`). Whoever calls this has seen that rich is there."""

from __future__ import annotations

import io

from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from zenml_pin.audit.comparison.line_diff import Row, RowKind
from zenml_pin.audit.formats.diff_text import head, sections, unified_lines
from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.audit.comparison.difference import Difference
    from zenml_pin.audit.comparison.line_diff import LineDifference

# The terminal's own colours: they are readable on a dark and on a light background.
_THEME = "ansi_dark"
_OLD, _NEW = "red", "green"
# rich puts code within a line on a black ground.
_STYLES = Theme({"markdown.code": "cyan"})
# Of a line of a unified diff by its first characters, above the hunks and in them.
_HEADS = {"---": "bold", "+++": "bold", "#": "bold cyan"}
_LINES = {"@@": "cyan", "-": _OLD, "+": _NEW}


def highlight_code(text: str, path: str) -> str:
    """Return the text of a file, coloured as its name says; the terminal folds its lines."""
    syntax = Syntax("", Syntax.guess_lexer(path), theme=_THEME, background_color="default")
    highlighted = syntax.highlight(text)
    # The lexers end every text with a line end.
    if len(highlighted) > len(text):
        highlighted.right_crop(len(highlighted) - len(text))
    return _rendered([highlighted])


def highlight_diff(difference: Difference) -> str:
    """Return a unified diff: removed lines in red, added lines in green."""
    text = Text()
    for line, in_hunk in unified_lines(difference):
        styles = _LINES if in_hunk else _HEADS
        text.append(f"{line}\n", next((styles[start] for start in styles if line.startswith(start)), ""))
    return _rendered([text])


def columns(difference: Difference, width: int) -> str:
    """Return a diff in two columns."""
    return _rendered(_columns(difference), width)


def markdown(text: str) -> str:
    """Return a page of Markdown, folded to the width of the terminal."""
    return _rendered([Markdown(text, code_theme=_THEME, hyperlinks=False)])


def _columns(difference: Difference) -> Iterator[Text | Table]:
    for line, style in zip(head(difference), ("dim", "dim", "bold"), strict=True):
        yield Text(f"{line}\n", style)
    for title, part in sections(difference):
        yield Text(f"\n{title}\n", "bold cyan")
        yield _table(part)


def _rendered(parts: Iterable[Text | Table | Markdown], width: int | None = None) -> str:
    """Return the text for a terminal: texts, whose lines it folds, and tables of a width.

    rich itself must not write: where the reader of a pipe is gone, it ends the process.
    """
    file = io.StringIO()
    console = Console(
        file=file, width=width, theme=_STYLES, force_terminal=True, no_color=False, highlight=False
    )
    for part in parts:
        console.print(part, end="", soft_wrap=isinstance(part, Text))
    return file.getvalue()


def _table(part: LineDifference) -> Table:
    syntax = Syntax("", "python", theme=_THEME, background_color="default")
    table = Table.grid(padding=(0, 1), expand=True)
    for _ in range(2):
        table.add_column(justify="right", style="dim", no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
    for number, hunk in enumerate(part.hunks):
        if number:
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
