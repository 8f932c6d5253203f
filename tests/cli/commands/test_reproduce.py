"""zenml-pin reproduce: text, JSON and a page; exit codes; one line for bad input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.parsed_html import Seen
from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit
from zenml_pin.cli import main
from zenml_pin.cli.plain_data import schema
from zenml_pin.datasources import CSVDatasource

LIBRARY = "import tunelib\n" + trainer(1.0, **{"Line(1.0)": "Line(tunelib.SLOPE)"})
LOUD = trainer(1.0, **{"return Line": "print('from the step')\n        return Line"})


def reproduce(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout, and stderr without the lines that tell the steps."""
    code = main(["reproduce", *arguments])
    out, err = capsys.readouterr()
    return code, out, re.sub(r"^\[\d/\d\] .*\n", "", err, flags=re.MULTILINE)


@pytest.fixture
def edited(project: Project) -> Project:
    """A pipeline that ran with a file that has changed since."""
    Path("rows.csv").write_text("x,y\n1,3\n2,5\n3,7\n4,9\n")
    project.pipeline().add_datasource(CSVDatasource("rows", "rows.csv")).run()
    Path("rows.csv").write_text("x,y\n1,3\n2,5\n3,8\n4,9\n")
    return project


def test_a_run_is_reproduced(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The data first, a line each step, the result last; exit code 0."""
    run = project.pipeline().run()

    code, out, err = reproduce(capsys)

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith(f"run    {run.id} of 'mine' (1): succeeded, ")
    assert lines[1] == "data   the recorded data (datasource identical)"
    assert re.match(r"training +identical +trainers\.step\.MyTrainer@[0-9a-f]{40} ", lines[5])
    assert lines[-1] == "reproduced: 4 outputs are identical"


def test_what_differs_is_said(edited: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The keys and how far, what it means, and exit code 1."""
    code, out, _ = reproduce(capsys, "mine")

    assert code == 1
    assert "data   not the recorded data (datasource different)" in out
    assert "    [2]['y']: recorded 7, now 8 (1 apart, 0.14 of it)\n" in out
    assert out.endswith(
        "the input data is not the recorded one; from the recorded data, 3 outputs are identical\n"
        "not reproduced: datasource different\n"
    )


@pytest.mark.slow
def test_json_is_as_its_schema_says(edited: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """All facts, of a run that was reproduced and of one that was not."""
    code, out, _ = reproduce(capsys, "--format", "json")
    facts: dict[str, Any] = json.loads(out)
    commit(edited.repo, {"trainers": {"step.py": LOUD}})
    edited.pipeline().run()
    capsys.readouterr()
    _, other, err = reproduce(capsys, "--format", "json")

    jsonschema.validate(facts, schema("reproduce"))
    jsonschema.validate(json.loads(other), schema("reproduce"))
    assert (code, facts["is_reproduced"], facts["has_recorded_data"]) == (1, False, False)
    assert facts["steps"][0]["comparison"]["differences"][0]["path"] == "[2]['y']"
    assert "from the step" in err


def test_the_page_shows_everything(edited: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The result, the data, each step with its differences, and what differs around; it loads nothing."""
    code, _, err = reproduce(capsys, "--format", "html", "-o", "page.html")

    page = Path("page.html").read_text()
    seen = Seen(page)
    assert (code, "page.html: " in err) == (1, True)
    for text in ("not reproduced", "not the recorded data", "[2]['y']: recorded 7, now 8", "identical"):
        assert text in seen.text
    assert "Content-Security-Policy" in page


BAD = {
    "no run": (
        ["nobody"],
        "error: no run or pipeline with runs is named 'nobody' (2 here)\nhint: 'zenml-pin runs' lists all\n",
    ),
    "no number": (
        ["mine", "--number", "7"],
        "error: run of pipeline 'mine' has no number 7\nhint: its runs have 1\n",
    ),
    "tolerance": (["--rtol", "-1"], "error: rtol is -1.0\nhint: give a number from 0 on, such as 1e-6\n"),
    "nan": (["--atol", "nan"], "error: atol is nan\nhint: give a number from 0 on, such as 1e-6\n"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """And exit code 2."""
    project.pipeline().run()

    code, out, err = reproduce(capsys, *arguments)

    assert (code, out, err) == (2, "", message)


def test_without_runs_it_says_how_they_are_recorded(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2."""
    code, _, err = reproduce(capsys)

    assert code == 2
    assert err.endswith(
        "/local_store' cannot be used: it has no runs\nhint: 'zenml-pin run' records runs in .zenml/local_store\n"
    )


def command(folder: str, library: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a new process with a library on its path."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([library, folder, *sys.path]), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "zenml_pin", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def install(folder: Path, version: str, slope: float) -> str:
    """Make a folder with a library as pip leaves it."""
    (folder / "tunelib").mkdir(parents=True)
    (folder / "tunelib" / "__init__.py").write_text(f"SLOPE = {slope}\n")
    facts = folder / f"tunelib-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tunelib\nVersion: {version}\n")
    (facts / "RECORD").write_text("tunelib/__init__.py,,\n")
    return str(folder)


@pytest.mark.slow
def test_another_version_of_a_library_is_told_as_what_it_is(project: Project, tmp_path: Path) -> None:
    """The library that the step imports is named, beside the model that it changed; the data is the recorded one."""
    old, new = install(tmp_path / "old", "1.0", 1.0), install(tmp_path / "new", "2.0", 1.5)
    script = (
        "from zenml_pin.datasources import MemoryDatasource\nfrom zenml_pin.pipelines import TrainingPipeline\n"
        "from trainers.step import MyTrainer\n"
        "TrainingPipeline(name='tuned').add_datasource(MemoryDatasource([1])).add_trainer(MyTrainer()).run()\n"
    )
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": LIBRARY}, "tune.py": script})

    ran = command(project.repo.path, old, "run", "tune.py")
    same = command(project.repo.path, old, "reproduce", "tuned")
    other = command(project.repo.path, new, "reproduce", "tuned")

    assert ran.returncode == 0, ran.stderr
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "reproduced: 2 outputs are identical")
    assert other.returncode == 1
    assert "data   the recorded data" in other.stdout
    assert "    .slope: recorded 1.0, now 1.5 (0.5 apart, 0.5 of it)\n" in other.stdout
    assert "  package tunelib: recorded 1.0, now 2.0\n" in other.stdout
    assert other.stdout.endswith(
        "possible causes: tunelib 1.0, now 2.0\nnot reproduced: training different\n"
    )
