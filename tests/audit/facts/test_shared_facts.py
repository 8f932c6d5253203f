"""Facts that threads share, as those of a Dask worker do: each gets the whole answer about its own commit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.interleaving import at_every_moment
from tests.support.repositories import Repo, commit
from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.requirements import Requirements
from zenml_pin.base.limits import Limits
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository


def test_requirements_are_those_of_the_commit(repo: Repo) -> None:
    """Another thread asks for a commit with the same file, which includes another one there."""
    pytest.importorskip("packaging")
    with GitRepository.open(repo.path) as repository:
        trees = [
            CommitTree(
                repository.objects,
                commit(repo, {"requirements.txt": "-r more.txt\n", "more.txt": f"{name}\n"}, checkout=False),
            )
            for name in ("no-such-one", "no-such-other")
        ]
        asked: list[Requirements] = []

        def unmet() -> list[str]:
            asked.append(Requirements())
            return [report.requirement for report in asked[-1].unmet(trees[0])]

        others: list[Any] = []
        answers = list(
            at_every_moment(
                unmet,
                Requirements.unmet,
                lambda: others.append([report.requirement for report in asked[-1].unmet(trees[1])]),
            )
        )

    assert answers == [["no-such-one"]] * len(answers)
    assert others == [["no-such-other"]] * len(others)


def test_reason_why_files_cannot_be_laid_is_told_to_each(repo: Repo) -> None:
    """Also while another thread looks for it."""
    files = {"__init__.py": "", "step.py": "HERE = __file__\n", "data.txt": "x" * 100}
    head = commit(repo, {"trainers": files})
    with GitRepository.open(repo.path, Limits(files=10)) as repository:
        tree = CommitTree(repository.objects, head)
        asked: list[Units] = []

        def unlaid() -> str | None:
            asked.append(Units(repository))
            return asked[-1].unlaid(tree, ("",), "trainers")

        others: list[str | None] = []
        answers = list(
            at_every_moment(
                unlaid, Units.unlaid, lambda: others.append(asked[-1].unlaid(tree, ("",), "trainers"))
            )
        )

    assert answers[0]
    assert {*answers, *others} == {answers[0]}
