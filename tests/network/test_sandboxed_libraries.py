"""Libraries that many use load behind the walls as they do without: with their threads, and what they look up."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

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
TRY = """
import sys
from zenml_pin.audit.facts.trial import TrialLimits, try_load
for mode in ("off", "auto"):
    report = try_load(sys.argv[1], sys.argv[2], TrialLimits(seconds=120), sandbox=mode)
    print(report.outcome, report.message)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with all of them and this package."""
    folder = tmp_path_factory.mktemp("libraries")
    venv.create(folder, with_pip=True)
    interpreter = str(folder / "bin" / "python")
    project = str(Path(__file__).parent.parent.parent)
    install = [interpreter, "-m", "pip", "install", "-q", *LIBRARIES, project]
    subprocess.run(install, check=True, capture_output=True)
    return interpreter


@pytest.mark.parametrize("name", LIBRARIES)
def test_library_loads_behind_walls_as_without(python: str, tmp_path: Path, name: str) -> None:
    """The same outcome, and it is that it loads."""
    if sys.platform != "linux":
        pytest.skip("walls are Linux's")
    repo = init(tmp_path / "repo")
    head = commit(repo, {"trainers": {"step.py": f"{LIBRARIES[name]}\nclass Mine: pass\n"}})

    done = subprocess.run(
        [python, "-c", TRY, f"trainers.step.Mine@{head}", repo.path],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )

    assert done.stdout.split() == ["loaded", "loaded"], done.stdout
