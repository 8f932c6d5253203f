"""How a notebook shows a run, a list of runs, and the checklist of doctor()."""

from __future__ import annotations

import pytest

from tests.support.parsed_html import Seen
from tests.support.pipeline_project import Project
from zenml_pin.audit import doctor
from zenml_pin.pipelines.repository import Repository


def test_run_shows_its_steps_and_metrics(project: Project) -> None:
    """The outcome, the time as a date, each step with its pin, and each metric."""
    run = project.pipeline().run()

    text = Seen(run._repr_html_()).text

    assert f"{run.pipeline} ({run.number})" in text
    assert all(word in text for word in ("succeeded", run.id, "+0000", run.steps[2].source))
    assert all(name in text and str(value) in text for name, value in run.metrics.items())


def test_list_of_runs_is_a_table(project: Project) -> None:
    """A line for each run; it stays a list."""
    first, second = project.pipeline().run(), project.pipeline().run()

    runs = Repository(project.repo.path).get_runs()

    assert [run.id for run in runs] == [first.id, second.id]
    text = Seen(runs._repr_html_()).text  # type: ignore[attr-defined]
    assert text.count("succeeded") == 2
    assert first.id in text
    assert second.id in text


def test_checklist_shows_each_check(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence, each fact, and its remedy."""
    diagnosis = doctor()

    text = Seen(diagnosis._repr_html_()).text

    assert all(check.name in text and check.remedy in text for check in diagnosis.checks)
