"""Gathering: from documents and what is known of each source to the report, with every finding at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import attrs

from zenml_pin.audit.facts.document_texts import with_names_taken
from zenml_pin.audit.facts.pins import Problem
from zenml_pin.audit.report import DocumentReport, PinReport, SourceReport
from zenml_pin.audit.rules import RULES, Finding
from zenml_pin.base.text import printable
from zenml_pin.errors import SourceSyntaxError
from zenml_pin.source import Source


@attrs.frozen
class Sources:
    """The sources of some documents, each text once.

    Attributes:
        pinned: Those that are pinned to a commit, by text.
        others: Those that are not.
        broken: What is wrong with texts that are no sources (ZP007).
    """

    pinned: dict[str, Source]
    others: dict[str, Source]
    broken: dict[str, Problem]


def sources_of(documents: Iterable[DocumentReport]) -> Sources:
    """Read the sources of documents."""
    found = Sources({}, {}, {})
    for text in dict.fromkeys(held.source for document in documents for held in document.sources):
        try:
            source = Source.parse(text)
        except SourceSyntaxError as error:
            found.broken[text] = "ZP007", f"'{text[:100]}' is no pinned source: {error.message}", error.hint
            continue
        (found.others if source.commit_id is None else found.pinned)[text] = source
    return found


def gather(
    documents: Iterable[DocumentReport],
    pins: Mapping[str, PinReport],
    problems: Mapping[str, Iterable[Problem]],
) -> tuple[DocumentReport, ...]:
    """Return documents with what is known of their sources.

    Args:
        documents: As they were read.
        pins: What is known of sources that are pinned to a commit, by text.
        problems: What is wrong with the others, by text.
    """
    place = _placer(pins, problems)
    placed = [
        document
        if not document.sources
        else _placed(document, [place(document, held) for held in document.sources])
        for document in documents
    ]
    placed.sort(key=lambda document: (document.path, document.revision))
    return tuple(with_names_taken(placed))


def _placer(
    pins: Mapping[str, PinReport], problems: Mapping[str, Iterable[Problem]]
) -> Callable[[DocumentReport, SourceReport], SourceReport]:
    def place(document: DocumentReport, held: SourceReport) -> SourceReport:
        pin = pins.get(held.source)
        found = pin.findings if pin is not None else problems.get(held.source, ())
        findings = tuple(_finding(document, held, problem) for problem in found)
        return SourceReport(held.source, held.key_path, held.line, held.column, pin, findings)

    return place


def _placed(document: DocumentReport, sources: list[SourceReport]) -> DocumentReport:
    findings = tuple(finding for source in sources for finding in source.findings)
    return attrs.evolve(document, sources=tuple(sources), findings=(*document.findings, *findings))


def _finding(document: DocumentReport, held: SourceReport, problem: Problem) -> Finding:
    rule, message, hint = problem
    return Finding(
        rule=RULES[rule],
        message=printable(message),
        path=document.path,
        line=held.line,
        column=held.column,
        key_path=printable(held.key_path),
        source=held.source,
        hint=printable(hint),
        revision=document.revision,
    )
