"""completion: print what completes this command in a shell."""

from __future__ import annotations

import argparse

from zenml_pin.errors import MissingExtraError

_SHELLS = ("bash", "zsh", "fish")


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "completion",
        help="print what completes commands and options in a shell",
        description="Print a script that completes commands, options and file names in a shell. It needs the extra "
        "'completion' (shtab). Writes nothing.",
    )
    verb.add_argument("shell", choices=_SHELLS, help="the shell")
    verb.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    try:
        import shtab
    except ImportError as error:
        raise MissingExtraError("nothing can be completed", error.name or "shtab", "completion") from error
    parser: argparse.ArgumentParser = arguments.make_parser()
    for part in (parser, *_parsers(parser)):
        for action in part._actions:
            if action.metavar is not None and _names_files(str(action.metavar)):
                action.complete = shtab.DIRECTORY if "DIR" in str(action.metavar) else shtab.FILE  # type: ignore[attr-defined]
    print(shtab.complete(parser, arguments.shell))
    return 0


def _parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Return the parsers of the commands."""
    actions = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return [verb for action in actions for verb in action.choices.values()]


def _names_files(metavar: str) -> bool:
    return any(word in metavar for word in ("FILE", "FOLDER", "DIR", "BUNDLE", "REPO", "SCRIPT"))
