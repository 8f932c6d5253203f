"""Pinning a document: what `pin FILE` does."""

from __future__ import annotations

import os
import warnings

from zenml_pin.errors import DocumentError, PinError, SourceSyntaxError, UnpinnedWarning, printable
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines.document import SourceSpan


def is_document(name: str) -> bool:
    """Tell a document's file from a class's name."""
    return name.endswith((".yaml", ".yml"))


def pin_document(path: str, revision: str | None, strict: bool, dry_run: bool) -> int:
    """Pin the sources of a document anew, and print those that changed; 1 when one stays unpinned.

    Releases stay. So does the stored text of a class that cannot be pinned, whatever pin it has, with a warning.
    """
    from zenml_pin.pipelines.document import parse_document, rewrite_sources, source_spans, write_whole
    from zenml_pin.yamlbytes import read_bytes

    data = read_bytes(path)
    parse_document(data, path)
    spans = source_spans(data, path)
    sources = {span.source: _parse(span, path) for span in spans}
    answers = {text: _pin(text, source, path, revision, strict) for text, source in sources.items()}
    changed = {old: new for old, new in answers.items() if new is not None and new != old}
    text = rewrite_sources(data.decode("utf-8"), changed, path)
    if changed and not dry_run:
        write_whole(path, text)
    for span in spans:
        if span.source in changed:
            was = span.source.partition("@")[2] or "unpinned"
            print(printable(f"{path}:{span.line}: {changed[span.source]} (was {was})"))
    return 1 if None in answers.values() else 0


def _pin(text: str, source: Source, path: str, revision: str | None, strict: bool) -> str | None:
    """Return the source as it is to be stored; None when its text stays, without the pin that it should have."""
    from zenml_pin import resolver

    if source.release is not None:
        return text
    try:
        pinned = resolver.pin(source.at(None), repo=_repository(path), commit=revision, strict=strict)
    except PinError as error:
        if strict:
            raise
        warnings.warn(f"'{text}' stays as it is: {error.message}", UnpinnedWarning, stacklevel=2)
        return None
    return str(pinned) if pinned.is_pinned else None


def _parse(span: SourceSpan, path: str) -> Source:
    """Read a stored source; one with a pin that is none, as old documents may have, counts as unpinned."""
    from zenml_pin.yamlnodes import show_key_path

    try:
        return Source.parse(span.source)
    except SourceSyntaxError:
        pass
    try:
        return Source.parse(span.source.partition("@")[0])
    except SourceSyntaxError as error:
        key_path = show_key_path(span.key_path)
        raise DocumentError(
            f"'{span.source}' is no source: {error.message}",
            path=path,
            line=span.line,
            column=span.column,
            key_path=key_path,
            hint=error.hint,
        ) from error


def _repository(path: str) -> str | None:
    """Return where to look for a document's classes: its own repository, else (None) the one here."""
    from zenml_pin.git.layout import find_layout

    folder = os.path.dirname(os.path.abspath(path))
    return folder if find_layout(folder) is not None else None
