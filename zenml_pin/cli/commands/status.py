"""status: list uncommitted changes."""

from __future__ import annotations

from zenml_pin.cli.arguments import folder_argument
from zenml_pin.cli.output import add_json
from zenml_pin.cli.show import show_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.git.status import Status


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    status = verbs.add_parser(
        "status",
        help="list what keeps a class or function from being pinned, or the uncommitted changes in a folder",
        description="List what keeps a class from being pinned: the uncommitted files of its folder and of what it "
        "imports from the repository, and other reasons. For a folder, list its uncommitted files. What is a folder on "
        "disk, in the index or in HEAD counts as one. Writes and runs nothing. Exits with 1 if there are any.",
    )
    status.add_argument(
        "what", metavar="FOLDER|CLASS", nargs="*", help="folders, or dotted names of classes (default: .)"
    )
    add_json(status)
    status.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """List uncommitted changes."""
    answers = [_status_of(what) for what in arguments.what or ["."]]
    if arguments.format == "json":
        from zenml_pin.cli.plain_data import of_status, print_json

        print_json(answers=[of_status(answer) for answer in answers])
    for answer in answers if arguments.format == "text" else ():
        show_status(answer)
    return 0 if all(answer.clean for answer in answers) else 1


def _status_of(what: str) -> Status:
    """Return the status of a folder, relative to the current one, or of a class."""
    from zenml_pin.git.any_repository import comparable
    from zenml_pin.load_errors import UnsupportedError
    from zenml_pin.pins.class_status import status_of_text
    from zenml_pin.pins.lookup import get_repository

    try:
        repository = get_repository(None)
    except UnsupportedError:
        from zenml_pin import resolver

        return resolver.status(what)
    return status_of_text(comparable(repository), folder_argument(what), what)
