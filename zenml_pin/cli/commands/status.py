"""status: list uncommitted changes."""

from __future__ import annotations

from zenml_pin.base.text import printable
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
        description="List what keeps a class from being pinned: the uncommitted files of its folder, and what its "
        "imports lack. Writes and runs nothing. Exits with 1 if there is anything.",
    )
    status.add_argument(
        "what", metavar="FOLDER|CLASS", nargs="*", help="folders, or dotted names of classes (default: .)"
    )
    status.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """List uncommitted changes."""
    from zenml_pin import resolver

    code = 0
    answers = []
    for what in arguments.what or ["."]:
        folder = folder_argument(what)
        source = Source.parse(what) if folder is None else None
        answers.append((source, resolver.status(source or folder or "")))
    for source, answer in answers:
        show_status(answer)
        if not answer.clean or (source is not None and _show_obstacle(source)):
            code = 1
    return code


def _show_obstacle(source: Source) -> bool:
    """Print what else keeps a class from being pinned; tell whether there is anything."""
    from zenml_pin.pins.lookup import find_repository
    from zenml_pin.pins.pinning import pin_name

    reason = pin_name(source, find_repository(None), None).reason
    if reason is not None:
        print(printable(f"  {source.name} cannot be pinned: {reason.message}"))
    return reason is not None
