"""The documents of the workspace at hand, as the listing commands need them."""

from __future__ import annotations

import os
import sys

from zenml_pin.base.text import printable
from zenml_pin.cli.output import add_arguments, add_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from zenml_pin.pipelines.documents.model import Document
    from zenml_pin.pipelines.repository import Repository


def add_listing(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], int],
    *,
    has_page: bool = False,
) -> argparse.ArgumentParser:
    """Add a command that lists what documents and runs say, and return its parser."""
    verb = verbs.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}. Runs nothing.")
    if has_page:
        add_arguments(verb, ("text", "json", "html"))
    else:
        add_json(verb)
    verb.set_defaults(run=run, failure=2)
    return verb


def open_repository() -> Repository:
    """Return the workspace at or above the current folder."""
    from zenml_pin.pipelines.repository import Repository

    repository = Repository(os.getcwd())
    repository._is_logging = False
    return repository


def open_repository_to_run() -> Repository:
    """Return the workspace as `open_repository` does, for a command that runs its pipelines."""
    import logging

    # As above. A list imports no `logging`.
    logging.getLogger("zenml_pin").addHandler(logging.NullHandler())
    return open_repository()


def report_broken(repository: Repository) -> int:
    """Print which documents could not be read; return the exit code, 1 when there are any."""
    for path, error in repository.broken.items():
        print(f"warning: '{printable(path)}' is left out: {error.message}", file=sys.stderr)
    return 1 if repository.broken else 0


def label_of(document: Document) -> str:
    """Return a document's name, with its number where it is not the first of that name."""
    return document.name if document.number == 1 else f"{document.name} ({document.number})"
