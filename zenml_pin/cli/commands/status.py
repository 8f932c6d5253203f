"""status: list uncommitted changes."""

from __future__ import annotations

from zenml_pin.cli.arguments import folder_argument
from zenml_pin.cli.show import show_status
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    status = verbs.add_parser(
        "status",
        help="list the uncommitted changes in a class's folder, or in any folder",
        description="List what keeps a class from being pinned: the uncommitted files of its folder. Writes and runs "
        "nothing. Exits with 1 if there are any.",
    )
    status.add_argument(
        "what", metavar="FOLDER|CLASS", nargs="*", help="folders, or dotted names of classes (default: .)"
    )
    status.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """List uncommitted changes."""
    from zenml_pin import resolver

    answers = []
    for what in arguments.what or ["."]:
        folder = folder_argument(what)
        answers.append(resolver.status(folder if folder is not None else Source.parse(what)))
    for answer in answers:
        show_status(answer)
    return 0 if all(answer.clean for answer in answers) else 1
