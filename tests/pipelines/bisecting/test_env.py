"""Trials with the libraries that their commits lock: a library that changed is found as code that changed is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.repositories import Repo, commit
from tests.support.tiny_wheels import Wheels
from zenml_pin.cli import main

pytestmark = pytest.mark.slow

CODE = "import tiny\n\n\nclass Scale:\n    def apply(self, x):\n        return x * tiny.RATE\n"
CHECK = "def keeps(cls):\n    return cls().apply(2) == 1.0\n"


@pytest.fixture
def history(repo: Repo, wheels: Wheels, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Five commits of one class; the third locks another version of its library."""
    monkeypatch.chdir(repo.path)
    first = wheels.line("tiny", "1.0", code="RATE = 0.5\n")
    second = wheels.line("tiny", "2.0", code="RATE = 0.1\n")
    files: dict[str, Any] = {"scales": {"__init__.py": "", "step.py": CODE}, "check.py": CHECK}
    commits = [commit(repo, {**files, "requirements.txt": first})]
    for text in ("# a note\n" + first, second, "# another\n" + second):
        commits.append(commit(repo, {"requirements.txt": text}, base=commits[-1]))
    commits.append(commit(repo, {"notes.txt": "more"}, base=commits[-1]))
    return commits


def test_the_commit_that_changed_a_library_is_found(
    history: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The code is the same in all commits; each set of libraries is tried once."""
    words = [
        "bisect",
        "scales.step.Scale",
        "--good",
        history[0],
        "--test",
        "check.py:keeps",
        "--format",
        "json",
    ]

    code = main([*words, "--env"])

    captured = capsys.readouterr()
    assert code == 0, captured.err
    told = json.loads(captured.out)
    assert told["first_bad"]["commit_id"] == history[2]
    assert told["trials"] == 2


BAD = {
    "a command": ["--", "true"],
    "walls": ["--test", "check.py:keeps", "--sandbox", "auto"],
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_what_does_not_go_with_libraries_is_refused(
    history: list[str], capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """In one line."""
    assert main(["bisect", "scales.step.Scale", "--good", history[0], "--env", *words]) == 2

    assert "error: the libraries of the commit do not go with" in capsys.readouterr().err
