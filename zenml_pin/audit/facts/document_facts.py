"""What a document's text says: its name, its sources, and what is wrong with the text itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zenml_pin.audit.facts.document_texts import Text
from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.audit.rules import RULES, WRITE_OWN, Finding
from zenml_pin.base.text import printable
from zenml_pin.base.values import evolve
from zenml_pin.errors import DocumentError, PinError
from zenml_pin.importing import zenml_names
from zenml_pin.pipelines.documents.checked_view import CheckedView
from zenml_pin.pipelines.documents.document import parse_yaml
from zenml_pin.pipelines.documents.given_roots import with_given_roots
from zenml_pin.pipelines.documents.model import Document
from zenml_pin.pipelines.documents.old_values import iter_shown
from zenml_pin.pipelines.documents.source_spans import SourceSpan, iter_args, spans_of
from zenml_pin.source import find_source
from zenml_pin.yaml.nodes import YamlText, shorten, show_key_path
from zenml_pin.yaml.reading import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.facts.pin_facts import Problem


def read_text(text: Text) -> DocumentReport:
    """Return a document's name and sources; a document that cannot be read has a finding (ZP009)."""
    if text.data is None:
        return _unreadable(text, text.error or PinError("it cannot be read"))
    try:
        parsed = read(text.data, text.path, tags=True)
        document = parse_yaml(parsed)
    except PinError as error:
        return _unreadable(text, error)
    root = CheckedView.root(parsed)
    sources = tuple(_source(span, with_given_roots(root, span.source)) for span in spans_of(parsed))
    is_old = document.era != "1"
    written = {source.source for source in sources}
    return DocumentReport(
        path=text.path,
        revision=text.revision,
        name=document.name,
        number=document.number,
        type=document.type,
        sources=sources,
        findings=(*_only_shown(text, parsed), *_by_type_alone(text, document, written)) if is_old else (),
        is_current=text.is_current,
        run_id=document.run_id,
        is_of_zenml=is_old,
    )


def _by_type_alone(text: Text, document: Document, written: set[str]) -> Iterator[Finding]:
    """Yield a finding (ZP008) for each backend that ZenML 0.1 named by its type alone, and that does not run here."""
    for key, entry in document.backends.items() if document.era == "0.1.4" else ():
        source = find_source(entry.source)
        if source is not None and entry.source not in written and zenml_names.is_legacy(source):
            is_known = source.release is not None
            fact = "does not run here" if is_known else "is of no release of ZenML"
            yield Finding(
                rule=RULES["ZP008"],
                message=printable(f"the backend of type '{source.name}' for '{key}' {fact}"),
                path=text.path,
                line=1,
                column=1,
                key_path=printable(f"environment.backends.{key}.type"),
                source=entry.source if is_known else "",
                hint=WRITE_OWN if is_known else "run it with run(backend)",
                revision=text.revision,
            )


def _only_shown(text: Text, parsed: YamlText) -> Iterator[Finding]:
    """Yield a finding (ZP025) for each argument of a document of ZenML that is an object of Python."""
    for key_path, args in iter_args(parsed):
        for place, node, shown in iter_shown(args, key_path):
            yield Finding(
                rule=RULES["ZP025"],
                message=printable(f"'{shorten(shown, 100)}' is an object of Python, which is only shown"),
                path=text.path,
                line=node.line,
                column=node.column,
                key_path=printable(show_key_path(place)),
                hint="the pipeline does not load with it: write the argument as plain data in a copy",
                revision=text.revision,
            )


def _source(span: SourceSpan, source: str) -> SourceReport:
    return SourceReport(source, show_key_path(span.key_path), span.line, span.column)


def finding_about(document: DocumentReport, source: SourceReport, problem: Problem) -> Finding:
    """Return the problem of a source as a finding of the document that has the source."""
    rule, message, hint = problem
    return Finding(
        rule=RULES[rule],
        message=printable(message),
        path=document.path,
        line=source.line,
        column=source.column,
        key_path=printable(source.key_path),
        source=source.source,
        hint=printable(hint),
        revision=document.revision,
    )


def _unreadable(text: Text, error: PinError) -> DocumentReport:
    located = error if isinstance(error, DocumentError) else DocumentError(error.message, hint=error.hint)
    finding = Finding(
        rule=RULES["ZP009"],
        message=printable(located.reason),
        path=text.path,
        line=located.line,
        column=located.column,
        key_path=printable(located.key_path),
        hint=located.hint,
        revision=text.revision,
    )
    return DocumentReport(text.path, text.revision, findings=(finding,), is_current=text.is_current)


def with_names_taken(documents: Iterable[DocumentReport]) -> Iterator[DocumentReport]:
    """Yield documents; add a finding (ZP017) if another current document has the same name and number."""
    documents = list(documents)
    by_name: dict[tuple[str | None, int, str], list[DocumentReport]] = {}
    for document in filter(_is_named, documents):
        by_name.setdefault(_identity(document), []).append(document)
    for document in documents:
        same = by_name[_identity(document)] if _is_named(document) else []
        if len(same) > 1:
            finding = _name_taken(document, [other.path for other in same if other is not document])
            document = evolve(document, findings=(*document.findings, finding))
        yield document


def _identity(document: DocumentReport) -> tuple[str | None, int, str]:
    """Return what tells a document from others; ZenML gave each run an id of its own."""
    return document.name, document.number, document.run_id


def _name_taken(document: DocumentReport, others: list[str]) -> Finding:
    paths = ", ".join(others[:3])
    return Finding(
        rule=RULES["ZP017"],
        message=printable(f"'{document.name}' number {document.number} is also in {paths}"),
        path=document.path,
        revision=document.revision,
        line=1,
        column=1,
        hint="give one of them another name, or another number",
    )


def _is_named(document: DocumentReport) -> bool:
    return document.name is not None and document.is_current
