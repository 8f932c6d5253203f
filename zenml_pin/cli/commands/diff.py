"""diff: what changed between two pins of a class, or a pin and the working tree."""

from __future__ import annotations

from shutil import get_terminal_size

from zenml_pin.cli.arguments import parse_other, parse_source
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import (
    add_arguments,
    add_color,
    has_colors,
    is_terminal,
    to_json,
    write_text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.audit.comparison.difference import Difference

_FORMATS = ("text", "side-by-side", "json", "html")


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "diff",
        help="show what changed in a class or function and what it imports, between two pins",
        description="Compare a class or function at two commits, or one and the working tree: itself, its module, "
        "what that imports from the repository, and the rest of its folder. Says when the class is the same and its "
        "helper changed. Runs nothing. Exits with 1 if anything differs.",
    )
    verb.add_argument("old", metavar="SOURCE", help="trainers.step.MyTrainer@REV; without a pin HEAD")
    verb.add_argument(
        "new",
        metavar="SOURCE|REV",
        nargs="?",
        help="the other side; without a pin, or left out: the working tree",
    )
    add_arguments(verb, _FORMATS, "side by side on a terminal, else a unified diff")
    add_color(verb)
    add_fetch(verb)
    verb.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Compare, and write what differs."""
    from zenml_pin.audit.comparison.comparing import diff

    old = parse_source(arguments.old if "@" in arguments.old else f"{arguments.old}@HEAD")
    difference = diff(old, parse_other(arguments.new, old) if arguments.new is not None else None)
    name = arguments.format or ("side-by-side" if is_terminal(arguments) else "text")
    if name in ("text", "side-by-side") and arguments.output is None and has_colors(arguments):
        write_text(arguments, _in_colors(difference, name))
    else:
        write_text(arguments, _render(difference, name))
    return 0 if difference.same else 1


def _in_colors(difference: Difference, name: str) -> str:
    from zenml_pin.audit.formats.diff_text import MIN_WIDTH
    from zenml_pin.cli import highlight

    width = get_terminal_size().columns
    if name == "text" or width < MIN_WIDTH:
        return highlight.highlight_diff(difference)
    return highlight.columns(difference, width)


def _render(difference: Difference, name: str) -> str:
    if name == "json":
        return to_json(difference.to_dict())
    if name == "html":
        from zenml_pin.audit.formats.html.difference import difference_page

        return difference_page(difference)
    from zenml_pin.audit.formats.diff_text import side_by_side, unified

    return unified(difference) if name == "text" else side_by_side(difference, get_terminal_size().columns)
