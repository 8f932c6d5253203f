"""Reproduce the newest recorded run of each document, and report the runs that were not reproduced (ZP028)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zenml_pin.audit.report import DocumentReport, ReproductionReport
from zenml_pin.audit.rules import RULES, Finding
from zenml_pin.base.text import printable
from zenml_pin.base.values import evolve
from zenml_pin.errors import PinError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import Progress
    from zenml_pin.pipelines.runs.run import Run

_NO_RUN = ReproductionReport(None, None, "no run of it that succeeded is recorded here")


def reproduce_each(
    documents: Iterable[DocumentReport], start: str, progress: Progress
) -> dict[str, ReproductionReport]:
    """Return what came of running the newest run of each document again, by the document's path.

    Args:
        documents: The documents. Those of another time are left out.
        start: A folder at or below the workspace.
        progress: Called for each document.

    Raises:
        RecordError: The record of runs cannot be read.
    """
    from zenml_pin.pipelines.runs.run import SUCCEEDED
    from zenml_pin.pipelines.runs.store import LocalStore
    from zenml_pin.workspace.config import get_workspace_at

    current = [document for document in documents if document.is_current and document.name is not None]
    runs = {
        (run.pipeline, run.number): run
        for run in LocalStore.of(get_workspace_at(start)).runs()
        if run.outcome == SUCCEEDED
    }
    reports = {}
    for done, document in enumerate(current, 1):
        run = runs.get((document.name or "", document.number))
        reports[document.path] = _NO_RUN if run is None else _reproduced(run, start)
        progress("runs", done, len(current))
    return reports


def _reproduced(run: Run, start: str) -> ReproductionReport:
    from zenml_pin.pipelines.reproducing.reproducing import reproduce

    try:
        reproduction = reproduce(run, repo=start)
    except PinError as error:
        return ReproductionReport(run.id, False, f"not reproduced: {error.message}")
    return ReproductionReport(run.id, reproduction.is_reproduced, reproduction.summary)


def with_reproductions(
    documents: Iterable[DocumentReport], reports: Mapping[str, ReproductionReport]
) -> tuple[DocumentReport, ...]:
    """Return documents with their reproductions; add a finding for each that is not what was recorded."""
    return tuple(
        _with(document, reports[document.path])
        if document.is_current and document.path in reports
        else document
        for document in documents
    )


def _with(document: DocumentReport, report: ReproductionReport) -> DocumentReport:
    document = evolve(document, reproduction=report)
    if report.is_reproduced is not False:
        return document
    finding = Finding(
        rule=RULES["ZP028"],
        message=printable(f"run {report.run} was {report.summary}"),
        path=document.path,
        hint=f"'zenml-pin reproduce {report.run}' says where the outputs differ, and what differs around the run",
        revision=document.revision,
    )
    return evolve(document, findings=(*document.findings, finding))
