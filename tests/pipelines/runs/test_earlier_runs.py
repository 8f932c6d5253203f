"""What a run says about the runs that it repeats and reuses: other data, other packages."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head
from tests.support.run_command import run
from zenml_pin.base import distributions
from zenml_pin.datasources import CSVDatasource
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.pipelines.runs import run_environment

STEP = """\
import hypothesis
from zenml_pin.steps import BaseTrainerStep


class Count(BaseTrainerStep):
    def run_fn(self, data):
        return len(data)
"""


@pytest.fixture
def saved(project: Project) -> Project:
    """A document that reads a file, and whose trainer imports a library that requires another one."""
    files = {"trainers": {"__init__.py": "", "count.py": STEP}}
    commit(project.repo, files, base=get_head(project.repo))
    Path("data.csv").write_text("x\n1\n2\n")
    step = project.trainer_class("Count", "trainers.count")()
    TrainingPipeline(name="count").add_datasource(CSVDatasource(path="data.csv")).add_trainer(step).save()
    return project


def notes(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Run the document; return the notes of the JSON, after they were compared with those on stderr."""
    code, out, err = run(capsys, "run", "count", "--format", "json", *words)
    assert code == 0, err
    listed: list[str] = json.loads(out)["notes"]
    assert [line for line in err.splitlines() if line.startswith("note: ")] == [
        f"note: {one}" for one in listed
    ]
    return listed


def use(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    """Let runs record other versions of packages."""
    monkeypatch.setattr(run_environment, "packages", lambda: distributions.packages() | versions)


def test_the_same_run_again_says_nothing(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Also the first one."""
    assert [notes(capsys), notes(capsys), notes(capsys, "--no-cache")] == [[], [], []]


def test_other_data_is_told(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, with the run that had the other data; then these are the data of the last run."""
    notes(capsys)
    [first] = saved.repository.get_runs()
    Path("data.csv").write_text("x\n1\n")

    [note] = notes(capsys)

    assert note.startswith(f"'datasource' returned other data than in run {first.id} of the same document")
    assert notes(capsys) == []


def test_other_packages_are_told(
    saved: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that the code needs first; a cached step tells only of them."""
    notes(capsys)
    first = saved.repository.get_runs()[0].id
    use(monkeypatch, sortedcontainers="0.1", rich="0.2")

    repeated, cached = notes(capsys)
    later = notes(capsys)

    old = {name: distributions.version_of(name) for name in ("sortedcontainers", "rich")}
    text = f"sortedcontainers {old['sortedcontainers']} (now 0.1)"
    assert repeated == (
        f"run {first} of the same document had other versions: {text}, rich {old['rich']} (now 0.2)"
    )
    assert cached == f"'training' is cached from run {first}, which had other versions: {text}"
    assert later == [cached]
    assert notes(capsys, "--no-cache") == []


def test_in_python_it_is_logged(
    saved: Project, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a warning where the result may be another one for that reason."""
    pipeline: Any = saved.repository.get_pipeline_by_name("count")
    pipeline.run()
    Path("data.csv").write_text("x\n1\n")
    use(monkeypatch, rich="0.2")

    with caplog.at_level(logging.INFO, logger="zenml_pin"):
        pipeline.run()

    levels = [record.levelno for record in caplog.records if "same document" in record.getMessage()]
    assert levels == [logging.WARNING, logging.INFO]
