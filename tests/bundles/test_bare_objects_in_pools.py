"""A pinned object that goes to another process as it is: what the worker prints names the two ways that work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit

SCRIPT = """\
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
import zenml_pin
{module_level}
if __name__ == "__main__":
    step = zenml_pin.load("steps.step.Step@{pin}", repo={repo!r})()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            print(pool.submit({function}, 3).result())
        except BrokenProcessPool:
            print("broken")
"""
WAYS = {
    "bare": ("", "step.double", "broken\n"),
    "shipped": ("", "zenml_pin.ship(step.double)", "6\n"),
    "attached": ("zenml_pin.attach({repo!r})", "step.double", "6\n"),
}


@pytest.mark.quick(every=3)
@pytest.mark.parametrize(("module_level", "function", "answer"), WAYS.values(), ids=WAYS)
def test_spawn_pool(module_level: str, function: str, answer: str, repo: Repo, tmp_path: Path) -> None:
    """Shipped, or with `attach` at module level, it works; a bare one fails, and stderr says both."""
    code = "class Step:\n    def double(self, x):\n        return 2 * x\n"
    pin = commit(repo, {"steps": {"step.py": code}})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "script.py").write_text(
        SCRIPT.format(
            pin=pin, repo=repo.path, function=function, module_level=module_level.format(repo=repo.path)
        )
    )

    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(Path(zenml_pin.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout == answer, done.stderr
    if answer == "broken\n":
        assert "pass ship(obj) instead, or call zenml_pin.attach(repo) at module level" in done.stderr
