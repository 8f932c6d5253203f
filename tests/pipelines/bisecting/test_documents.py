"""Bisecting a pipeline: its document runs with the code of each commit, in a store of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit
from zenml_pin.audit import bisect
from zenml_pin.errors import RevisionError, UnknownNameError, UnsupportedError
from zenml_pin.resolver import load


@pytest.fixture
def slopes(project: Project) -> tuple[Project, list[str]]:
    """A pipeline whose trainer is right (slope 2) in three commits, and then wrong."""
    ids = [project.commit_trainer(slope) for slope in (2.0, 2.00001, 2.00002)]
    project.pipeline().run()
    ids += [project.commit_trainer(slope) for slope in (3.0, 3.1, 3.2)]
    return project, ids


@pytest.mark.slow
def test_metric_finds_the_commit(slopes: tuple[Project, list[str]]) -> None:
    """The first commit whose metric is out of bounds; the user's runs and documents stay as they are."""
    project, ids = slopes
    runs, documents = len(project.repository.store.runs()), project.documents()

    report = bisect("mine", good=ids[0], metric="rmse", maximum=0.5)

    assert report.bisection.first_bad == ids[3]
    assert [one.verdict.value for one in report.bisection.tested if one.commit_id == ids[0]] == [0.0]
    assert [difference.verdict.value for difference in report.differences] == ["class"]
    assert (len(project.repository.store.runs()), project.documents()) == (runs, documents)


@pytest.mark.slow
def test_pipeline_that_fails_is_bad_without_a_metric(slopes: tuple[Project, list[str]]) -> None:
    """With a metric it cannot be judged."""
    project, ids = slopes
    text = Path("trainers/step.py").read_text().replace("return Line", "return 1 / 0, Line")
    broken = commit(project.repo, {"trainers": {"step.py": text}})

    report = bisect("mine", good=ids[0])

    assert report.bisection.first_bad == broken
    assert "ZeroDivisionError" in report.bisection.tested[0].verdict.message


@pytest.mark.slow
def test_class_that_the_bad_commit_lost_is_not_run_from_its_pin(slopes: tuple[Project, list[str]]) -> None:
    """It cannot be judged there; the code of the pin would say that it is good."""
    project, ids = slopes
    text = Path("trainers/step.py").read_text()
    commit(project.repo, {"trainers": {"__init__.py": "", "moved.py": text}})

    with pytest.raises(
        RevisionError, match=r"is said to be bad, and cannot be judged: .* has no module 'step'"
    ):
        bisect("mine", good=ids[0], metric="rmse", maximum=0.5)
    assert bisect("mine", good=ids[0], bad=ids[-1], metric="rmse", maximum=0.5).bisection.first_bad == ids[3]


JUDGE = """\
from zenml_pin.steps import BaseEvaluatorStep


class Judge(BaseEvaluatorStep):
    def run_fn(self, model):
        return {"slope": model.slope}
"""


@pytest.mark.slow
def test_class_that_no_end_has_runs_from_its_pin(slopes: tuple[Project, list[str]]) -> None:
    """The working tree has it neither, so it is the same in every trial; the others move."""
    project, ids = slopes
    beside = commit(project.repo, {"judges": {"__init__.py": "", "mine.py": JUDGE}}, base=ids[0])
    judge = load(f"judges.mine.Judge@{beside}", repo=project.repo.path)
    commit(project.repo, {"trainers": {"__init__.py": ""}}, base=ids[-1])
    project.pipeline("judged").add_evaluator(judge()).save()

    report = bisect("judged", good=ids[0], bad=ids[-1], metric="slope", maximum=2.5)

    assert report.bisection.first_bad == ids[3]


def test_bad_input(slopes: tuple[Project, list[str]]) -> None:
    """A metric that no run has, a test of a pipeline, a name that does not exist."""
    _, ids = slopes

    with pytest.raises(UnknownNameError, match="no metric is named 'rms'") as caught:
        bisect("mine", good=ids[0], metric="rms", maximum=0.5)
    assert caught.value.hint == "the run has rows, mae, mse, rmse, r2"
    with pytest.raises(UnknownNameError, match="no class is named 'mine'"):
        bisect("mine", good=ids[0], test="checks:f")
    with pytest.raises(UnsupportedError, match="behind walls"):
        bisect("mine", good=ids[0], sandbox="auto")
