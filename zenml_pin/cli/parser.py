"""The arguments of every command. The parser of a command is only built where that command is asked for, or all are."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from zenml_pin.base.environment import terminal_width
from zenml_pin.base.text import printable
from zenml_pin.cli.location import add_source_root
from zenml_pin.cli.plain_words import COMMANDS, WITH_SOURCE_ROOTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

# Options that need no command, where only these are given.
_OF_VERSION = {"--version", "-v", "--verbose", "-q", "--quiet"}
_EPILOG = """exit codes: 0 nothing to report; 1 findings (unpinned, not clean, a refused or failed load);
2 usage or unreadable input; 130 interrupted.
'zenml-pin COMMAND --help' describes a command, 'zenml-pin help' lists the pages of the manual."""


class _HelpFormatter(argparse.HelpFormatter):
    """As argparse's, which imports shutil to know the width, and with it bz2 and lzma, for each argument once."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, **{"width": terminal_width() - 2, **options})


class CommandParser(argparse.ArgumentParser):
    """A parser that takes options by their whole names, and shows examples below them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, "formatter_class": _HelpFormatter, **options})

    def format_help(self) -> str:
        """Return the usage, the options and the examples."""
        from zenml_pin.cli.examples import EXAMPLES

        lines = EXAMPLES.get(self.prog.rpartition(" ")[2], ())
        examples = "".join(f"  {line}\n" for line in lines)
        return f"{super().format_help()}\nexamples:\n{examples}" if lines else super().format_help()


def make_parser(commands: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser; `arguments.run(arguments)` runs the command that was chosen.

    `arguments.failure` is its exit code for an error: 1 where that is a finding, 2 where it could not answer.

    Args:
        commands: The commands that it knows. Others are neither parsed nor listed by `--help`.
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
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", prog="zenml-pin")
    add_source_root(parser, argparse.SUPPRESS)
    for name in commands:
        import_module(f"zenml_pin.cli.commands.{name}").add_parser(verbs)
        if name in WITH_SOURCE_ROOTS:
            add_source_root(verbs.choices[name], argparse.SUPPRESS)
        for verb in _all_parsers(verbs.choices[name]):
            # A default here would replace what stands before the command.
            _add_global_options(verb.add_argument_group("options of all commands"), argparse.SUPPRESS)
    return parser


def _all_parsers(verb: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of a command, and those of the commands of this command."""
    yield verb
    for action in list(verb._actions):
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _all_parsers(inner)


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
    parser = make_parser(_needed(words))
    name = command_in(words)
    if name is not None and name not in COMMANDS:
        from difflib import get_close_matches

        near = get_close_matches(name, COMMANDS, 3)
        misses = f"near misses: {', '.join(near)}; " if near else ""
        parser.error(f"'{printable(name)}' is not a command; {misses}'zenml-pin --help' lists all")
    # argparse would take the words of a command for further sources.
    end = words.index("--") if name == "bisect" and "--" in words else len(words)
    arguments = parser.parse_args(words[:end])
    if words[end + 1 :]:
        arguments.command_words = words[end + 1 :]
    arguments.make_parser = make_parser
    if arguments.version:
        from zenml_pin.cli.commands import version

        arguments.run, arguments.failure = version.run, 2
    elif "run" not in arguments:
        parser.error("a COMMAND is missing: 'zenml-pin --help' lists them")
    return arguments


def _needed(words: list[str]) -> Sequence[str]:
    """Return the commands whose parsers a command line needs: all where it may ask for the list of them."""
    place = _place_of_command(words)
    if place is None:
        return () if _OF_VERSION.issuperset(words) else COMMANDS
    # The main parser answers `-h` before the command, also in `-qh`; the page of `help` names all commands.
    asks = words[place] == "help" or any(word.startswith("-") and "h" in word for word in words[:place])
    return (words[place],) if words[place] in COMMANDS and not asks else COMMANDS


def command_in(words: Sequence[str]) -> str | None:
    """Return the command of a command line: the first word that is neither an option nor the value of one.

    >>> command_in(["-q", "-C", "ci", "check", "--staged"])
    'check'
    """
    place = _place_of_command(words)
    return None if place is None else words[place]


def _place_of_command(words: Sequence[str]) -> int | None:
    is_value = False
    for place, word in enumerate(words):
        if not is_value and not word.startswith("-"):
            return place
        # As in "-C ci" and "-qC ci"; the value may also be joined to its option.
        is_value = not is_value and _takes_value(word)
    return None


def _takes_value(option: str) -> bool:
    """Tell whether the value of an option is the next word."""
    return option == "--source-root" or (option[:1] + option[-1:] == "-C" and not option[1:-1].strip("qv"))
