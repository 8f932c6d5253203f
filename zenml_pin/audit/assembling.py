"""Assemble a report: add the facts and findings about each source to the documents that contain it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from zenml_pin.audit.facts.document_texts import with_names_taken
from zenml_pin.audit.facts.pins import Problem, not_a_source
from zenml_pin.audit.report import DocumentReport, PinReport, SourceReport
from zenml_pin.audit.rules import RULES, Finding
from zenml_pin.base.text import printable
from zenml_pin.errors import SourceSyntaxError
from zenml_pin.source import Source


@attrs.frozen
class Sources:
    """The sources of some documents, each text once.

    Attributes:
        pinned: The sources that are pinned to a commit, by text.
        others: The sources that are not, by text.
        broken: The problems of texts that are not sources (ZP007), by text.
    """

    pinned: dict[str, Source]
    others: dict[str, Source]
    broken: dict[str, Problem]


def sources_of(documents: Iterable[DocumentReport]) -> Sources:
    """Parse the sources of documents."""
    sources = Sources({}, {}, {})
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
) -> tuple[DocumentReport, ...]:
    """Return documents with the facts and findings about their sources, sorted by path and revision.

    Args:
        documents: The documents as they were read.
        pins: The reports of sources that are pinned to a commit, by text.
        problems: The problems of all other sources, by text.
    """
    complete = [
        _complete(document, pins, problems) if document.sources else document for document in documents
    ]
    complete.sort(key=lambda document: (document.path, document.revision))
    return tuple(with_names_taken(complete))


def nothing_read(folders: Iterable[str]) -> tuple[Finding, ...]:
    """Return the finding (ZP020) that there is no document: "nothing to report" would be a wrong answer.

    Args:
        folders: Where documents were looked for.
    """
    places = ", ".join(repr(folder or ".") for folder in folders)
    return (
        Finding(
            RULES["ZP020"],
            printable(f"no pipeline document was found in {places}, so nothing was checked"),
            path=".",
            hint="name documents, or their folder; --allow-empty accepts that there is none",
        ),
    )


def _complete(
    document: DocumentReport, pins: Mapping[str, PinReport], problems: Mapping[str, Iterable[Problem]]
) -> DocumentReport:
    sources = tuple(_complete_source(document, source, pins, problems) for source in document.sources)
    findings = tuple(finding for source in sources for finding in source.findings)
    return attrs.evolve(document, sources=sources, findings=(*document.findings, *findings))


def _complete_source(
    document: DocumentReport,
    source: SourceReport,
    pins: Mapping[str, PinReport],
    problems: Mapping[str, Iterable[Problem]],
) -> SourceReport:
    pin = pins.get(source.source)
    source_problems = pin.findings if pin is not None else problems.get(source.source, ())
    findings = tuple(_finding(document, source, problem) for problem in source_problems)
    return SourceReport(source.source, source.key_path, source.line, source.column, pin, findings)


def _finding(document: DocumentReport, source: SourceReport, problem: Problem) -> Finding:
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
