"""The arguments of every command."""

from __future__ import annotations

import argparse

from zenml_pin import __version__
from zenml_pin.cli.commands import (
    audit,
    bundle,
    cat,
    check,
    demo,
    diff,
    doctor,
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
    versions,
)

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
)
_EPILOG = """exit codes: 0 nothing to report; 1 findings (unpinned, not clean, a refused or failed load);
2 usage or unreadable input; 130 interrupted"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; `arguments.run(arguments)` runs the command that was chosen.

    `arguments.failure` is its exit code for an error: 1 where that is a finding, 2 where it could not answer.
    """
    parser = argparse.ArgumentParser(
        prog="zenml-pin",
        description="Pin a pipeline's classes to commits, and load them from there: in memory, without git.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"zenml-pin {__version__}")
    parser.add_argument(
        "-C",
        metavar="PLACE",
        dest="directory",
        help="run as if started in a folder, or with a bundle or a URL as the repository",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no warnings and hints")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the traceback of an error")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(verbs)
    return parser
