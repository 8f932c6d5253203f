"""Refs that a setting or the environment keeps elsewhere, compared with git."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.git.compare_with_git import judge, run_git
from tests.support.git.git_versions import needs_git
from tests.support.git.written_by_git import ByGit, assert_as_git
from tests.support.repositories import Repo, commit, configure
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.layout import get_layout
from zenml_pin.git.refs import Refs

by_git = [pytest.mark.git, needs_git(2, 54, "refs elsewhere")]


@pytest.fixture(params=["files", "reftable"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ByGit:
    """A repository whose refs are in another folder."""
    (tmp_path / "refs").mkdir()
    monkeypatch.setenv("GIT_REFERENCE_BACKEND", f"{request.param}://{tmp_path}/refs")
    run_git("init", "-q", "-b", "main", str(tmp_path / "repo"), cwd=str(tmp_path))
    monkeypatch.delenv("GIT_REFERENCE_BACKEND")
    root = str(tmp_path / "repo")
    ids = []
    for number in range(2):
        Path(root, "a.py").write_text(f"a = {number}\n")
        run_git("add", "-A", cwd=root)
        run_git("commit", "-q", "-m", f"{number}", cwd=root)
        ids.append(run_git("rev-parse", "HEAD", cwd=root).decode().strip())
    return ByGit(root, tuple(ids))


class TestElsewhere:
    """Repositories that git makes with GIT_REFERENCE_BACKEND, and changes."""

    pytestmark = by_git

    def test_refs_are_found(self, elsewhere: ByGit, tmp_path: Path) -> None:
        """Packed, in tables, in a linked worktree; a relative path starts at the git directory."""
        elsewhere.create(*(f"refs/heads/{number:03}" for number in range(200)))
        elsewhere.git("tag", "-a", "-m", "one", "v1")
        assert len(assert_as_git(elsewhere.root)) == 202
        elsewhere.git("pack-refs", "--all")
        linked = str(tmp_path / "linked")
        elsewhere.git("worktree", "add", "-q", linked, elsewhere.commits[0])
        run_git("update-ref", "refs/worktree/mine", "HEAD", cwd=linked)
        assert_as_git(elsewhere.root, "refs/worktree/mine", "ORIG_HEAD")
        assert_as_git(linked, "refs/worktree/mine", "ORIG_HEAD")

        storage = get_layout(elsewhere.root).ref_storage
        shutil.move(str(tmp_path / "refs"), os.path.join(elsewhere.root, ".git", "moved"))
        elsewhere.git("config", "-f", ".git/config", "extensions.refStorage", f"{storage}://moved")
        assert_as_git(elsewhere.root)
        assert_as_git(linked, "refs/worktree/mine")

    def test_older_refs_in_the_git_directory_do_not_count(self, elsewhere: ByGit) -> None:
        """A folder is compared with the real HEAD."""
        Path(elsewhere.root, ".git", "HEAD").write_text(elsewhere.commits[0] + "\n")
        elsewhere.git("checkout", "-q", "HEAD~1", "--", ".")
        (judgement,) = judge(elsewhere.root, ("",))

        assert judgement.dirty
        assert not judgement.status.clean

    def test_the_environment_goes_first(
        self, elsewhere: ByGit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As in git; this counts for every repository."""
        storage = get_layout(elsewhere.root).ref_storage
        shutil.copytree(tmp_path / "refs", tmp_path / "copy")
        monkeypatch.setenv("GIT_REFERENCE_BACKEND", f"{storage}://{tmp_path}/copy")
        elsewhere.git("reset", "-q", "--hard", "HEAD~1")
        assert_as_git(elsewhere.root)
        assert Refs(get_layout(elsewhere.root)).head() == elsewhere.commits[0]
        assert judge(elsewhere.root, ("",))[0].status.clean

        monkeypatch.delenv("GIT_REFERENCE_BACKEND")
        assert Refs(get_layout(elsewhere.root)).head() == elsewhere.commits[1]
        (judgement,) = judge(elsewhere.root, ("",))
        assert judgement.dirty is not judgement.status.clean


@pytest.mark.parametrize("storage", ["files", "reftable"])
@pytest.mark.parametrize("path", ["/nowhere/at/all", "", "relative"])
def test_a_location_without_refs_is_named(repo: Repo, storage: str, path: str) -> None:
    """ "There is no commit yet" would be a wrong reason."""
    commit(repo, {"a": "1"})
    configure(repo, "core", "repositoryformatversion", "1")
    configure(repo, "extensions", "refStorage", f"{storage}://{path}")

    with pytest.raises(UnsupportedError, match=r"are not in '.*', which extensions\.refStorage names"):
        Refs(get_layout(repo.path))


@pytest.mark.parametrize("value", ["bogus", "bogus:///x", "FILES", "files:x"])
def test_another_storage_is_refused(repo: Repo, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the settings and in the environment."""
    commit(repo, {"a": "1"})
    monkeypatch.setenv("GIT_REFERENCE_BACKEND", value)
    with pytest.raises(UnsupportedError, match="GIT_REFERENCE_BACKEND stores refs as"):
        Refs(get_layout(repo.path))

    monkeypatch.delenv("GIT_REFERENCE_BACKEND")
    configure(repo, "core", "repositoryformatversion", "1")
    configure(repo, "extensions", "refStorage", value)
    with pytest.raises(UnsupportedError, match="stores its refs as"):
        get_layout(repo.path)


def test_refs_in_a_folder_elsewhere(repo: Repo, tmp_path: Path) -> None:
    """Without git: loose and packed ones, and HEAD."""
    head = commit(repo, {"a": "1"})
    for name in ("HEAD", "refs"):
        (tmp_path / "place").mkdir(exist_ok=True)
        source = Path(repo.gitdir, name)
        shutil.copytree(source, tmp_path / "place" / name) if source.is_dir() else shutil.copy(
            source, tmp_path / "place" / name
        )
    Path(repo.gitdir, "HEAD").write_text("ref: refs/heads/.invalid\n")
    configure(repo, "core", "repositoryformatversion", "1")
    configure(repo, "extensions", "refStorage", f"files://{tmp_path}/place")
    refs = Refs(get_layout(repo.path))

    assert (refs.head(), refs.branch(), refs.all()) == (head, "refs/heads/main", {"refs/heads/main": head})
