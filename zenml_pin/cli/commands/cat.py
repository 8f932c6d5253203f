"""cat: print a file as it was committed."""

from __future__ import annotations

import sys

from zenml_pin.base.text import printable_lines
from zenml_pin.cli.arguments import AT_COMMIT, find_installed, get_at_commit
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_color, has_colors, is_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    cat = verbs.add_parser(
        "cat",
        help="print the module of a class or function, or any file, as of a commit",
        description="Print the bytes of a file as they were committed; on a terminal, control characters as escapes. "
        "Runs nothing.",
    )
    cat.add_argument("what", metavar="SOURCE|REV:PATH", help=AT_COMMIT)
    add_color(cat)
    add_fetch(cat)
    cat.set_defaults(run=run, failure=2, output=None)


def run(arguments: argparse.Namespace) -> int:
    """Print a file as it was committed: its bytes, or to a person its text."""
    colors = has_colors(arguments)
    installed = find_installed(arguments.what)
    if installed is not None:
        path = installed
        with open(path, "rb") as file:
            data = file.read()
    else:
        tree, path, _ = get_at_commit(arguments.what, arguments.quiet)
        data = tree.read(path)
    if sys.stdout is None:
        return 0
    if colors or is_terminal(arguments):
        # Who looks at code that they do not trust must see all of it: what moves the cursor could hide a line.
        text = printable_lines(data.decode("utf-8", "backslashreplace"))
        sys.stdout.write(_in_colors(text, path) if colors else text)
    elif (buffer := getattr(sys.stdout, "buffer", None)) is not None:
        sys.stdout.flush()
        buffer.write(data)
    else:
        # A stream of text, as a notebook or a page has it.
        sys.stdout.write(data.decode("utf-8", "backslashreplace"))
    return 0


def _in_colors(text: str, path: str) -> str:
    from zenml_pin.cli import highlight

    return highlight.highlight_code(text.expandtabs(), path)
