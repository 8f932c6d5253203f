"""Repositories that other programs than git wrote: git is the judge of each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.git.writers.tools import VERSIONS, WRITERS, run
from tests.support.git.compare_with_git import judge, run_git
from tests.support.git.written_by_git import id_of_git, refs_of_git
from tests.support.repositories import snapshot
from zenml_pin.git.layout import get_layout
from zenml_pin.git.refs import Refs
from zenml_pin.git.repository import GitRepository

pytestmark = [pytest.mark.git, pytest.mark.network]


@pytest.fixture(params=WRITERS)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A repository by each writer that is available."""
    writer = WRITERS[request.param]
    if lacks := writer.lacks():
        pytest.skip(f"{request.param}: {lacks}")
    folder = tmp_path / "repo"
    folder.mkdir()
    if request.param == "game_of_trees":
        folder.rmdir()
    writer.write(str(folder))
    return str(folder)


def test_every_file_of_every_commit_is_what_git_says(root: str) -> None:
    """And every ref."""
    assert Refs(get_layout(root)).all() == refs_of_git(root)
    assert Refs(get_layout(root)).head() == id_of_git(root, "HEAD")
    commits = run_git("rev-list", "--all", cwd=root).decode().split()
    assert len(commits) >= 2
    with GitRepository.open(root) as repository:
        for commit_id in commits:
            for line in run_git("ls-tree", "-r", "-z", commit_id, cwd=root).split(b"\0"):
                if line:
                    blob = line.split(b"\t")[0].split()[2].decode()
                    assert repository.objects.get(blob, "blob", 2**20) == run_git(
                        "cat-file", "blob", blob, cwd=root
                    )


def test_status_is_gits_or_stricter_with_a_reason(root: str) -> None:
    """Unchanged, edited, staged, and with one file more; the comparison writes nothing."""
    edits = (
        lambda: None,
        lambda: Path(root, "pkg", "step.py").write_text("class S:\n    v = 3\n"),
        lambda: run(root, "git", "add", "-A"),
        lambda: Path(root, "pkg", "new.py").write_text("new = 1\n"),
        lambda: os.utime(Path(root, "pkg", "data.bin"), (1, 1)),
    )
    for edit in edits:
        edit()
        for judgement in judge(root, ("pkg", "pkg/step.py", "pkg/deep", "")):
            assert not judgement.is_false_clean, str(judgement)
            assert not judgement.unlisted, str(judgement)
            assert all(
                change.reason or change.kind.value == "modified"
                for change in judgement.status.changes
                if change.path in judgement.stricter
            )


def test_pins_load_and_nothing_is_written(root: str) -> None:
    """Each version has its own class."""
    before = snapshot(root)
    with GitRepository.open(root) as repository:
        commits = (
            run_git("log", "--format=%H", "--reverse", "HEAD", "--", "pkg/step.py", cwd=root).decode().split()
        )
        assert repository.head_commit() is not None
    for number, commit_id in enumerate(commits, 1):
        assert VERSIONS[number - 1].endswith(f"{number}\n")
        cls: Any = zenml_pin.load(f"pkg.step.S@{commit_id}", repo=root, allow_dirty=True)
        assert cls.v == number
    assert len(commits) == 2
    assert snapshot(root) == before
