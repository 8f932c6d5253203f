"""Commits that no ref leads to: the same with git's commit graph, with a cache, and without; git is the judge."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.repositories import Repo, commit, git, put_commit, set_ref
from zenml_pin import cache
from zenml_pin.audit.facts.unreached import find_unreached
from zenml_pin.git.repository import GitRepository


@pytest.mark.git
@pytest.mark.parametrize("seed", range(8))
def test_unreached_commits_are_those_of_git(
    repo: Repo, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In random histories with several branches; commits are added after the graph and the cache were written."""
    chance = random.Random(seed)
    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "cache"))
    tree = git("rev-parse", "HEAD^{tree}", cwd=repo.path).strip() if commit(repo, {"a.py": "1\n"}) else ""
    ids = [git("rev-parse", "HEAD", cwd=repo.path).strip()]
    for step in range(3):
        for number in range(12):
            parents = chance.sample(ids, min(len(ids), chance.choice([1, 1, 2])))
            ids.append(put_commit(repo, tree, parents, f"{step} {number}\n"))
        for name in ("one", "two"):
            set_ref(repo, f"refs/heads/{name}", chance.choice(ids))
        reached = set(git("rev-list", "--all", cwd=repo.path).split())

        for disk in (None, cache.current(), cache.current()):
            with GitRepository.open(repo.path) as repository:
                assert find_unreached(repository, ids, {}, disk) == set(ids) - reached
        if step:
            git("commit-graph", "write", "--reachable", cwd=repo.path)


@pytest.mark.git
def test_shallow_clone_does_not_believe_another_clone(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other knows that HEAD leads to a commit; here what is between them is missing, and git would delete it."""
    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "cache"))
    tree = git("rev-parse", "HEAD^{tree}", cwd=repo.path).strip() if commit(repo, {"a.py": "1\n"}) else ""
    old = git("rev-parse", "HEAD", cwd=repo.path).strip()
    head = put_commit(repo, tree, [put_commit(repo, tree, [old], "between\n")], "head\n")
    set_ref(repo, "refs/heads/main", head)
    with GitRepository.open(repo.path) as repository:
        assert find_unreached(repository, [old], {}, cache.current()) == set()
    git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone"), cwd=tmp_path)
    git("fetch", "-q", "--depth=1", f"file://{repo.path}", old, cwd=tmp_path / "clone")
    with GitRepository.open(str(tmp_path / "clone")) as clone:
        assert find_unreached(clone, [old], {}, cache.current()) == {old}
