"""pipelines: list pipelines."""

from __future__ import annotations

import os

from zenml_pin.base.text import printable
from zenml_pin.cli.listing import add_listing, open_repository, report_broken

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
    for document in repository.documents():
        path = os.path.relpath(document.path or "", repository.root)
        print(
            "\t".join(
                printable(text)
                for text in (document.name, str(document.number), document.type, _pins(document), path)
            )
        )
    return report_broken(repository)


def _pins(document: Document) -> str:
    from zenml_pin.pipelines.documents.model import entries_of, sources_of

    unpinned = sum("@" not in text for entry in entries_of(document) for text in sources_of(entry))
    return f"{unpinned} unpinned" if unpinned else "pinned"
