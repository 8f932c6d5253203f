"""Compare documents with the record of runs: a pin that is not the one that ran was moved by somebody."""

from __future__ import annotations

import os
from collections.abc import Iterable

from zenml_pin.audit.facts.document_facts import finding_about
from zenml_pin.audit.report import DocumentReport, SourceReport
from zenml_pin.audit.rules import Finding
from zenml_pin.base.values import evolve
from zenml_pin.errors import PinError
from zenml_pin.git.repository import GitRepository
from zenml_pin.workspace.config import get_workspace_at

_HINT = "the document does not say what ran: take it from git, or run it again under another name"

# Pipeline, number and key: the recorded sources, oldest first, each with the id of its first run.
_Recorded = dict[tuple[str | None, int, str], dict[str, str]]


def with_moved_pins(
    documents: Iterable[DocumentReport], repository: GitRepository, start: str, notes: list[str]
) -> tuple[DocumentReport, ...]:
    """Return documents; add findings (ZP021) for pins that are not those of the recorded runs.

    Args:
        documents: The documents. Those of another time are returned as they are.
        repository: The repository. Without a working tree, it has no record.
        start: A folder at or below the workspace.
        notes: Filled with the reason if the record cannot be read.
    """
    documents = tuple(documents)
    if repository.layout.worktree is None:
        return documents
    try:
        recorded = _read(get_workspace_at(start).store_dir)
    except PinError as error:
        notes.append(f"pins are not compared with what ran: {error.message}")
        return documents
    return tuple(_compare(document, recorded) for document in documents) if recorded else documents


def _read(store: str) -> _Recorded:
    recorded: _Recorded = {}
    if not os.path.isdir(store):
        return recorded
    # Imported here: most repositories in CI have no record, and SQLite takes longer than a small check.
    from zenml_pin.pipelines.runs.store import LocalStore

    for pipeline, number, key, source, run_id in LocalStore(store).record.sources():
        recorded.setdefault((pipeline, number, key), {})[source] = run_id
    return recorded


def _compare(document: DocumentReport, recorded: _Recorded) -> DocumentReport:
    if not document.is_current:
        return document
    sources = []
    for source in document.sources:
        finding = _find_move(document, source, recorded)
        if finding is not None:
            source = evolve(source, findings=(*source.findings, finding))
            document = evolve(document, findings=(*document.findings, finding))
        sources.append(source)
    return evolve(document, sources=tuple(sources))


def _find_move(document: DocumentReport, source: SourceReport, recorded: _Recorded) -> Finding | None:
    """Return a finding if a run of the document had the class of a source at another commit."""
    dotted, _, pin = source.source.partition("@")
    ran = recorded.get((document.name, document.number, source.step), {})
    others = {text: run_id for text, run_id in ran.items() if text.partition("@")[0] == dotted}
    others.pop(source.source, None)
    # The arguments and the backend of a step name classes too; the record has the class of the step.
    is_own = source.key_path.endswith(f"{source.step}.source")
    if not is_own or source.pin is None or not others:
        return None
    text, run_id = next(iter(others.items()))
    ran_at = text.partition("@")[2]
    ran_as = f"from commit {ran_at}" if ran_at else "without a pin"
    fact = f"'{dotted}' is pinned to {pin}, but ran {ran_as} in run {run_id}"
    return finding_about(document, source, ("ZP021", fact, _HINT))
