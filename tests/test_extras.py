"""Extras: everything else works without them, and a command that needs one says which, and how to install it."""

from __future__ import annotations

import configparser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.support.new_environment import Environment, make_environment
from tests.support.repositories import Repo, commit, init

FOR_DEVELOPERS = {"benchmarks", "dev", "test"}
TRY = """
try:
    {}
except ImportError as error:
    print(type(error).__name__, error, error.hint, sep=": ")
"""
# A command that needs each extra: its words and its exit code.
ASKING = {
    "audit": (["zenml-pin", "audit", "--allow-empty"], 0),
    "cli": (["zenml-pin", "cat", "--color", "always", "trainers.step.Mine"], 2),
    "completion": (["zenml-pin", "completion", "bash"], 2),
    "dask": (["zenml-pin", "audit", "--dask", "tcp://127.0.0.1:1"], 2),
    "env": (["zenml-pin", "run", "--env", "mine"], 2),
    "fsspec": (["python", "-c", TRY.format("import zenml_pin.integrations.fsspec")], 0),
    "ray": (
        ["python", "-c", TRY.format("from zenml_pin.backends import RayBackend; RayBackend('').__enter__()")],
        0,
    ),
    "signatures": (["zenml-pin", "verify", "trainers.step.Mine@HEAD", "--allowed-signers", "signers"], 2),
    "zenml": (["python", "-c", TRY.format("import zenml_pin.integrations.zenml")], 0),
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the three dependencies and no extra."""
    return make_environment(tmp_path_factory.mktemp("fresh"))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with a class that can be pinned."""
    repo = init(tmp_path / "repo")
    commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}, "signers": ""})
    return repo


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("extra", ASKING)
def test_absence_of_an_extra_is_one_line_that_names_it(extra: str, fresh: Environment, repo: Repo) -> None:
    """There is no traceback; the message contains a command that can be copied."""
    words, code = ASKING[extra]

    done = fresh.run(*words, cwd=repo.path)

    output = done.stdout + done.stderr
    (line,) = [line for line in output.splitlines() if "zenml_pin[" in line]
    assert (done.returncode, "Traceback" in output) == (code, False), output
    assert line.endswith(f"pip install 'zenml_pin[{extra}]'")
    assert "is not installed" in output


def test_every_extra_for_users_is_asked_for_here() -> None:
    """A new extra in setup.cfg needs a line in the table above."""
    settings = configparser.ConfigParser()
    settings.read(Path(__file__).parents[1] / "setup.cfg")

    assert set(settings["options.extras_require"]) - FOR_DEVELOPERS == set(ASKING)


def test_the_environment_is_a_fresh_one(fresh: Environment, repo: Repo) -> None:
    """It has the required distributions, none of the extras, and no pip."""
    script = (
        "from importlib.metadata import distributions as d; print(*sorted(x.name for x in d()), sep='\\n')"
    )

    done = fresh.run("python", "-c", script, cwd=repo.path)

    names = set(map(canonicalize_name, done.stdout.split()))
    needed = {"zenml-pin", "dulwich", "pyyaml", "attrs", "urllib3"}
    assert names - {"typing-extensions"} == needed, done.stderr


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("command", ["demo", "doctor", "--version"])
def test_the_rest_needs_no_extra(command: str, fresh: Environment, repo: Repo) -> None:
    """The demo, which covers all of pinning, runs there."""
    done = fresh.run("zenml-pin", command, cwd=repo.path)

    assert (done.returncode, done.stderr) == (0, "")
    assert metadata.version("zenml_pin") in done.stdout or command != "--version"
