"""pipelines: list pipelines."""

from __future__ import annotations

import os

from zenml_pin.cli.listing import add_listing, open_repository, report_broken
from zenml_pin.cli.table import print_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.pipelines.documents.model import Document


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    add_listing(verbs, "pipelines", "list pipelines: name, number, type, pins and document", run)


def run(arguments: argparse.Namespace) -> int:
    """List pipelines."""
    repository = open_repository()
    listed = [
        {
            "name": document.name,
            "number": document.number,
            "type": document.type,
            "unpinned": _unpinned(document),
            "document": os.path.relpath(document.path or "", repository.root),
        }
        for document in repository.documents()
    ]
    if arguments.format == "json":
        from zenml_pin.cli.plain_data import of_broken, print_json

        print_json(pipelines=listed, broken=of_broken(repository))
        return 1 if repository.broken else 0
    rows = (
        [str(value) if key != "unpinned" else _pins(value) for key, value in row.items()] for row in listed
    )
    print_table(("name", "number", "type", "pins", "document"), rows)
    return report_broken(repository)


def _unpinned(document: Document) -> int:
    from zenml_pin.pipelines.documents.model import sources_in

    return sum("@" not in text for text in sources_in(document))


def _pins(unpinned: object) -> str:
    return f"{unpinned} unpinned" if unpinned else "pinned"
