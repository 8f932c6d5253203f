"""The scaffold as a user sees it: written, committed, run as a script, and opened in its notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, nest
from zenml_pin.pipelines import read_document
from zenml_pin.workspace.config import init_workspace
from zenml_pin.workspace.scaffold import scaffold_files


@pytest.fixture
def committed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """A scaffolded workspace, completely committed; the current folder is its root."""
    ignore = "# zenml_pin\n.zenml/\n__pycache__/\n"
    commit_id = commit(repo, nest({".gitignore": ignore, **scaffold_files()}))
    init_workspace(repo.path, scaffold=True)
    monkeypatch.chdir(repo.path)
    return commit_id


def run(*arguments: str) -> str:
    """Run Python in the workspace, without bytecode, and return its stdout."""
    root = str(Path(zenml_pin.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-B", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_committed_scaffold_is_clean(repo: Repo, committed: str) -> None:
    """`init` writes the files of the commit, and everything else that it adds is ignored."""
    assert zenml_pin.status("", repo=repo.path).clean


@pytest.mark.slow
def test_run_of_the_example_is_reproduced(repo: Repo, committed: str) -> None:
    """Every output has the recorded bytes, in another process and after an edit that is not committed."""
    run("pipeline_run_script.py")
    Path("trainers/my_awesome_trainer/my_trainer_step.py").write_text("raise SystemExit\n")

    out = run("-m", "zenml_pin", "reproduce", "My Awesome Pipeline")

    assert out.splitlines()[1] == "data   the recorded data (datasource identical)"
    assert out.splitlines()[-1] == "reproduced: 5 outputs are identical"


def test_example_reaches_its_accuracy_and_pins_every_class(repo: Repo, committed: str) -> None:
    """A logistic regression on 600 rows is right for more than nine in ten; its folders stay clean."""
    out = run("pipeline_run_script.py")

    metrics = json.loads(out[out.index("{") :].replace("'", '"'))
    assert metrics["accuracy"] > 0.9
    document = read_document(repo.join("pipelines", "My_Awesome_Pipeline.yaml"))
    components = [document["datasource"], *document["steps"].values()]
    assert len(components) == 5
    assert all(component["source"].endswith(f"@{committed}") for component in components)
    assert zenml_pin.status("", repo=repo.path).clean


@pytest.mark.slow
def test_script_run_again_adds_no_document(repo: Repo, committed: str) -> None:
    """The content is the same, so the stored document stays, byte for byte."""
    first = run("pipeline_run_script.py")
    before = Path("pipelines/My_Awesome_Pipeline.yaml").read_bytes()

    second = run("pipeline_run_script.py")

    assert sorted(os.listdir("pipelines")) == [".gitkeep", "My_Awesome_Pipeline.yaml"]
    assert Path("pipelines/My_Awesome_Pipeline.yaml").read_bytes() == before
    assert first.partition(": ")[2] == second.partition(": ")[2]


@pytest.mark.slow
def test_notebook_loads_the_pipeline_by_name(repo: Repo, committed: str) -> None:
    """Its cells, run in order, end with the metrics of the script."""
    expected = run("pipeline_run_script.py").partition(": ")[2]
    notebook = json.loads(Path("notebooks/look_at_my_pipeline.ipynb").read_text())
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    *rest, last = "\n".join(code).splitlines()

    out = run("-c", "\n".join([*rest, f"print({last})"]))

    assert out == expected
