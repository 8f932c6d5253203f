"""`trace` and `coverage run -m` of a pinned module: what runs is the commit's code, with its imports in the pin."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.support.importing.two_versions import World

Build = Callable[..., World]

SCRIPT = (
    "import sys\nimport helper\nfrom . import other\nprint(helper.value, other.value, __name__, sys.argv[1:])\n"
    "{more}"
)
MORE = {
    "plain": "",
    "with __file__": "import os.path\nassert os.path.basename(__file__).startswith('made.py')\n",
    "with importlib": "import importlib\nassert importlib.import_module('helper') is helper\n",
}


@pytest.fixture(params=list(MORE.values()), ids=list(MORE))
def world(build: Build, request: pytest.FixtureRequest) -> World:
    """A repository with a script."""
    script = SCRIPT.replace("{more}", request.param)
    step = {"__init__.py": "", "made.py": script, "__main__.py": script, "other.py": "value = 'VERSION'\n"}
    return build({"helper.py": "value = 'VERSION'\n", "step": step})


def run(world: World, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool in the working tree."""
    return world.run("-m", *command, env={"ZENML_PIN_PATH": world.repo.path})


@pytest.mark.quick(every=3)
def test_coverage_runs_a_pinned_module(world: World) -> None:
    """With its arguments; the lines of pinned code are left out."""
    pytest.importorskip("coverage")

    done = run(world, "coverage", "run", "-m", f"{world.root}.step.made", "a", "b")

    assert (done.returncode, done.stdout) == (0, "v1 v1 __main__ ['a', 'b']\n"), done.stderr


@pytest.mark.quick(every=3)
def test_trace_prints_the_lines_of_a_pinned_module(world: World) -> None:
    """As the commit has them."""
    done = run(world, "trace", "--trace", "--module", f"{world.root}.step.made")

    assert done.returncode == 0, done.stderr
    assert "v1 v1 __main__ []\n" in done.stdout
    assert re.search(rf"^made\.py@{world.first}\(2\): +import helper$", done.stdout, re.MULTILINE)


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("name", ["step", "step.made"])
def test_coverage_runs_the_other_commits_module_too(build: Build, name: str) -> None:
    """A package by its `__main__`; an error's traceback shows the line, and no frame of ours."""
    pytest.importorskip("coverage")
    text = "import helper\nprint(helper.value)\n1 / 0\n"
    step = {"__init__.py": "", "made.py": text, "__main__.py": text}
    world = build({"helper.py": "value = 'VERSION'\n", "step": step})

    done = run(world, "coverage", "run", "-m", f"zenml_pin.at.g{world.second}.{name}")

    assert (done.returncode, done.stdout) == (1, "v2\n")
    # The interpreter prints the line of an uncaught error itself before 3.13, from files alone.
    assert "1 / 0" in done.stderr or sys.version_info < (3, 13)
    assert "zenml_pin/importing" not in done.stderr
