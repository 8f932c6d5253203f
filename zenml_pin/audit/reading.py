"""Reading documents for an audit: their sources with their places, and what is wrong with the text itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from zenml_pin.audit.documents import Text
from zenml_pin.audit.finding import Finding
from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.audit.rules import RULES
from zenml_pin.errors import DocumentError, PinError, printable
from zenml_pin.pipelines.reading import parse
from zenml_pin.pipelines.rewriting import SourceSpan, spans_of
from zenml_pin.yamlnodes import show_key_path
from zenml_pin.yamltext import read


def read_text(text: Text) -> DocumentReport:
    """Return what a document names; one that cannot be read has that as its finding (ZP009)."""
    if text.data is None:
        return _unreadable(text, text.error or PinError("it cannot be read"))
    try:
        parsed = read(text.data, text.path)
        document = parse(parsed)
    except PinError as error:
        return _unreadable(text, error)
    sources = tuple(_source(span) for span in spans_of(parsed))
    return DocumentReport(
        path=text.path,
        revision=text.revision,
        name=document.name,
        number=document.number,
        type=document.type,
        sources=sources,
        is_current=text.is_current,
    )


def _source(span: SourceSpan) -> SourceReport:
    return SourceReport(span.source, show_key_path(span.key_path), span.line, span.column)


def _unreadable(text: Text, error: PinError) -> DocumentReport:
    placed = error if isinstance(error, DocumentError) else DocumentError(error.message, hint=error.hint)
    finding = Finding(
        rule=RULES["ZP009"],
        message=printable(placed.reason),
        path=text.path,
        line=placed.line,
        column=placed.column,
        key_path=printable(placed.key_path),
        hint=placed.hint,
        revision=text.revision,
    )
    return DocumentReport(text.path, text.revision, findings=(finding,), is_current=text.is_current)


def with_names_taken(documents: Iterable[DocumentReport]) -> Iterator[DocumentReport]:
    """Yield documents with a finding (ZP017) for each whose name and number another current one has too."""
    held = list(documents)
    taken = Counter((document.name, document.number) for document in held if _is_named(document))
    for document in held:
        key = document.name, document.number
        if _is_named(document) and taken[key] > 1:
            others = [
                other.path
                for other in held
                if (other.name, other.number) == key and other.is_current and other is not document
            ]
            finding = Finding(
                rule=RULES["ZP017"],
                message=printable(f"'{key[0]}' number {key[1]} is also in {', '.join(others[:3])}"),
                path=document.path,
                revision=document.revision,
                line=1,
                column=1,
                hint="give one of them another name, or another number",
            )
            document = attrs.evolve(document, findings=(*document.findings, finding))
        yield document


def _is_named(document: DocumentReport) -> bool:
    return document.name is not None and document.is_current
