"""zenml-pin store: show, gc, export and artifact."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.pipeline_project import Project
from tests.support.run_command import run
from zenml_pin.cli.plain_data import schema
from zenml_pin.pipelines import Run


@pytest.fixture
def finished(project: Project) -> Run:
    """A run with metrics."""
    return project.pipeline().run()


def answer(capsys: pytest.CaptureFixture[str], command: str, *words: str) -> dict[str, Any]:
    """Return the JSON of a command, after it was compared with the schema."""
    code, out, err = run(capsys, *words, "--format", "json")
    assert code in (0, 1), err
    facts: dict[str, Any] = json.loads(out)
    jsonschema.validate(facts, schema(command))
    return facts


@pytest.mark.slow
def test_the_store_is_shown(finished: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Facts first, and then a line for each artifact with what refers to it, the largest first."""
    code, out, err = run(capsys, "store")
    facts = answer(capsys, "store", "store")

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith("store        /")
    assert lines[2] == "runs         1 (1 succeeded)"
    rows = [line.split("\t") for line in lines if "\t" in line]
    assert {kind for _, kind, _, _ in rows} == {"pickle", "json"}
    assert any(f"run {finished.id} (output 'metrics' of evaluator)" in row[3] for row in rows)
    assert [one["id"] for one in facts["artifacts"]] == [row[0] for row in rows]
    assert facts["bytes"] > 0
    assert facts["missing"] == {}


def test_gc_tells_what_it_removes(
    finished: Run, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --dry-run it only tells; a second time nothing is left to remove."""
    project.pipeline().run()
    words = ("store", "gc", "--keep-runs", "1")

    dry = run(capsys, *words, "--dry-run")
    facts = answer(capsys, "store_gc", *words, "--dry-run")
    done = run(capsys, *words)
    again = run(capsys, *words)

    assert dry[1].splitlines()[0] == f"run          {finished.id}  mine (1)  succeeded"
    assert dry[1].splitlines()[-1].startswith("would remove 1 run, 0 artifacts, 0 leftovers")
    assert (facts["runs"], facts["is_dry_run"]) == ([finished.id], True)
    assert done[1].splitlines()[-1].startswith("removed      1 run")
    assert again[1] == "removed      0 runs, 0 artifacts, 0 leftovers: 0 bytes\n"
    assert [code for code, _, _ in (dry, done, again)] == [0, 0, 0]


def test_gc_by_age(finished: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A run of today is not older than a day, and is older than no time at all."""
    assert "0 runs" in run(capsys, "store", "gc", "--older-than", "1d")[1]
    assert "1 run," in run(capsys, "store", "gc", "--older-than", "0h")[1]


@pytest.mark.slow
def test_a_run_is_exported_with_all_it_refers_to(
    finished: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outputs have the names of their steps; the document comes along; run.json says which file is which."""
    code, out, err = run(capsys, "store", "export", finished.id, "-o", str(tmp_path / "one"))
    facts = answer(capsys, "store_export", "store", "export", finished.id, "-o", str(tmp_path / "two"))

    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"run          {finished.id}"
    folder = tmp_path / "one"
    assert json.loads((folder / "outputs" / "04-evaluator.metrics.json").read_text()) == finished.metrics
    assert pickle.loads((folder / "outputs" / "01-datasource.data.pickle").read_bytes()) == finished.output(
        "data"
    )
    assert (folder / "pipelines" / "mine.yaml").read_bytes() == Path("pipelines/mine.yaml").read_bytes()
    about = json.loads((folder / "run.json").read_text())
    assert about["run"]["id"] == finished.id
    assert about["files"] == facts["files"]
    assert all((tmp_path / "two" / path).is_file() for path in facts["files"].values())
    assert set(os.listdir(tmp_path)) - {"repo"} == {"one", "two"}


def test_an_export_without_an_artifact_says_which(
    finished: Run, project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is exported, and the exit code is 1."""
    model = finished.steps[2].output or ""
    os.unlink(project.repository.store.artifacts.path_of(model))

    code, out, _ = run(capsys, "store", "export", finished.id, "-o", str(tmp_path / "run"))

    assert code == 1
    assert f"missing      {model}" in out
    assert (tmp_path / "run" / "outputs" / "01-datasource.data.pickle").is_file()


@pytest.mark.slow
def test_an_artifact_is_written_to_a_file(
    finished: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its id, or the first digits of it."""
    name = finished.steps[3].output or ""

    code, out, _ = run(capsys, "store", "artifact", name[:12], "-o", str(tmp_path / "metrics.json"))
    facts = answer(capsys, "store_artifact", "store", "artifact", name, "-o", str(tmp_path / "again.json"))

    assert (code, out.splitlines()[0]) == (0, f"artifact     {name}")
    assert json.loads((tmp_path / "metrics.json").read_text()) == finished.metrics
    assert facts["artifact"] == name


REFUSED = {
    "a run that is none": (["export", "20200101-000000-abcdef", "-o", "out"], "no run is named"),
    "a folder that is full": (["export", "{run}", "-o", "pipelines"], "exists already"),
    "a folder that cannot be": (["export", "{run}", "-o", "setup.cfg/x"], "cannot be written"),
    "an artifact that is none": (["artifact", "0123456789", "-o", "out"], "no artifact is named"),
    "too few digits": (["artifact", "", "-o", "out"], "no artifact is named ''"),
    "a file that cannot be": (["artifact", "{artifact}", "-o", "no/such/folder"], "cannot be written"),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_one_line(
    finished: Run, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    """And exit code 2; nothing is written."""
    Path("setup.cfg").touch()
    facts = {"run": finished.id, "artifact": finished.steps[0].output}
    before = sorted(os.listdir("."))

    code, out, err = run(capsys, "store", *(word.format(**facts) for word in words))

    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert (code, out, len(errors)) == (2, "", 1)
    assert message in errors[0]
    assert sorted(os.listdir(".")) == before


@pytest.mark.parametrize(
    "words", [["--keep-runs", "-1"], ["--keep-runs=all"], ["--older-than", "30"], ["--older-than", "d"]]
)
def test_numbers_and_ages_are_checked(
    project: Project, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Before anything is removed."""
    with pytest.raises(SystemExit) as caught:
        run(capsys, "store", "gc", *words)

    assert caught.value.code == 2
    assert "error: argument --" in capsys.readouterr().err


def test_options_of_all_commands_stand_anywhere(
    finished: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the command, behind it, and behind the command of the command."""
    folder = os.getcwd()
    monkeypatch.chdir("/")
    orders = (
        ("-C", folder, "store", "gc", "--dry-run"),
        ("store", "-C", folder, "gc", "--dry-run"),
        ("store", "gc", "--dry-run", "-q", "-C", folder),
    )

    answers = []
    for words in orders:
        answers.append(run(capsys, *words))
        monkeypatch.chdir("/")

    assert answers == [(0, "would remove 0 runs, 0 artifacts, 0 leftovers: 0 bytes\n", "")] * 3
