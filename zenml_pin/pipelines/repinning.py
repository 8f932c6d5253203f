"""Pinning a document: fill in the pins that are missing; only on request, move those that are there.

                                                          by default    update            with a revision
    no pin                                                HEAD          HEAD              the revision
    a short id, or a tag or branch                        its full id   as a full id      the revision
    a full id, whose code HEAD has too                    stays         stays             the revision
    a full id of other code, or outside HEAD's history    stays         HEAD              the revision
    a release                                             stays         stays             stays

A class that cannot be pinned keeps its text.
"""

from __future__ import annotations

import os

import attrs

from zenml_pin import resolver
from zenml_pin.base.warn import warn_caller
from zenml_pin.errors import DocumentError, PinError, SourceSyntaxError, UnpinnedWarning
from zenml_pin.git.objects.history import is_ancestor
from zenml_pin.pins.lookup import get_repository
from zenml_pin.pipelines.documents.document import parse_document
from zenml_pin.pipelines.documents.file_names import folder_in_repository
from zenml_pin.pipelines.documents.source_spans import SourceSpan, rewrite_sources, source_spans
from zenml_pin.pipelines.resolving import code_in
from zenml_pin.source import Source
from zenml_pin.workspace.config import get_workspace_at
from zenml_pin.yaml.input import read_bytes
from zenml_pin.yaml.nodes import show_key_path


@attrs.frozen
class Repinned:
    """A document with its new pins; nothing is written yet.

    Attributes:
        text: The document's text with the new pins.
        changes: Each source that changes, and its new text.
        complete: Whether every class has a pin now.
    """

    text: str = attrs.field(repr=False)
    changes: list[tuple[SourceSpan, str]]
    complete: bool


def repin(path: str, revision: str | None = None, strict: bool = False, *, update: bool = False) -> Repinned:
    """Return a document with the pins that it lacks; a class that cannot be pinned keeps its text, with a warning.

    Args:
        path: The document's file.
        revision: Pin every class to this commit; only checks that the class exists in it.
        strict: Raise an error where there would be a warning.
        update: Move a pin to HEAD when HEAD has other code for it, or when its commit is outside HEAD's history.

    Raises:
        DocumentError: The file is not a pipeline document, or a source in it is not a source.
    """
    data = read_bytes(path)
    parse_document(data, path)
    spans = source_spans(data, path)
    sources = {span.source: _parse(span, path) for span in spans}
    pinner = _Pinner(path, revision, strict, update)
    answers = {text: pinner.pin(text, source) for text, source in sources.items()}
    changed = {old: new for old, new in answers.items() if new is not None and new != old}
    return Repinned(
        rewrite_sources(data.decode("utf-8"), changed, path),
        [(span, changed[span.source]) for span in spans if span.source in changed],
        None not in answers.values(),
    )


class _Pinner:
    """Pins the sources of one document."""

    def __init__(self, path: str, revision: str | None, strict: bool, update: bool) -> None:
        self._path = path
        # None means the repository of the current folder.
        self._folder = folder_in_repository(path)
        self._revision = revision
        self._strict = strict
        self._update = update

    def pin(self, text: str, source: Source) -> str | None:
        """Return the text to store; None when the class should have a pin and cannot get one."""
        if source.release is not None:
            return text
        try:
            pinned = self._pinned(text, source)
        except PinError as error:
            if self._strict:
                raise
            warn_caller(f"'{text}' stays as it is: {error.message}", UnpinnedWarning)
            return None
        return str(pinned) if pinned.is_pinned else None

    def _pinned(self, text: str, source: Source) -> Source:
        if self._revision is not None:
            return self._at(source, self._revision)
        moves = self._update
        typed = text.partition("@")[2]
        if source.commit_id is None and typed:
            try:
                source = self._at(source, typed)
            except PinError:
                if not moves:
                    raise
        if source.commit_id is not None and not moves:
            return source
        head = self._at(source, None)
        return source if self._is_same_code(source, head) else head

    def _at(self, source: Source, revision: str | None) -> Source:
        return resolver.pin(source.at(None), repo=self._folder, commit=revision, strict=self._strict)

    def _is_same_code(self, old: Source, new: Source) -> bool:
        """Tell whether two pins name the same code, and the older commit is in the history of the new one."""
        if old.commit_id is None or new.commit_id is None:
            return False
        objects = get_repository(self._folder).objects
        code_of = code_in(get_workspace_at(os.path.dirname(os.path.abspath(self._path))))
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
