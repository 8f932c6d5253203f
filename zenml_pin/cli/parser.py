"""The arguments of every command."""

from __future__ import annotations

import argparse

from zenml_pin.cli.commands import (
    audit,
    bundle,
    cat,
    check,
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
    verify,
    version,
    versions,
)
from zenml_pin.cli.location import add_source_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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
    check,
    audit,
    diff,
    versions,
    doctor,
    bundle,
    demo,
    help,
)
# They name modules of commits.
_WITH_SOURCE_ROOTS = (
    *("load", "pin", "cat", "ls", "verify", "run", "check", "audit", "diff", "versions", "bundle"),
)
_EPILOG = """exit codes: 0 nothing to report; 1 findings (unpinned, not clean, a refused or failed load);
2 usage or unreadable input; 130 interrupted.
'zenml-pin COMMAND --help' describes a command, 'zenml-pin help' lists the pages of the manual."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; `arguments.run(arguments)` runs the command that was chosen.

    `arguments.failure` is its exit code for an error: 1 where that is a finding, 2 where it could not answer.
    """
    parser = argparse.ArgumentParser(
        prog="zenml-pin",
        description="Pin a pipeline's classes to commits, and load them from there: in memory, without git.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--version",
        action="store_true",
        help="print the version; with -v also that of Python and of each library, for a bug report",
    )
    parser.add_argument(
        "-C",
        metavar="REPO",
        dest="directory",
        help="run as if started in a folder, or with a bundle or a URL as the repository",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no warnings and hints")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the traceback of an error")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    add_source_root(parser)
    for command in _COMMANDS:
        command.add_parser(verbs)
    for name in _WITH_SOURCE_ROOTS:
        add_source_root(verbs.choices[name])
    return parser


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line; SystemExit with 2, and the usage on stderr, when it is none."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    if arguments.version:
        arguments.run, arguments.failure = version.run, 2
    elif "run" not in arguments:
        parser.error("a COMMAND is missing: 'zenml-pin --help' lists them")
    return arguments
