"""demo: show the main features in a new repository."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "demo",
        help="show the main features in a new repository, in a temporary folder",
        description="Make a repository in a temporary folder, show two versions of a class in it, and check each "
        "printed line. The folder is removed afterwards. Exits with 1 if a line is not true.",
    )
    verb.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Show the main features in a new repository."""
    from zenml_pin.cli.demo import show

    return show()
