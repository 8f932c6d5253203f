"""From a pinned module to its environment: which libraries count, and in which Python."""

from __future__ import annotations

import pytest

from tests.support.repositories import Repo, commit
from tests.support.tiny_wheels import Wheels
from zenml_pin.at import registry
from zenml_pin.backends.environments.preparing import environment_for, libraries_id
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.stored import list_environments
from zenml_pin.errors import BackendError

HASH = "sha256:" + "a" * 64


def pinned(repo: Repo, **files: str) -> str:
    """Commit a module and some files; return the commit's id."""
    registry.attach(registry.open(repo.path))
    names = {name.replace("__", "."): text for name, text in files.items()}
    return commit(repo, {"step.py": "", **names})


@pytest.mark.slow
def test_equal_libraries_have_one_id(repo: Repo, wheels: Wheels) -> None:
    """A comment, the order and the kind of the lock do not count; a version does. Nothing is installed."""
    one, two = f"tiny==1.0 --hash={HASH}\n", f"more==1.0 --hash={HASH}\n"
    commits = [
        pinned(repo, requirements__txt=one + two),
        pinned(repo, requirements__txt=f"# a note\n{two}{one}"),
        pinned(repo, requirements__txt=one + two.replace("1.0", "2.0")),
    ]

    first, second, third = (libraries_id(commit_id, "step", EnvSettings()) for commit_id in commits)

    assert first == second != third
    assert list_environments() == []


NEEDS = {
    "too old": (
        {"pyproject__toml": '[project]\nname = "a"\nrequires-python = "<3.10"\n'},
        "needs Python <3.10",
    ),
    "not installed": (
        {"pyproject__toml": '[project]\nname = "a"\nrequires-python = ">=3.99"\n'},
        "is not installed",
    ),
    "a file": (
        {"requirements__txt": "", ".python-version": "3.9\n"},
        r"needs Python 3.9 \(.python-version\)",
    ),
    "no version": ({"requirements__txt": "", ".python-version": "mine\n"}, "is not a version of CPython"),
}


@pytest.mark.parametrize(("files", "reason"), NEEDS.values(), ids=NEEDS)
def test_a_python_that_cannot_be_had_is_told(
    repo: Repo, wheels: Wheels, files: dict[str, str], reason: str
) -> None:
    """None is downloaded; nothing is made."""
    with pytest.raises(BackendError, match=reason):
        environment_for(pinned(repo, **files), "step", EnvSettings())

    assert list_environments() == []


@pytest.mark.slow
def test_a_lock_that_fits_no_python_names_each(repo: Repo, wheels: Wheels) -> None:
    """The library has a wheel for another Python only; `--env-build` would need its source."""
    wheels.add("tiny", "1.0", tag="cp27-none-any")

    with pytest.raises(BackendError, match="do not fit a Python that is installed: Python 3"):
        environment_for(pinned(repo, requirements__txt="tiny==1.0\n"), "step", EnvSettings())


@pytest.mark.slow
def test_what_is_not_locked_is_told(repo: Repo, wheels: Wheels) -> None:
    """The notes say so, and the environment has what was chosen."""
    wheels.add("tiny", "1.5")
    text = '[project]\nname = "a"\ndependencies = ["tiny>=1"]\n'

    held = environment_for(pinned(repo, pyproject__toml=text), "step", EnvSettings())

    assert held.environment.packages == {"tiny": "1.5"}
    assert not held.environment.is_locked
    assert held.environment.notes[0].startswith("not locked: ")
    held.release()
