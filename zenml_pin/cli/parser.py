"""The arguments of every command."""

from __future__ import annotations

import argparse
import re
import sys

from zenml_pin.base.text import printable
from zenml_pin.cli.commands import (
    audit,
    bundle,
    cat,
    check,
    completion,
    demo,
    diff,
    doctor,
    help,
    init,
    load,
    ls,
    pin,
    pipelines,
    run,
    runs,
    status,
    steps,
    store,
    verify,
    version,
    versions,
)
from zenml_pin.cli.location import add_source_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# In the order in which `--help` lists them.
_COMMANDS = (
    init,
    pin,
    load,
    cat,
    ls,
    status,
    verify,
    run,
    pipelines,
    steps,
    runs,
    store,
    check,
    audit,
    diff,
    versions,
    doctor,
    bundle,
    demo,
    completion,
    help,
)
# They name modules of commits.
_WITH_SOURCE_ROOTS = (
    *("load", "pin", "cat", "ls", "verify", "run", "check", "audit", "diff", "versions", "bundle"),
)
_NAMES = [command.__name__.rpartition(".")[2] for command in _COMMANDS]
_EPILOG = """exit codes: 0 nothing to report; 1 findings (unpinned, not clean, a refused or failed load);
2 usage or unreadable input; 130 interrupted.
'zenml-pin COMMAND --help' describes a command, 'zenml-pin help' lists the pages of the manual."""


class CommandParser(argparse.ArgumentParser):
    """A parser that takes options by their whole names, and shows examples below them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **options})

    def format_help(self) -> str:
        """Return the usage, the options and the examples."""
        from zenml_pin.cli.examples import EXAMPLES

        lines = EXAMPLES.get(self.prog.rpartition(" ")[2], ())
        examples = "".join(f"  {line}\n" for line in lines)
        return f"{super().format_help()}\nexamples:\n{examples}" if lines else super().format_help()


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; `arguments.run(arguments)` runs the command that was chosen.

    `arguments.failure` is its exit code for an error: 1 where that is a finding, 2 where it could not answer.
    """
    parser = CommandParser(
        prog="zenml-pin",
        description="Pin a pipeline's classes to commits, and load them from there: in memory, without git.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--version",
        action="store_true",
        help="print the version; with -v also that of Python and of each library, for a bug report",
    )
    _add_global_options(parser)
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    add_source_root(parser)
    for command in _COMMANDS:
        command.add_parser(verbs)
    for name in _WITH_SOURCE_ROOTS:
        add_source_root(verbs.choices[name])
    for verb in verbs.choices.values():
        # A default here would replace what stands before the command.
        _add_global_options(verb.add_argument_group("options of all commands"), argparse.SUPPRESS)
    return parser


def _add_global_options(parser: argparse._ActionsContainer, default: str | None = None) -> None:
    """Add the options that stand before or after the command."""
    parser.add_argument(
        "-C",
        metavar="REPO",
        dest="directory",
        default=default,
        help="run as if started in a folder, or with a bundle or a URL as the repository",
    )
    off = False if default is None else default
    parser.add_argument("-q", "--quiet", action="store_true", default=off, help="no warnings and hints")
    parser.add_argument(
        "-v", "--verbose", action="store_true", default=off, help="show the traceback of an error"
    )


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line; SystemExit with 2, and the usage on stderr, when it is none."""
    words = sys.argv[1:] if argv is None else list(argv)
    parser = make_parser()
    name = command_in(words)
    if name is not None and name not in _NAMES:
        from difflib import get_close_matches

        near = get_close_matches(name, _NAMES, 3)
        misses = f"near misses: {', '.join(near)}; " if near else ""
        parser.error(f"'{printable(name)}' is not a command; {misses}'zenml-pin --help' lists all")
    arguments = parser.parse_args(words)
    arguments.make_parser = make_parser
    if arguments.version:
        arguments.run, arguments.failure = version.run, 2
    elif "run" not in arguments:
        parser.error("a COMMAND is missing: 'zenml-pin --help' lists them")
    return arguments


def command_in(words: Sequence[str]) -> str | None:
    """Return the command of a command line: the first word that is neither an option nor the value of one.

    >>> command_in(["-q", "-C", "ci", "check", "--staged"])
    'check'
    """
    is_value = False
    for word in words:
        if not is_value and not word.startswith("-"):
            return word
        # As in "-C ci" and "-qC ci"; the value may also be joined to its option.
        is_value = not is_value and re.fullmatch("-[qv]*C|--source-root", word) is not None
    return None
