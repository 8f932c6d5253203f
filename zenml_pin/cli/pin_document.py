"""Pinning a document: what `pin FILE` writes and prints."""

from __future__ import annotations

import os

from zenml_pin.base.text import printable


def pin_document(path: str, revision: str | None, strict: bool, dry_run: bool, update: bool) -> int:
    """Pin the sources of a document, and print those that changed; 1 when one stays unpinned."""
    from zenml_pin.base.atomic import write_whole
    from zenml_pin.pipelines.repinning import repin

    repinned = repin(path, revision, strict, update=update)
    if repinned.changes and not dry_run:
        write_whole(path, repinned.text)
    for span, source in repinned.changes:
        was = span.source.partition("@")[2] or "unpinned"
        print(printable(f"{path}:{span.line}: {source} (was {was})"))
    return 0 if repinned.complete else 1


def bundle_document(path: str) -> None:
    """Write the bundle of a document beside it, and say so."""
    from zenml_pin.pipelines.bundled import write_beside
    from zenml_pin.pipelines.documents.document import load_document

    written = write_beside(load_document(path))
    if written is not None:
        print(printable(f"{written}: {os.path.getsize(written)} bytes"))
