"""The workspace: its documents, and the commits that they name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from zenml_pin.audit.checking import check
from zenml_pin.audit.diagnosis.checklist import Check, Outcome
from zenml_pin.audit.report import AuditReport
from zenml_pin.git.any_repository import here
from zenml_pin.git.repository import GitRepository
from zenml_pin.workspace.config import Workspace, find_workspace, get_workspace_at

_AREA = "workspace"
_MISSING, _UNREADABLE = "ZP003", "ZP009"


def checks(repository: GitRepository) -> Iterator[Check]:
    """Yield the checks of a repository's workspace."""
    start = here() if repository.relative(here()) is not None else repository.root
    yield _root(start)
    workspace = get_workspace_at(start)
    yield _pipelines(workspace)
    if os.path.isdir(workspace.pipelines_dir):
        report = check(repo=repository.root)
        yield _documents(report)
        yield _commits(report)
    yield _writable(workspace)


def _root(start: str) -> Check:
    workspace = find_workspace(start)
    if workspace is None:
        fact = "none: the root of the repository is used instead"
        return Check(_AREA, "workspace", Outcome.NOTE, fact, "zenml-pin init")
    return Check(_AREA, "workspace", Outcome.OK, workspace.root)


def _pipelines(workspace: Workspace) -> Check:
    if not os.path.isdir(workspace.pipelines_dir):
        fact = f"'{workspace.pipelines_dir}' does not exist yet"
        return Check(_AREA, "pipelines folder", Outcome.NOTE, fact, "the first run or save makes it")
    return Check(_AREA, "pipelines folder", Outcome.OK, workspace.pipelines_dir)


def _documents(report: AuditReport) -> Check:
    unreadable = [finding for finding in report.findings if finding.rule.id == _UNREADABLE]
    if unreadable:
        first = unreadable[0]
        fact = f"{len(unreadable)} of {len(report.documents)} cannot be read: {first.place}: {first.message}"
        remedy = first.hint or "correct it; 'zenml-pin check' lists all"
        return Check(_AREA, "documents", Outcome.PROBLEM, fact, remedy)
    return Check(_AREA, "documents", Outcome.OK, f"{len(report.documents)} readable")


def _commits(report: AuditReport) -> Check:
    missing = sorted(
        {
            source.source
            for source in report.sources
            if any(finding.rule.id == _MISSING for finding in source.findings)
        }
    )
    if missing:
        fact = f"{len(missing)} of {len(report.pins)} name a commit that is not here, such as {missing[0]}"
        remedy = "fetch it, or list a repository or a bundle that has it in ZENML_PIN_PATH"
        return Check(_AREA, "pins", Outcome.PROBLEM, fact, remedy)
    return Check(_AREA, "pins", Outcome.OK, f"the commits of all {len(report.pins)} are here")


def _writable(workspace: Workspace) -> Check:
    store, documents = (_not_writable(path) for path in (workspace.store_dir, workspace.pipelines_dir))
    if store is not None:
        fact = f"'{store}' is not writable: pins load, but runs cannot be recorded"
        remedy = "name a writable folder with ZENML_PIN_STORE (run --store)"
        return Check(_AREA, "write access", Outcome.NOTE, fact, remedy)
    if documents is not None:
        fact = f"'{documents}' is not writable: runs can be recorded, but no new documents"
        return Check(_AREA, "write access", Outcome.NOTE, fact, "run new pipelines in a writable folder")
    return Check(_AREA, "write access", Outcome.OK, "runs can be recorded")


def _not_writable(folder: str) -> str | None:
    """Return the folder, or the nearest above it that exists, if nothing can be written there."""
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return None if os.access(folder, os.W_OK) else folder
