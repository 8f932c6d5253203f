"""Where an answer goes: stdout, or the file that -o names."""

from __future__ import annotations

import json
import sys

from zenml_pin.environment import allows_colors
from zenml_pin.errors import MissingExtraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def add_arguments(verb: argparse.ArgumentParser, formats: Sequence[str], default: str = "text") -> None:
    """Add --format and -o."""
    verb.add_argument(
        "--format", choices=formats, default=None, help=f"how it is written (default: {default})"
    )
    verb.add_argument("-o", "--output", metavar="FILE", help="write it to a file instead of stdout")


def is_terminal(arguments: argparse.Namespace) -> bool:
    """Tell whether a person reads the answer while it is written."""
    return arguments.output is None and sys.stdout is not None and sys.stdout.isatty()


def add_color(verb: argparse.ArgumentParser) -> None:
    """Add --color."""
    verb.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours, with the extra 'cli' (default: auto, on a terminal, unless NO_COLOR is set)",
    )


def has_colors(arguments: argparse.Namespace) -> bool:
    """Tell whether an answer is written in colours.

    Raises:
        MissingExtraError: They are asked for, and rich, or what it needs, is not installed.
    """
    always = arguments.color == "always"
    if arguments.color == "never" or sys.stdout is None:
        return False
    if not (always or (is_terminal(arguments) and allows_colors())):
        return False
    try:
        from zenml_pin.cli import highlight as highlight
    except ImportError as error:
        if always:
            raise MissingExtraError("nothing can be coloured", error.name or "rich", "cli") from error
        return False
    return True


def write_text(arguments: argparse.Namespace, text: str) -> None:
    """Write an answer where it is asked for."""
    if arguments.output is not None:
        _write_file(arguments.output, text)
    elif sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _write_file(path: str, text: str) -> None:
    from zenml_pin.wholefile import is_special, write_whole

    if not is_special(path):
        write_whole(path, text)
        return
    # /dev/stdout, or what a shell makes of >(command): a person named it, and waits for it.
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def to_json(value: object) -> str:
    """Return plain data as JSON; names that are no UTF-8 stand as escapes."""
    return json.dumps(value, indent=2) + "\n"
