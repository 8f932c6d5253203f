"""Ancestry, compared with git merge-base --is-ancestor."""

from __future__ import annotations

import random

import pytest

from tests.support.repositories import Repo, git, put_commit, put_tree, set_ref
from zenml_pin.git.objects.history import is_ancestor
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository


def _history(repo: Repo, seed: int) -> list[str]:
    """Make fifteen commits; each has up to three earlier commits as parents."""
    chance = random.Random(seed)
    tree, commits = put_tree(repo, {}), list[str]()
    for number in range(15):
        parents = chance.sample(commits[-5:], min(len(commits), chance.randint(0, 3)))
        commits.append(put_commit(repo, tree, parents, f"{number}\n"))
    set_ref(repo, "refs/heads/main", commits[-1])
    return commits


@pytest.mark.quick(every=3)
@pytest.mark.git
@pytest.mark.parametrize("seed", range(3))
def test_is_ancestor_as_git_has_it(repo: Repo, seed: int) -> None:
    """For every pair of a random history, with merges and several roots."""
    commits = _history(repo, seed)

    with GitRepository.open(repo.path) as opened:
        pairs = {(a, b) for a in commits for b in commits if is_ancestor(opened.objects, a, b)}

    expected = {(a, b) for b in commits for a in git("rev-list", b, cwd=repo.path).split()}
    assert pairs == expected


def test_history_that_is_not_here_ends_there() -> None:
    """As in a shallow clone: there is no error, and nothing more is known."""
    source = MemorySource()
    tree = source.add("tree", b"")
    person = "Ada <ada@example.org> 1 +0000"
    absent = "a" * 40
    text = f"tree {tree}\nparent {absent}\nauthor {person}\ncommitter {person}\n\nx\n"
    commit = source.add("commit", text.encode())

    assert is_ancestor(Objects(source), absent, commit)
    assert not is_ancestor(Objects(source), "b" * 40, commit)
