"""Each command that prints facts prints them as JSON too, as the schema that ships describes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head, write
from tests.support.run_command import run
from tests.support.run_on_terminal import on_a_terminal
from zenml_pin.cli import plain_data
from zenml_pin.cli.plain_data import schema

SCHEMA = Path(plain_data.__file__).with_name("schema.json")
LOUD = """\
from zenml_pin.steps import BaseTrainerStep
import os

class Loud(BaseTrainerStep):
    def run_fn(self, splits):
        print("from Python")
        os.system("echo from a process")
        return 1
"""


@pytest.fixture
def ran(project: Project) -> Project:
    """A pipeline that ran once, and a document that cannot be read."""
    project.pipeline(enable_cache=False).run()
    return project


def answer(capsys: pytest.CaptureFixture[str], command: str, *words: str) -> dict[str, Any]:
    """Return the JSON of a command, after it was compared with the schema."""
    code, out, err = run(capsys, *words, "--format", "json")
    assert code in (0, 1), err
    facts: dict[str, Any] = json.loads(out)
    jsonschema.validate(facts, schema(command))
    return facts


@pytest.mark.slow
def test_schemas_are_schemas() -> None:
    """Each is valid by itself."""
    for command in json.loads(SCHEMA.read_bytes())["$defs"]:
        jsonschema.Draft202012Validator.check_schema(schema(command))


@pytest.mark.slow
def test_facts_about_pins(ran: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """status, pin, load, ls and bundle."""
    head = get_head(ran.repo)
    name = "trainers.step.MyTrainer"

    assert answer(capsys, "status", "status", name, "trainers")["answers"][0]["is_clean"] is True
    assert answer(capsys, "pin", "pin", name)["answers"] == [{"source": f"{name}@{head}", "is_pinned": True}]
    loaded = answer(capsys, "load", "load", f"{name}@HEAD")
    assert loaded["commit"]["id"] == head
    assert {file["path"] for file in loaded["files"]} >= {"trainers/step.py"}
    assert answer(capsys, "ls", "ls", name)["entries"][-1]["type"] == "blob"
    bundled = answer(capsys, "bundle", "bundle", name, "-o", str(tmp_path / "pins.bundle"))
    assert bundled["pins"] == [f"{name}@{head}"]
    assert bundled["bytes"] == (tmp_path / "pins.bundle").stat().st_size
    write(ran.repo, {"trainers": {"step.py": "class MyTrainer: pass\n"}})
    (status,) = answer(capsys, "status", "status", name)["answers"]
    assert status["changes"] == [{"path": "trainers/step.py", "kind": "modified", "reason": ""}]
    assert answer(capsys, "load", "load", name)["commit"] is None
    document = answer(capsys, "pin", "pin", "pipelines/mine.yaml", "--dry-run")["answers"][0]
    assert document["document"] == "pipelines/mine.yaml"


@pytest.mark.slow
def test_facts_about_history(ran: Project, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """diff, versions, verify and doctor."""
    name, first = "trainers.step.MyTrainer", get_head(ran.repo)
    ran.commit_trainer(2.0)

    compared = answer(capsys, "diff", "diff", f"{name}@{first}")
    assert [(file["path"], file["kind"]) for file in compared["files"]] == [("trainers/step.py", "modified")]
    versions = answer(capsys, "versions", "versions", name)["versions"]
    assert [version["kind"] for version in versions] == ["changed", "added"]
    assert answer(capsys, "verify", "verify", f"{name}@{first}")["verified"] is True
    run(capsys, "bundle", f"{name}@{first}", "-o", str(tmp_path / "pin.bundle"))
    carried = answer(capsys, "verify_bundle", "verify", str(tmp_path / "pin.bundle"))
    assert [commit["id"] for commit in carried["commits"]] == [first]
    areas = {check["area"] for check in answer(capsys, "doctor", "doctor")["checks"]}
    assert {"interpreter", "repository"} <= areas


@pytest.mark.slow
def test_facts_of_an_isolated_load(ran: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """How it ended, and the facts about the class."""
    trial = answer(capsys, "isolated_load", "load", "--isolated", "trainers.step.MyTrainer@HEAD")

    assert trial["outcome"] == "loaded"
    assert trial["facts"]["name"] == "MyTrainer"


@pytest.mark.slow
def test_facts_about_a_workspace(ran: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """init, pipelines, steps and runs; documents that cannot be read are listed, and the exit code is 1."""
    write(ran.repo, {"pipelines": {"broken.yaml": "a: [\n"}})

    assert answer(capsys, "init", "init")["workspace"] == ran.repo.path
    listed = answer(capsys, "pipelines", "pipelines")
    assert [(one["name"], one["number"], one["unpinned"]) for one in listed["pipelines"]] == [("mine", 1, 0)]
    assert [Path(one["path"]).name for one in listed["broken"]] == ["broken.yaml"]
    steps = answer(capsys, "steps", "steps")["steps"]
    assert any(step["source"].startswith("trainers.step.MyTrainer@") for step in steps)
    (entry,) = answer(capsys, "runs", "runs")["runs"]
    assert (entry["pipeline"], entry["outcome"]) == ("mine", "succeeded")
    assert next(step["key"] for step in entry["steps"]) == "datasource"
    assert answer(capsys, "run", "run", "mine")["run"]["metrics"] == entry["metrics"]


@pytest.mark.slow
def test_prints_of_steps_do_not_mix_with_the_answer(project: Project) -> None:
    """What a step and its processes print goes to stderr, with a line for each step."""
    commit(project.repo, {"trainers": {"loud.py": LOUD}}, base=get_head(project.repo))
    write(project.repo, {"trainers": {"loud.py": LOUD}})
    script = (
        "from zenml_pin.datasources import MemoryDatasource\n"
        "from zenml_pin.pipelines import TrainingPipeline\n"
        "from trainers.loud import Loud\n"
        "pipeline = TrainingPipeline(name='loud', enable_cache=False).add_datasource(MemoryDatasource([1]))\n"
        "pipeline.add_trainer(Loud()).save()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=project.repo.path, check=True)

    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", "run", "loud", "--format", "json"],
        cwd=project.repo.path,
        capture_output=True,
        text=True,
        check=False,
    )

    facts = json.loads(done.stdout)
    jsonschema.validate(facts, schema("run"))
    assert facts["run"]["outcome"] == "succeeded"
    lines = done.stderr.splitlines()
    assert {"from Python", "from a process"} <= set(lines)
    assert [line.split()[0] for line in lines if line.startswith("[")] == ["[1/2]", "[2/2]"]


def test_script_gets_arguments(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Behind --, also those that look like options; a pipeline takes none, and a script prints no JSON."""
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint(sys.argv)\n")

    words = ["--epochs", "3", "-q", "x y"]
    assert run(capsys, "run", str(script), "--", *words)[:2] == (0, f"{[str(script), *words]}\n")
    assert run(capsys, "run", str(script), "3")[1] == f"{[str(script), '3']}\n"
    code, _, err = run(capsys, "run", "mine", "--", "3")
    assert (code, "takes no arguments" in err) == (1, True)
    assert "which is not JSON" in run(capsys, "run", str(script), "--format", "json")[2]


def test_tables_have_headers_for_a_person(ran: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal: headers and aligned columns. In a pipe: one line an item, with tabs."""
    _, piped, _ = run(capsys, "pipelines")

    assert piped == "mine\t1\ttraining\tpinned\tpipelines/mine.yaml\n"
    shown = on_a_terminal("pipelines", cwd=ran.repo.path)
    header, line = shown.splitlines()
    assert header.split() == ["NAME", "NUMBER", "TYPE", "PINS", "DOCUMENT"]
    assert line.split() == piped.split()
    assert header.index("DOCUMENT") == line.index("pipelines/")
