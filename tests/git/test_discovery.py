"""Where the search for a repository ends: at a `.git` that leads nowhere, a ceiling, or a file system's boundary."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, init, linked_worktree
from zenml_pin.errors import NotARepositoryError, PinError, UnsupportedError
from zenml_pin.git import discovery
from zenml_pin.git.layout import find_layout, get_layout


@pytest.fixture
def outer(tmp_path: Path) -> Repo:
    """A repository with a class, and a folder for another repository inside it."""
    repo = init(tmp_path / "outer")
    commit(repo, {"pkg": {"__init__.py": "", "step.py": "class S:\n    v = 2\n"}, "inner": {"a": "1"}})
    return repo


BROKEN = {
    "a worktree whose repository moved": b"gitdir: /moved/repo/.git/worktrees/x\n",
    "a submodule whose git directory is gone": b"gitdir: ../.git/modules/inner\n",
    "other text": b"hello\n",
    "nothing": b"",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_the_outer_repository_is_not_used_instead(outer: Repo, content: bytes) -> None:
    """It has other commits; git refuses too."""
    Path(outer.path, "inner", ".git").write_bytes(content)

    for start in ("inner", "inner/deeper", "inner/a"):
        with pytest.raises(UnsupportedError, match=r"inner/\.git' (names|is not).*another one") as caught:
            find_layout(outer.join(*start.split("/")))
        assert "git worktree repair" in caught.value.hint
    assert get_layout(outer.path).worktree == outer.path


@pytest.mark.parametrize("kind", ["fifo", "socket", "link to a device"])
def test_git_entry_that_is_not_a_file_is_refused_at_once(
    outer: Repo, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits for a writer."""
    monkeypatch.chdir(outer.join("inner"))
    if kind == "fifo":
        os.mkfifo(".git")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(".git")
    else:
        os.symlink("/dev/zero", ".git")

    with pytest.raises(UnsupportedError, match="not a regular file"):
        find_layout(outer.join("inner"))


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_git_entries_that_git_ignores_are_ignored(outer: Repo, kind: str) -> None:
    """An empty `.git` folder, and a link to nothing."""
    if kind == "folder":
        os.mkdir(outer.join("inner", ".git"))
    else:
        os.symlink("nowhere", outer.join("inner", ".git"))

    assert get_layout(outer.join("inner")).worktree == outer.path


def test_a_class_of_the_outer_repository_is_not_loaded(outer: Repo) -> None:
    """Nor is a folder there called clean."""
    linked = linked_worktree(outer, outer.join("inner", "tree"))
    shutil.copytree(linked.path, outer.join("inner", "copy"))
    Path(outer.path, "inner", "copy", ".git").write_text("gitdir: /elsewhere/.git/worktrees/tree\n")
    where = outer.join("inner", "copy")

    (change,) = zenml_pin.status("pkg", repo=where).changes
    assert "which is not a git directory" in change.reason
    assert "git worktree repair" in change.reason
    for call in (
        lambda: zenml_pin.load("pkg.step.S", repo=where),
        lambda: zenml_pin.pin("pkg.step.S", repo=where),
    ):
        with pytest.raises(PinError, match="which is not a git directory"):
            call()
    assert zenml_pin.status("pkg", repo=linked.path).clean


def test_where_there_is_no_other_repository_the_reason_is_named(tmp_path: Path) -> None:
    """The hint gives it."""
    (tmp_path / ".git").write_text("gitdir: /elsewhere/.git/worktrees/tree\n")

    assert find_layout(str(tmp_path)) is None
    with pytest.raises(NotARepositoryError) as caught:
        get_layout(str(tmp_path))
    assert "'/elsewhere/.git/worktrees/tree', which is not a git directory" in caught.value.hint


def test_a_ceiling_ends_the_search(outer: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends a search from below; a search that starts at the ceiling, or in the root, continues."""
    (tmp_path / "link").symlink_to(outer.path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", f"relative{os.pathsep}{tmp_path}/link")
    with pytest.raises(NotARepositoryError) as caught:
        get_layout(outer.join("inner"))
    assert "GIT_CEILING_DIRECTORIES" in caught.value.hint
    assert find_layout(outer.path) is not None
    assert find_layout(outer.join("nothing.txt")) is not None

    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", f"{os.pathsep}{tmp_path}/link")
    assert find_layout(outer.join("inner")) is not None


def test_a_file_systems_boundary_ends_the_search(outer: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the environment says otherwise."""
    devices = {outer.join("inner"): 2}
    monkeypatch.setattr(discovery, "_device", lambda path: devices.get(path, 1))
    with pytest.raises(NotARepositoryError) as caught:
        get_layout(outer.join("inner"))
    assert "file system boundary" in caught.value.hint
    assert get_layout(outer.join("pkg")).worktree == outer.path

    monkeypatch.setenv("GIT_DISCOVERY_ACROSS_FILESYSTEM", "1")
    assert get_layout(outer.join("inner")).worktree == outer.path


@pytest.mark.git
@pytest.mark.parametrize(
    "ceilings", ["{0}", "{0}/", "{1}:{0}", ":{0}", "{0}/inner", "/", "{2}", "relative", "{0}/../outer"]
)
@pytest.mark.parametrize("start", ["", "inner", "inner/deeper"])
def test_ceilings_work_as_in_git(
    outer: Repo, tmp_path: Path, ceilings: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`git rev-parse` is the judge."""
    os.makedirs(outer.join("inner", "deeper"))
    (tmp_path / "link").symlink_to(outer.path)
    text = ceilings.format(outer.path, tmp_path, tmp_path / "link")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", text)
    where = outer.join(*start.split("/")) if start else outer.path
    done = subprocess.run(["git", "rev-parse", "--git-dir"], cwd=where, capture_output=True, check=False)

    assert (find_layout(where) is not None) is (done.returncode == 0)
