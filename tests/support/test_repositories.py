"""The test repositories themselves: git does not complain about them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.repositories import (
    Executable,
    Files,
    Link,
    Repo,
    Submodule,
    branch,
    commit,
    detach,
    git,
    init,
    linked_worktree,
    listing,
    loose_ids,
    make_bare,
    pack,
    snapshot,
    tag,
    write,
)

FILES: Files = {
    "a.py": "x = 1\n",
    "a": {"b.py": "y = 2\n", "deep": {"c.bin": b"\0\1"}},
    "run.sh": Executable("#!/bin/sh\n"),
    "link": Link("a/b.py"),
    "sub": Submodule("a" * 40),
}


def test_commit_ids_are_constants(repo: Repo) -> None:
    """Author and times are fixed, so the same files give the same ids everywhere."""
    first = commit(repo, {"step.py": "class A: epochs = 1\n"})
    second = commit(repo, {"step.py": "class A: epochs = 2\n"}, base=first)

    assert (first, second) == (
        "2ef0a431a232eb8f52a9c4953c8636872327fe5f",
        "ac8e89d084a34abbc1a0616c4474f9f8519de49b",
    )


def test_base_merges_and_none_deletes(repo: Repo) -> None:
    """With a base, paths that the dict does not name stay."""
    first = commit(repo, {"a": {"b": "1", "c": "2"}, "d": {"e": "3"}, "f": "4"})
    second = commit(repo, {"a": {"b": None}, "d": "now a file", "f": {"g": "now a folder"}}, base=first)

    assert sorted(listing(repo, second)) == ["a/c", "d", "f/g"]
    assert not os.path.exists(repo.join("a", "b"))
    assert os.path.isfile(repo.join("d"))


def test_packing_moves_every_object(repo: Repo) -> None:
    """After `pack` there is no loose object left, and the commit is still readable."""
    first = commit(repo, {"a": "1"})
    before = loose_ids(repo)
    pack(repo)

    assert len(before) == 3
    assert loose_ids(repo) == []
    assert list(listing(repo, first)) == ["a"]


def test_snapshot_sees_a_touched_file(repo: Repo) -> None:
    """A snapshot differs even when only a time changes."""
    commit(repo, {"a": "1"})
    before = snapshot(repo.path)
    os.utime(repo.join("a"), (1, 1))

    assert snapshot(repo.path) != before
    assert set(snapshot(repo.path)) == set(before)


@pytest.mark.git
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_git_finds_every_kind_of_entry_clean(tmp_path: Path, object_format: str) -> None:
    """Index and worktree are as git itself would have written them."""
    repo = init(tmp_path / "repo", object_format=object_format)
    files: Files = {**FILES, "sub": Submodule("a" * (40 if object_format == "sha1" else 64))}
    first = commit(repo, files)
    commit(repo, {"a": {"b.py": None}, "link": None}, base=first)

    assert git("status", "--porcelain", "-uall", cwd=repo.path) == ""
    assert git("fsck", "--strict", "--no-dangling", cwd=repo.path) == ""


@pytest.mark.git
def test_git_agrees_after_every_way_to_move(repo: Repo, tmp_path: Path) -> None:
    """Branches, tags, a detached HEAD, a linked worktree and a bare copy are as git makes them."""
    first = commit(repo, FILES)
    second = commit(repo, {"a.py": "x = 2\n"}, base=first)
    branch(repo, "old", first, switch=True)
    tag(repo, "v1", first)
    tag(repo, "v2", second, annotated=True)
    assert git("status", "--porcelain", "--branch", cwd=repo.path) == "## old\n"
    assert git("rev-parse", "v1^{commit}", "v2^{commit}", cwd=repo.path).split() == [first, second]

    detach(repo, second)
    pack(repo, deltas=True)
    linked = linked_worktree(repo, tmp_path / "linked", first)
    bare = make_bare(repo, tmp_path / "bare.git")

    assert git("status", "--porcelain", "--branch", cwd=repo.path) == "## HEAD (no branch)\n"
    assert git("status", "--porcelain", cwd=linked.path) == ""
    assert git("rev-parse", "HEAD", cwd=linked.path).strip() == first
    assert git("rev-parse", "HEAD", cwd=bare.path).strip() == second
    assert git("fsck", "--strict", "--no-dangling", cwd=repo.path) == ""


@pytest.mark.git
def test_write_touches_the_worktree_only(repo: Repo) -> None:
    """git calls the files that `write` changes modified and untracked."""
    commit(repo, {"a": "1", "b": "2"})
    write(repo, {"a": "3", "b": None, "c": {"d": "4"}})

    assert git("status", "--porcelain", "-uall", cwd=repo.path) == " M a\n D b\n?? c/d\n"
