"""Pins against the record of runs: who moved a pin is not silent (ZP021)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head
from zenml_pin.audit import AuditReport, audit, check
from zenml_pin.cli import main

MINE = Path("pipelines/mine.yaml")


def moved(report: AuditReport) -> list[tuple[str, str]]:
    """Return place and message of each ZP021."""
    return [(finding.place, finding.message) for finding in report.findings if finding.rule.id == "ZP021"]


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("command", [check, audit], ids=["check", "audit"])
def test_a_pin_that_moved_after_its_run_is_a_note(project: Project, command: type) -> None:
    """With location, both commits and the run; the gate still passes, because nothing is broken."""
    run = project.pipeline().run()
    old = get_head(project.repo)
    new = project.commit_trainer(2.0)
    assert moved(command()) == []

    main(["pin", "--update", str(MINE)])

    commit(project.repo, {"pipelines": {"mine.yaml": MINE.read_text()}}, base=new)
    report = command()
    line = MINE.read_text().split(new)[0].count("\n") + 1
    ((place, message),) = moved(report)
    assert place.startswith(f"pipelines/mine.yaml:{line}:")
    assert (
        message == f"'trainers.step.MyTrainer' is pinned to {new}, but ran from commit {old} in run {run.id}"
    )
    assert report.is_clean


@pytest.mark.slow
def test_a_pin_that_was_filled_in_later_is_a_note(project: Project) -> None:
    """The run had edited code without a pin, and the commit need not be that code."""
    project.edit_trainer(3.0)
    with pytest.warns(UserWarning, match="stays unpinned"):
        run = project.pipeline().run()
    new = project.commit_trainer(3.5)

    main(["pin", str(MINE)])

    ((_, message),) = moved(check())
    assert message == f"'trainers.step.MyTrainer' is pinned to {new}, but ran without a pin in run {run.id}"


def test_two_numbers_of_a_name_are_not_compared(project: Project) -> None:
    """Each document has its own runs."""
    project.pipeline().run()
    project.commit_trainer(2.0)
    project.pipeline().run()

    assert moved(check()) == []
    assert project.documents() == ["mine-2.yaml", "mine.yaml"]


def test_a_record_that_cannot_be_read_is_a_note_of_the_report(project: Project) -> None:
    """The check goes on, and says what it did not compare."""
    project.pipeline().run()
    Path(".zenml/local_store/runs.sqlite").write_text("no database" * 100)

    report = check()

    assert moved(report) == []
    assert len(report.notes) == 1
    assert "pins are not compared with what ran" in report.notes[0]
