"""PyPy and Pyodide are not promised; nothing needless is in their way. A Python without the GIL keeps P4.

The same steps give there what they give here.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.pipeline_project import Project
from tests.support.repositories import Repo, commit

pytestmark = pytest.mark.slow

SUPPORT = Path(__file__).parent / "support" / "other_pythons"
# The dependencies, and theirs.
LIBRARIES = ("zenml_pin", "attr", "attrs", "dulwich", "packaging", "urllib3", "yaml", "typing_extensions")
FREE_THREADED = ("python3.15t", "python3.14t", "python3.13t")
STEPS = ("open a bundle", "load", "cat", "verify", "run", "status", "check", "audit", "diff", "demo")


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """A folder with the Python files of this package and its dependencies; without native code, as PyPI has no such
    files for these Pythons."""
    folder = tmp_path / "libraries"
    for name in LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        if spec.submodule_search_locations is None:
            shutil.copy(spec.origin, folder)
            continue
        ignore = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.rs")
        shutil.copytree(Path(spec.origin).parent, folder / name, ignore=ignore)
    return folder


@pytest.fixture
def work(project: Project, tmp_path: Path) -> Path:
    """A folder with a workspace, `repo`, and a bundle of its trainer."""
    document = project.pipeline("mine").save()
    project.edit_trainer(2.0)
    source = str(zenml_pin.pin("trainers.step.MyTrainer", repo=project.repo.path, commit="HEAD"))
    folder = tmp_path / "work"
    shutil.copytree(project.repo.path, folder / "repo", symlinks=True)
    zenml_pin.Bundle.create(source, str(folder / "b.bundle"), repo=project.repo.path)
    (folder / "arguments").write_text(json.dumps([source, os.path.relpath(document, project.repo.path)]))
    return folder


def arguments(work: Path, place: str) -> list[str]:
    """Return the arguments of the script, for a place where the folder is."""
    source, document = json.loads((work / "arguments").read_text())
    return [f"{place}/repo", source, f"{place}/b.bundle", document]


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, list[Any]]:
    """Return {step: [exit code, output, errors]}."""
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(python: str, libraries: Path, work: Path) -> dict[str, list[Any]]:
    """Run the steps with a Python on a copy of the folder."""
    copy = work.with_name("copy")
    shutil.copytree(work, copy, symlinks=True)
    done = subprocess.run(
        [python, "-B", str(SUPPORT / "ten_steps.py"), *arguments(work, str(copy))],
        env={**os.environ, "PYTHONPATH": str(libraries), "PYTHONNOUSERSITE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(copy)
    return outcomes(done)


def comparable(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Leave out what differs between two runs: places, times, and the ids and commits that the demo makes."""

    def plain(text: str) -> str:
        text = re.sub(r"\S*/(?:work|copy|zenml-pin-demo[^/\s]*)\b", "PLACE", text)
        return re.sub(r"\d{8}-\d{6}-\w+|\b[0-9a-f]{7,64}\b|\d+\.\d+ ?m?s\b", "*", text)

    return {step: [code, plain(output), plain(errors)] for step, (code, output, errors) in found.items()}


def judge(found: dict[str, list[Any]], expected: dict[str, list[Any]]) -> None:
    """Every step gives what it gives here, and none fails."""
    assert tuple(expected)[: len(STEPS)] == STEPS
    assert {step: outcome for step, outcome in found.items() if "Traceback" in outcome[2]} == {}
    here, there = comparable(expected), comparable(found)
    assert {step: there[step] for step in STEPS} == {step: here[step] for step in STEPS}


def test_ten_steps_in_pyodide(libraries: Path, work: Path, tmp_path: Path) -> None:
    """In the Python of browsers, under node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    folder = tmp_path / "npm"
    folder.mkdir()
    command = [npm, "install", "--no-audit", "--no-fund", "pyodide"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if installed.returncode != 0:
        pytest.skip(f"npm does not give pyodide: {installed.stderr[-200:]}")
    expected = run(sys.executable, libraries, work)

    shutil.copy(SUPPORT / "ten_steps.py", work)
    script = [
        str(SUPPORT / "pyodide.mjs"),
        str(folder / "node_modules" / "pyodide"),
        str(libraries),
        str(work),
    ]
    done = subprocess.run(
        [node, *script, "/work/ten_steps.py", *arguments(work, "/work")],
        capture_output=True,
        text=True,
        check=False,
    )

    found = outcomes(done)
    judge(found, expected)
    assert "emscripten does not support processes" in " ".join(found["doctor"][1].split())
    assert "this system cannot run calls in other processes" in found["processes"][1]


def test_ten_steps_on_pypy(libraries: Path, work: Path) -> None:
    """With the dependencies' pure Python code."""
    pypy = shutil.which("pypy3")
    if pypy is None:
        pytest.skip("pypy3 is not installed")
    expected = run(sys.executable, libraries, work)

    found = run(pypy, libraries, work)

    judge(found, expected)


@pytest.fixture
def versions(repo: Repo) -> list[str]:
    """Commits whose class has the values 0, 1, 2, each by way of a helper."""
    step = "import trainers.helper\n\n\nclass MyTrainer:\n    def value(self):\n        return trainers.helper.VALUE\n"
    return [
        commit(repo, {"trainers": {"__init__.py": "", "step.py": step, "helper.py": f"VALUE = {value}\n"}})
        for value in range(3)
    ]


def load_in_threads(python: str, libraries: Path, repo: Repo, versions: list[str]) -> dict[str, Any]:
    """Return what many threads of a Python found."""
    done = subprocess.run(
        [python, "-B", str(SUPPORT / "many_threads.py"), repo.path, *versions],
        env={**os.environ, "PYTHONPATH": str(libraries), "PYTHONNOUSERSITE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_many_threads_load_many_versions(libraries: Path, repo: Repo, versions: list[str]) -> None:
    """P4, in this Python."""
    found = load_in_threads(sys.executable, libraries, repo, versions)

    assert (found["wrong"], found["modules"]) == ([], len(versions))


def test_many_threads_load_many_versions_without_the_gil(
    libraries: Path, repo: Repo, versions: list[str]
) -> None:
    """P4, where threads run at the same moment."""
    python = next(filter(None, map(shutil.which, FREE_THREADED)), None)
    if python is None:
        pytest.skip(f"no Python without the GIL is installed ({', '.join(FREE_THREADED)})")

    found = load_in_threads(python, libraries, repo, versions)

    assert found == {"gil": False, "wrong": [], "modules": len(versions)}
