"""The store in another folder, as a read-only checkout needs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import snapshot
from tests.support.run_command import run
from zenml_pin.base.environment import STORE
from zenml_pin.base.process_environment import store_in
from zenml_pin.errors import RecordError, UnknownNameError


def test_runs_and_artifacts_go_where_the_variable_says(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written into the checkout; `runs` and `Repository` read the same folder."""
    project.pipeline().save()
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv(STORE, str(elsewhere))
    before = snapshot(project.repo.path)

    ran = run(capsys, "run", "mine")
    listed = run(capsys, "runs")

    assert (ran[0], listed[0], len(listed[1].splitlines())) == (0, 0, 1)
    assert {"runs.sqlite", "artifacts"} <= set(os.listdir(elsewhere))
    assert snapshot(project.repo.path) == before
    assert project.repository.get_runs()[0].metrics
    monkeypatch.delenv(STORE)
    assert project.repository.get_runs() == []


def test_an_option_does_the_same_for_one_run(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also for a script, which calls `run()` itself; afterwards the store is the workspace's again."""
    script = "from zenml_pin import Repository\nRepository().get_pipeline_by_name('mine').run()\n"
    Path("go.py").write_text(script)
    elsewhere = str(tmp_path / "elsewhere")
    project.pipeline().save()

    for what in ("mine", "go.py"):
        assert run(capsys, "run", what, "--store", elsewhere)[0] == 0

    assert STORE not in os.environ
    assert project.repository.get_runs() == []
    with store_in(elsewhere):
        assert len(project.repository.get_runs()) == 2


def test_a_store_that_cannot_be_written_names_the_variable(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error of a run in a read-only checkout has the remedy."""
    project.pipeline().save()
    pipeline = project.repository.get_pipeline_by_name("mine")
    # Nobody can make a folder below a file, whoever runs the test.
    with store_in(str(Path(__file__) / "store")):
        pipeline = project.repository.get_pipeline_by_name("mine")
        with pytest.raises(RecordError, match="cannot be used") as caught:
            pipeline.run()
        code, _, err = run(capsys, "run", "mine")

    assert "ZENML_PIN_STORE" in caught.value.hint
    assert (code, "--store" in err) == (1, True), err


def test_an_output_that_was_deleted_does_not_hide_the_others(project: Project) -> None:
    """`outputs` opens each when it is looked up; the error says which file is missing, and counts nothing."""
    finished = project.pipeline().run()
    sha256 = next(step.output for step in finished.steps if step.output_name == "model") or ""
    os.remove(f".zenml/local_store/artifacts/{sha256[:2]}/{sha256}.pickle")

    outputs = finished.outputs

    assert set(outputs) == {"data", "splits", "model", "metrics"}
    assert outputs["metrics"] == finished.metrics
    with pytest.raises(UnknownNameError, match=f"^no artifact is named '{sha256}'") as caught:
        outputs["model"]
    assert "running the pipeline again" in caught.value.hint
    with pytest.raises(KeyError):
        outputs["nothing"]
