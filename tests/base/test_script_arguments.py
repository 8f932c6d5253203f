"""Code that reads `sys.argv` when it is imported gets the name of its module, and no arguments of ours."""

from __future__ import annotations

import sys

import pytest

from tests.support.repositories import Repo, commit, write
from tests.support.run_command import run

STEP = """\
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.1)
rate = parser.parse_args().rate
assert sys.argv == [EXPECTED], sys.argv
from zenml_pin.steps import BaseTrainerStep
class A(BaseTrainerStep):
    def run_fn(self, **inputs):
        return rate
"""


@pytest.mark.quick(every=5)
@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["load", "steps.a.A@HEAD"], "'steps.a'"),
        (["load", "--isolated", "steps.a.A@HEAD"], "'steps.a'"),
        (["audit", "--load"], "'steps.a'"),
        (["audit", "--load", "--sandbox=off"], "'steps.a'"),
        (["run", "mine"], "'mine'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_arguments_of_ours_are_not_the_codes(
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    name: str,
) -> None:
    """In load, in trials and in runs of documents; afterwards they are as before."""
    monkeypatch.chdir(repo.path)
    monkeypatch.setattr(sys, "argv", ["zenml-pin", *words])
    head = commit(repo, {"steps": {"__init__.py": "", "a.py": STEP.replace("EXPECTED", name)}})
    write(repo, {"pipelines": {"mine.yaml": f"steps: {{training: {{source: steps.a.A@{head}}}}}\n"}})

    code, shown, errors = run(capsys, *words)

    assert (code, errors if code else "") == (0, ""), shown
    assert sys.argv == ["zenml-pin", *words]
