"""Functions in isolated loads: the facts of a function, behind the walls."""

from __future__ import annotations

import pytest

from tests.support.repositories import Repo, commit
from zenml_pin import isolated

CODE = '''\
import functools


@functools.cache
def train(splits, epochs: int = 1):
    """Train it."""


async def later(splits): ...


def generator(splits):
    yield 1
'''


@pytest.mark.slow
def test_facts_of_a_function(repo: Repo) -> None:
    """Kind, signature and documentation; what does not count as a function fails with its reason."""
    head = commit(repo, {"trainers": {"step.py": CODE}})

    trials = {
        name: isolated.load(f"trainers.step.{name}@{head}", repo=repo.path)
        for name in ("train", "later", "generator")
    }

    facts = {name: trial.facts for name, trial in trials.items() if trial.facts is not None}
    assert {name: trial.outcome for name, trial in trials.items()} == {
        "train": "loaded",
        "later": "loaded",
        "generator": "failed",
    }
    assert [facts[name]["kind"] for name in ("train", "later")] == ["function", "function"]
    assert (facts["train"]["signature"], facts["train"]["documentation"]) == (
        "(splits, epochs: int = 1)",
        "Train it.",
    )
    assert "is a generator" in trials["generator"].message
