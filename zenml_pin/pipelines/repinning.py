"""Pinning a document again: each class to HEAD, or to a revision.

    no pin, or a pin that does not name a commit here               gets a pin
    a pin to the same code that HEAD has                            keeps its pin: a new one would name the same code
    a pin to other code, or to a commit outside HEAD's history      gets a new pin
    a release, or a class that cannot be pinned                     keeps its text

With a revision, every class gets that revision as its pin.
"""

from __future__ import annotations

import os
import warnings

import attrs

from zenml_pin import resolver
from zenml_pin.errors import DocumentError, PinError, SourceSyntaxError, UnpinnedWarning
from zenml_pin.git.objects.history import is_ancestor
from zenml_pin.pins.lookup import get_repository
from zenml_pin.pipelines.documents.document import (
    SourceSpan,
    parse_document,
    rewrite_sources,
    source_spans,
)
from zenml_pin.pipelines.documents.file_names import folder_in_repository
from zenml_pin.pipelines.resolving import code_in
from zenml_pin.source import Source
from zenml_pin.workspace.config import get_workspace_at
from zenml_pin.yaml.input import read_bytes
from zenml_pin.yaml.nodes import show_key_path


@attrs.frozen
class Repinned:
    """The new pins of a document; nothing is written yet.

    Attributes:
        text: The document's text with the new pins.
        changes: Each source that changes, and its new text.
        complete: Whether every class has a pin now.
    """

    text: str = attrs.field(repr=False)
    changes: list[tuple[SourceSpan, str]]
    complete: bool


def repin(path: str, revision: str | None = None, strict: bool = False) -> Repinned:
    """Return a document with its classes pinned again; a class that cannot be pinned keeps its text, with a warning.

    Args:
        path: The document's file.
        revision: Pin every class to this commit; only checks that the class exists in it.
        strict: Raise an error where there would be a warning.

    Raises:
        DocumentError: The file is not a pipeline document, or a source in it is not a source.
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
    """Return the text to store; None when the class should have a pin and cannot get one."""
    if source.release is not None:
        return text
    # None means the repository of the current folder.
    repository = folder_in_repository(path)
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
    """Tell whether two pins name the same code, and the older commit is in the history of the new one."""
    if old.commit_id is None or new.commit_id is None:
        return False
    objects = get_repository(folder_in_repository(path)).objects
    code_of = code_in(get_workspace_at(os.path.dirname(os.path.abspath(path))))
    return code_of(old) == code_of(new) and is_ancestor(objects, old.commit_id, new.commit_id)


def _parse(span: SourceSpan, path: str) -> Source:
    """Parse a stored source; one whose text after "@" is not a pin, as in old documents, counts as unpinned."""
    try:
        return Source.parse(span.source)
    except SourceSyntaxError:
        pass
    try:
        return Source.parse(span.source.partition("@")[0])
    except SourceSyntaxError as error:
        raise DocumentError(
            f"'{span.source}' is not a source: {error.message}",
            path=path,
            line=span.line,
            column=span.column,
            key_path=show_key_path(span.key_path),
            hint=error.hint,
        ) from error
