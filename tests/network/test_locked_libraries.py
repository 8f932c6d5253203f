"""A pipeline of an older scikit-learn runs with the libraries that its commit locks, to the same metric."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.locked_document import locked_document
from tests.support.repositories import Repo, commit
from zenml_pin.backends.environments.uv import get_uv
from zenml_pin.cli import main
from zenml_pin.workspace.config import init_workspace

pytestmark = [pytest.mark.network, pytest.mark.slow]

# `squared` was removed in scikit-learn 1.6. These have wheels for Python 3.11 to 3.13.
PROJECT = """\
[project]
name = "flowers"
version = "0"
requires-python = ">=3.11,<3.14"
dependencies = ["scikit-learn==1.5.2", "numpy==2.1.3", "scipy==1.14.1"]
"""
CODE = """\
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import mean_squared_error


def error_of():
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(200, 3))
    target = rows @ [1.0, -2.0, 0.5] + rng.normal(size=200)
    model = SGDRegressor(random_state=3, max_iter=20, tol=None).fit(rows, target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(mean_squared_error(target, model.predict(rows), squared=False))
"""
STEP = """\
import sklearn
from flowers.code import error_of
from zenml_pin.steps import BaseTrainerStep, BaseEvaluatorStep


class Train(BaseTrainerStep):
    def run_fn(self):
        return {"error": error_of(), "library": sklearn.__version__}


class Judge(BaseEvaluatorStep):
    def run_fn(self, model):
        return model
"""


def uv(folder: Path, *words: str) -> str:
    """Run uv as a user would; return its output."""
    variables = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(
        [get_uv(), *words], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def expected(tmp_path: Path) -> float:
    """The metric in an environment that was made without us, from the plain code."""
    folder = tmp_path / "flowers"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "code.py").write_text(CODE)
    uv(folder, "lock", "--python", sys.executable)
    uv(folder, "sync", "--frozen", "--no-install-project", "--python", sys.executable)
    line = "import sys; sys.path.insert(0, '.'); import code; print(repr(code.error_of()))".replace(
        "code", "plain"
    )
    (folder / "code.py").rename(folder / "plain.py")
    done = subprocess.run(
        [folder / ".venv" / "bin" / "python", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def test_an_older_library_gives_the_same_metric(
    tmp_path: Path,
    expected: float,
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also when its run is reproduced. Without `--env` the code of last year fails here.

    A second machine with a warm cache needs no network.
    """
    monkeypatch.setenv("ZENML_PIN_ENVIRONMENTS", str(tmp_path / "environments"))
    monkeypatch.chdir(repo.path)
    init_workspace(repo.path)
    code = {"__init__.py": "", "code.py": CODE, "step.py": STEP}
    lock = (tmp_path / "flowers" / "uv.lock").read_text()
    files: dict[str, Any] = {
        "flowers": code,
        "pyproject.toml": PROJECT,
        "uv.lock": lock,
        "rows.csv": "x\n1\n",
    }
    pin = commit(repo, files)
    document = locked_document("flowers", f"flowers.step.Train@{pin}", f"flowers.step.Judge@{pin}")
    commit(repo, {"pipelines": {"flowers.yaml": document}}, base=pin)
    words = ["run", "flowers", "--format", "json", "--no-cache"]

    assert main(words) == 1
    capsys.readouterr()
    assert main([*words, "--env"]) == 0
    first = json.loads(capsys.readouterr().out)["run"]["metrics"]
    assert main(["reproduce", "flowers", "--env"]) == 0
    assert capsys.readouterr().out.endswith("\nreproduced: 3 outputs are identical\n")
    # Here the code fails, or gives another metric.
    assert main(["reproduce", "flowers"]) == 1
    assert "package scikit-learn: recorded 1.5.2, now" in capsys.readouterr().out
    assert main(["env", "remove", "--all"]) == 0
    monkeypatch.setenv("UV_OFFLINE", "1")
    capsys.readouterr()
    assert main([*words, "--env"]) == 0
    offline = json.loads(capsys.readouterr().out)["run"]["metrics"]

    assert first == {"error": expected, "library": "1.5.2"}
    assert offline == first
