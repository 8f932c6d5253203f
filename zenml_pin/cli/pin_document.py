"""Pinning a document: what `pin FILE` writes and prints."""

from __future__ import annotations

import os

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines.repinning import Repinned


def pin_document(path: str, revision: str | None, strict: bool, dry_run: bool, update: bool) -> Repinned:
    """Pin the sources of a document and write it, unless nothing changed."""
    from zenml_pin.base.atomic import write_whole
    from zenml_pin.pipelines.repinning import repin

    repinned = repin(path, revision, strict, update=update)
    if repinned.changes and not dry_run:
        write_whole(path, repinned.text)
    return repinned


def show_changes(path: str, repinned: Repinned) -> None:
    """Print the sources that changed."""
    for change in changes_of(repinned):
        print(printable(f"{path}:{change['line']}: {change['source']} (was {change['was'] or 'unpinned'})"))


def changes_of(repinned: Repinned) -> list[dict[str, object]]:
    """Return the sources that changed, as plain data; `was` is the former pin, "" for none."""
    return [
        {"line": span.line, "source": str(source), "was": span.source.partition("@")[2]}
        for span, source in repinned.changes
    ]


def bundle_document(path: str) -> str | None:
    """Write the bundle of a document beside it; return its path, None if nothing in it is pinned."""
    from zenml_pin.pipelines.bundled import write_beside
    from zenml_pin.pipelines.documents.document import load_document

    return write_beside(load_document(path))


def show_bundle(path: str) -> None:
    """Print what was written."""
    print(printable(f"{path}: {os.path.getsize(path)} bytes"))
