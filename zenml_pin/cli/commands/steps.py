"""steps: list the versions of steps in use."""

from __future__ import annotations

from zenml_pin.base.text import printable
from zenml_pin.cli.listing import add_listing, label_of, open_repository, report_broken

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    add_listing(
        verbs,
        "steps",
        "list all versions of each step and of its class arguments, and in which pipelines",
        run,
    )


def run(arguments: argparse.Namespace) -> int:
    """List the versions of steps."""
    from zenml_pin.pipelines.documents.model import sources_of

    repository = open_repository()
    users: dict[str, list[str]] = {}
    for document in repository.documents():
        for entry in document.steps.values():
            for source in sources_of(entry):
                users.setdefault(source, []).append(label_of(document))
    for source in sorted(users):
        print(printable(source) + "\t" + printable(", ".join(users[source])))
    return report_broken(repository)
