"""Assemble a report: add the facts and findings about each source to the documents that contain it."""

from __future__ import annotations

from zenml_pin.audit.facts.document_facts import finding_about, with_names_taken
from zenml_pin.audit.facts.pin_facts import Problem, not_a_source
from zenml_pin.audit.pin_report import PinReport
from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.audit.rules import WRITE_OWN, Level
from zenml_pin.base.values import Value, evolve
from zenml_pin.errors import SourceSyntaxError
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Sources(Value):
    """The sources of some documents, each text once.

    Attributes:
        pinned: The sources that are pinned to a commit, by text.
        others: The sources that are not, by text.
        broken: The problems of texts that are not sources (ZP007), by text.
        old: The texts that documents of ZenML have.
    """

    pinned: dict[str, Source]
    others: dict[str, Source]
    broken: dict[str, Problem]
    old: set[str]


def sources_of(documents: Iterable[DocumentReport]) -> Sources:
    """Parse the sources of documents."""
    documents = list(documents)
    sources = Sources({}, {}, {}, set())
    for document in documents:
        sources.old.update(report.source for report in document.sources if document.is_of_zenml)
    for text in dict.fromkeys(report.source for document in documents for report in document.sources):
        try:
            source = Source.parse(text)
        except SourceSyntaxError as error:
            sources.broken[text] = not_a_source(text, error)
            continue
        (sources.others if source.commit_id is None else sources.pinned)[text] = source
    return sources


def gather(
    documents: Iterable[DocumentReport],
    pins: Mapping[str, PinReport],
    problems: Mapping[str, Iterable[Problem]],
    strict: bool = False,
) -> tuple[DocumentReport, ...]:
    """Return documents with the facts and findings about their sources, sorted by path and revision.

    Args:
        documents: The documents as they were read.
        pins: The reports of sources that are pinned to a commit, by text.
        problems: The problems of all other sources, by text.
        strict: Whether classes of ZenML that do not run here are warnings also in documents that ZenML wrote.
    """
    complete = [
        _complete(document, pins, problems, strict) if document.sources else document
        for document in documents
    ]
    complete.sort(key=lambda document: (document.path, document.revision))
    return tuple(with_names_taken(complete))


def _complete(
    document: DocumentReport,
    pins: Mapping[str, PinReport],
    problems: Mapping[str, Iterable[Problem]],
    strict: bool,
) -> DocumentReport:
    sources = tuple(_complete_source(document, source, pins, problems) for source in document.sources)
    findings = (*document.findings, *(finding for source in sources for finding in source.findings))
    document = evolve(document, sources=sources, findings=findings)
    return _with_one_note(document) if document.is_of_zenml and not strict else document


def _with_one_note(document: DocumentReport) -> DocumentReport:
    """Replace the findings about classes of ZenML that do not run here by one note: their document cannot change."""
    replaced = [finding for finding in document.findings if finding.hint == WRITE_OWN]
    if not replaced:
        return document
    names = list(dict.fromkeys(finding.source.partition("@")[0].rpartition(".")[2] for finding in replaced))
    subject = (
        "a class of ZenML itself does" if len(names) == 1 else f"{len(names)} classes of ZenML itself do"
    )
    note = evolve(
        replaced[0],
        rule=evolve(replaced[0].rule, level=Level.NOTE),
        message=f"{subject} not run here: {', '.join(names)}",
    )
    sources = tuple(
        evolve(source, findings=tuple(finding for finding in source.findings if finding not in replaced))
        for source in document.sources
    )
    others = [finding for finding in document.findings if finding not in replaced]
    return evolve(document, sources=sources, findings=(*others, note))


def _complete_source(
    document: DocumentReport,
    source: SourceReport,
    pins: Mapping[str, PinReport],
    problems: Mapping[str, Iterable[Problem]],
) -> SourceReport:
    pin = pins.get(source.source)
    source_problems = pin.findings if pin is not None else problems.get(source.source, ())
    findings = tuple(finding_about(document, source, problem) for problem in source_problems)
    return SourceReport(source.source, source.key_path, source.line, source.column, pin, findings)
