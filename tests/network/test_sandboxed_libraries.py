"""Libraries that many use load behind the walls as they do without: with their threads, and what they look up.

torch takes 5 GB with what it needs, so the gate does not install it. To try it by hand, name a Python that has it:

    TORCH_PYTHON=/path/to/python python -m pytest -m "" tests/network/test_sandboxed_libraries.py -k torch
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.network.environment_on_top import make_environment_on_top
from tests.support.repositories import commit, init

pytestmark = [pytest.mark.network, pytest.mark.slow]

LIBRARIES = {
    "numpy": "import numpy; a = numpy.random.rand(300, 300); (a @ a).sum()",
    "scipy": "import scipy.optimize, scipy.sparse.linalg",
    "pandas": "import pandas; pandas.DataFrame({'a': [1]}).groupby('a').sum()",
    "scikit-learn": "import sklearn.ensemble as e; e.RandomForestClassifier(9, n_jobs=2).fit([[0], [1]], [0, 1])",
    "matplotlib": "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as p; p.figure()",
    "joblib": "import joblib; joblib.Parallel(2, prefer='threads')(joblib.delayed(abs)(n) for n in range(9))",
    "pillow": "import PIL.Image; PIL.Image.new('RGB', (9, 9)).resize((3, 3))",
    "requests": "import requests; requests.Session()",
    "sqlalchemy": "import sqlalchemy; sqlalchemy.create_engine('sqlite://').connect()",
    "lightgbm": "import lightgbm",
    "numba": "import numba; numba.njit(lambda x: x + 1)(1)",
    "pydantic": "import pydantic",
}
TORCH = """
import torch
torch.set_num_threads(2)
model = torch.nn.Linear(3, 1)
model(torch.rand(2, 3)).sum().backward()
torch.rand(200, 200) @ torch.rand(200, 200)
assert torch.get_num_threads() == 2
torch.cuda.is_available()
"""
TRY = """
import sys
sys.path.append(sys.argv[3])
from zenml_pin.audit.facts.trial import TrialLimits, try_load
for mode in ("off", "auto"):
    report = try_load(sys.argv[1], sys.argv[2], TrialLimits(seconds=120, megabytes=8192), sandbox=mode)
    print(report.outcome, report.message, *(event.text for event in report.events if event.is_alarm))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with all of them and this package."""
    return make_environment_on_top(tmp_path_factory.mktemp("libraries"), *LIBRARIES)


@pytest.mark.parametrize("name", LIBRARIES)
def test_library_loads_behind_walls_as_without(python: str, tmp_path: Path, name: str) -> None:
    """The same outcome, it is that it loads, and nothing raises an alarm."""
    assert outcomes(python, tmp_path, LIBRARIES[name]) == "loaded loaded"


@pytest.mark.skipif("TORCH_PYTHON" not in os.environ, reason="TORCH_PYTHON does not name a Python with torch")
def test_torch_loads_behind_walls_as_without(tmp_path: Path) -> None:
    """With its threads, a gradient, and its search for CUDA."""
    assert outcomes(os.environ["TORCH_PYTHON"], tmp_path, TORCH) == "loaded loaded"


def outcomes(python: str, place: Path, code: str) -> str:
    """Return how trials of some code end, without walls and behind them."""
    if sys.platform != "linux":
        pytest.skip("walls are Linux's")
    repo = init(place / "repo")
    head = commit(repo, {"trainers": {"step.py": f"{code}\nclass Mine: pass\n"}})
    project = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [python, "-c", TRY, f"trainers.step.Mine@{head}", repo.path, project],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return " ".join(done.stdout.split())
