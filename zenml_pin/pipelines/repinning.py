"""Pinning a document anew: each class to HEAD, or to a revision.

    pinned to nothing, or to what is no commit here     gets a pin
    pinned, to code that HEAD has too                   stays, for a new pin would name the same code
    pinned, to other code, or to a commit outside HEAD's history    gets a new pin
    a release, or a class that cannot be pinned         stays as it is written

With a revision every class gets it: who names a commit means that commit.
"""

from __future__ import annotations

import os
import warnings

import attrs

from zenml_pin import resolver
from zenml_pin.errors import DocumentError, PinError, SourceSyntaxError, UnpinnedWarning
from zenml_pin.git.layout import find_layout
from zenml_pin.git.objects.history import is_ancestor
from zenml_pin.pins.lookup import get_repository
from zenml_pin.pipelines.documents.document import (
    SourceSpan,
    parse_document,
    rewrite_sources,
    source_spans,
)
from zenml_pin.pipelines.resolving import code_in
from zenml_pin.source import Source
from zenml_pin.workspace.config import get_workspace_at
from zenml_pin.yaml.input import read_bytes
from zenml_pin.yaml.nodes import show_key_path


@attrs.frozen
class Repinned:
    """A document with new pins; nothing is written yet.

    Attributes:
        text: Its text with the new pins.
        changes: Each place that changes, and its new source.
        complete: Whether every class has a pin now.
    """

    text: str = attrs.field(repr=False)
    changes: list[tuple[SourceSpan, str]]
    complete: bool


def repin(path: str, revision: str | None = None, strict: bool = False) -> Repinned:
    """Return a document with its classes pinned anew; what cannot be pinned keeps its text, with a warning.

    Args:
        path: The document's file.
        revision: Pin every class to it; asked is only that the class is there.
        strict: Raise what would be warned of.

    Raises:
        DocumentError: It is no document, or a source in it is none.
    """
    data = read_bytes(path)
    parse_document(data, path)
    spans = source_spans(data, path)
    sources = {span.source: _parse(span, path) for span in spans}
    answers = {text: _pin(text, source, path, revision, strict) for text, source in sources.items()}
    changed = {old: new for old, new in answers.items() if new is not None and new != old}
    return Repinned(
        rewrite_sources(data.decode("utf-8"), changed, path),
        [(span, changed[span.source]) for span in spans if span.source in changed],
        None not in answers.values(),
    )


def _pin(text: str, source: Source, path: str, revision: str | None, strict: bool) -> str | None:
    """Return the source as it is to be stored; None when its text stays, without the pin that it should have."""
    if source.release is not None:
        return text
    repository = _repository(path)
    try:
        pinned = resolver.pin(source.at(None), repo=repository, commit=revision, strict=strict)
    except PinError as error:
        if strict:
            raise
        warnings.warn(f"'{text}' stays as it is: {error.message}", UnpinnedWarning, stacklevel=2)
        return None
    if not pinned.is_pinned:
        return None
    return text if revision is None and _same_code(source, pinned, path) else str(pinned)


def _same_code(old: Source, new: Source, path: str) -> bool:
    """Tell whether an older pin names the code that a new one does, in a commit that stays."""
    if old.commit_id is None or new.commit_id is None:
        return False
    objects = get_repository(_repository(path)).objects
    code_of = code_in(get_workspace_at(os.path.dirname(os.path.abspath(path))))
    return code_of(old) == code_of(new) and is_ancestor(objects, old.commit_id, new.commit_id)


def _parse(span: SourceSpan, path: str) -> Source:
    """Read a stored source; one with a pin that is none, as old documents may have, counts as unpinned."""
    try:
        return Source.parse(span.source)
    except SourceSyntaxError:
        pass
    try:
        return Source.parse(span.source.partition("@")[0])
    except SourceSyntaxError as error:
        raise DocumentError(
            f"'{span.source}' is no source: {error.message}",
            path=path,
            line=span.line,
            column=span.column,
            key_path=show_key_path(span.key_path),
            hint=error.hint,
        ) from error


def _repository(path: str) -> str | None:
    """Return where to look for a document's classes: its own repository, else (None) the one here."""
    folder = os.path.dirname(os.path.abspath(path))
    return folder if find_layout(folder) is not None else None
