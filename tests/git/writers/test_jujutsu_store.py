"""Jujutsu without a `.git` beside the files: its git repository is in `.jj`, and the folder has none for git."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.git.writers.tools import VERSIONS, put_files, run
from tests.support.git.compare_with_git import run_git
from tests.support.git.written_by_git import refs_of_git
from tests.support.repositories import snapshot
from zenml_pin.errors import NotARepositoryError
from zenml_pin.git.layout import get_layout
from zenml_pin.git.refs import Refs

needs_jj = pytest.mark.skipif(shutil.which("jj") is None, reason="there is no 'jj' on PATH")
STORE = os.path.join(".jj", "repo", "store", "git")


@pytest.fixture
def root(tmp_path: Path) -> str:
    """A workspace that is not colocated, with a commit for each version."""
    folder = tmp_path / "repo"
    folder.mkdir()
    run(str(folder), "jj", "git", "init", "--no-colocate")
    for version in range(len(VERSIONS)):
        put_files(str(folder), version)
        run(str(folder), "jj", "commit", "-m", "next")
    return str(folder)


def _ids(root: str) -> list[str]:
    template = 'commit_id ++ "\\n"'
    return run(root, "jj", "log", "--no-graph", "--reversed", "-r", "::@- ~ root()", "-T", template).split()


@pytest.mark.git
@pytest.mark.network
@needs_jj
def test_its_store_is_read(root: str) -> None:
    """Each version has its own class, and refs are what git says; nothing is written."""
    store = os.path.join(root, STORE)
    commits = _ids(root)
    before = snapshot(root)

    assert Refs(get_layout(store)).all() == refs_of_git(store)
    for number, commit_id in enumerate(commits, 1):
        assert run_git("cat-file", "-t", commit_id, cwd=store) == b"commit\n"
        cls: Any = zenml_pin.load(f"pkg.step.S@{commit_id}", repo=store)
        assert cls.v == number
    assert len(commits) == len(VERSIONS)
    assert snapshot(root) == before


@pytest.mark.git
@pytest.mark.network
@needs_jj
def test_its_workspaces_are_refused_with_the_path_of_the_store(root: str) -> None:
    """Also from a folder in it, and from a second workspace."""
    second = f"{root}-second"
    run(root, "jj", "workspace", "add", second)

    for folder in (root, os.path.join(root, "pkg"), second):
        with pytest.raises(NotARepositoryError) as caught:
            zenml_pin.load(f"pkg.step.S@{_ids(root)[0]}", repo=folder)
        assert caught.value.hint.endswith(f"repo='{os.path.join(root, STORE)}' (or -C)")


def _workspace(path: Path, repo: str | None = None) -> Path:
    path.joinpath(".jj").mkdir(parents=True)
    if repo is not None:
        path.joinpath(".jj", "repo").write_text(repo)
        return path
    store = path.joinpath(".jj", "repo", "store")
    store.joinpath("git").mkdir(parents=True)
    store.joinpath("git_target").write_text("git")
    return path


def test_the_hint_names_the_store(disk_path: Path) -> None:
    """Without Jujutsu: of a workspace, of a second one, and of one whose git repository is elsewhere."""
    first = _workspace(disk_path / "first")
    second = _workspace(disk_path / "second", "../../first/.jj/repo")
    away = _workspace(disk_path / "away")
    first.joinpath("pkg").mkdir()
    disk_path.joinpath("bare.git").mkdir()
    away.joinpath(".jj", "repo", "store", "git_target").write_text("../../../../bare.git")

    for folder, store in (
        (first, first / STORE),
        (first / "pkg", first / STORE),
        (second, first / STORE),
        (away, disk_path / "bare.git"),
    ):
        with pytest.raises(NotARepositoryError) as caught:
            get_layout(str(folder))
        assert "Jujutsu" in caught.value.hint
        assert caught.value.hint.endswith(f"repo='{store}' (or -C)")


@pytest.mark.parametrize("repo", ["", "nowhere", "a\0b", "x" * 100_000])
def test_a_damaged_workspace_has_the_usual_hint(tmp_path: Path, repo: str) -> None:
    """It may be somebody else's."""
    with pytest.raises(NotARepositoryError) as caught:
        get_layout(str(_workspace(tmp_path / "one", repo)))
    assert "Jujutsu" not in caught.value.hint


def test_a_path_that_cannot_exist_has_the_usual_error() -> None:
    """Like every other path without a repository."""
    with pytest.raises(NotARepositoryError):
        get_layout("a\0b")
