"""demo: show it all on a repository of its own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "demo",
        help="show it all on a repository made for this, in a temporary folder",
        description="Make a repository in a temporary folder, tell the story of two versions of a class on it, and "
        "check each line of it. Nothing is left behind. Exit with 1 when one does not hold.",
    )
    verb.set_defaults(run=run, failure=1)


def run(arguments: argparse.Namespace) -> int:
    """Show it all on a repository of its own."""
    from zenml_pin.cli.demo import show

    return show()
