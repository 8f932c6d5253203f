"""`cat` and `ls` of a source of a release show the installed class's file."""

from __future__ import annotations

import pytest

from tests.support.repositories import Repo, commit
from tests.support.run_command import run
from zenml_pin.steps import split

SOURCES = ["zenml_pin.steps.RandomSplit@zenml_0.1.0", "zenml.steps.split.RandomSplit@zenml_0.3.8"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_of_a_release_is_an_installed_file(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """Of this package, and of ZenML the class of ours that takes the place."""
    monkeypatch.chdir(repo.path)
    commit(repo, {"a.py": ""})

    assert run(capsys, "ls", source)[:2] == (0, f"installed\t{split.__file__}\n")
    assert "class RandomSplit(BaseSplitStep)" in run(capsys, "cat", source)[1]


def test_a_release_that_has_no_such_class_is_an_error(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words are those of a load."""
    monkeypatch.chdir(repo.path)

    assert "is not a release of ZenML" in run(capsys, "cat", "zenml.steps.split.RandomSplit@zenml_9.9")[2]
