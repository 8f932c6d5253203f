"""The workspace: its documents, and the commits that they name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from zenml_pin.audit.checking import check
from zenml_pin.audit.diagnosis.checklist import Check, Outcome
from zenml_pin.audit.report import AuditReport
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.registry import here
from zenml_pin.workspace.config import Workspace, find_workspace, get_workspace_at

_AREA = "workspace"
_MISSING, _UNREADABLE = "ZP003", "ZP009"


def checks(repository: GitRepository) -> Iterator[Check]:
    """Yield what is to be said of the workspace of a repository."""
    start = here() if repository.relative(here()) is not None else repository.root
    yield _found(start)
    place = get_workspace_at(start)
    yield _pipelines(place)
    if os.path.isdir(place.pipelines_dir):
        report = check(repo=repository.root)
        yield _documents(report)
        yield _commits(report)
    yield _writable(place)


def _found(start: str) -> Check:
    workspace = find_workspace(start)
    if workspace is None:
        said = "none: the root of the repository stands for one"
        return Check(_AREA, "workspace", Outcome.NOTE, said, "zenml-pin init")
    return Check(_AREA, "workspace", Outcome.OK, workspace.root)


def _pipelines(place: Workspace) -> Check:
    if not os.path.isdir(place.pipelines_dir):
        said = f"'{place.pipelines_dir}' is not there yet"
        return Check(_AREA, "pipelines folder", Outcome.NOTE, said, "the first run or save makes it")
    return Check(_AREA, "pipelines folder", Outcome.OK, place.pipelines_dir)


def _documents(report: AuditReport) -> Check:
    broken = [finding for finding in report.findings if finding.rule.id == _UNREADABLE]
    if broken:
        said = (
            f"{len(broken)} of {len(report.documents)} cannot be read: {broken[0].place}: {broken[0].message}"
        )
        return Check(
            _AREA,
            "documents",
            Outcome.PROBLEM,
            said,
            broken[0].hint or "mend it; 'zenml-pin check' lists all",
        )
    return Check(_AREA, "documents", Outcome.OK, f"{len(report.documents)} readable")


def _commits(report: AuditReport) -> Check:
    missing = sorted(
        {
            source.source
            for source in report.sources
            if any(held.rule.id == _MISSING for held in source.findings)
        }
    )
    if missing:
        said = f"{len(missing)} of {len(report.pins)} name a commit that is not here, such as {missing[0]}"
        remedy = "fetch it, or list a repository or a bundle that has it in ZENML_PIN_PATH"
        return Check(_AREA, "pins", Outcome.PROBLEM, said, remedy)
    return Check(_AREA, "pins", Outcome.OK, f"the commits of all {len(report.pins)} are here")


def _writable(place: Workspace) -> Check:
    for folder in (place.pipelines_dir, place.store_dir):
        nearest = folder
        while not os.path.exists(nearest) and os.path.dirname(nearest) != nearest:
            nearest = os.path.dirname(nearest)
        if not os.access(nearest, os.W_OK):
            said = f"'{nearest}' cannot be written: pins load, and no run can be recorded"
            return Check(_AREA, "write access", Outcome.NOTE, said, "run pipelines where it can be written")
    return Check(_AREA, "write access", Outcome.OK, "runs can be recorded")
