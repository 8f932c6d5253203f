"""Repositories that another process cannot find by their worktree, or not at all, do not stop that process."""

from __future__ import annotations

import os
import shutil
from operator import attrgetter
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, configure, init
from zenml_pin.backends import ProcessesBackend
from zenml_pin.git.layout import get_layout


@pytest.mark.slow
def test_a_process_finds_a_repository_whose_worktree_has_no_mark(repo: Repo, tmp_path: Path) -> None:
    """`core.worktree` may name any folder; another attached repository is deleted by then."""
    first = commit(repo, {"pkg": {"step.py": "class A:\n    epochs = 1\n"}})
    (tmp_path / "files").mkdir()
    configure(repo, "core", "worktree", str(tmp_path / "files"))
    gone = init(tmp_path / "gone")
    commit(gone, {"a.py": ""})
    with zenml_pin.attach(gone.path), ProcessesBackend() as backend:
        shutil.rmtree(gone.path)
        cls = zenml_pin.load(f"pkg.step.A@{first}", repo=repo.path, allow_dirty=True)

        assert backend.submit(attrgetter("epochs"), cls).result() == 1


def test_an_address_leads_back_to_its_repository(repo: Repo, tmp_path: Path) -> None:
    """The worktree where it has a `.git`, else the git directory."""
    assert get_layout(repo.path).address == repo.path
    configure(repo, "core", "worktree", os.fspath(tmp_path))

    layout = get_layout(repo.path)

    assert layout.address == repo.gitdir
    assert get_layout(layout.address) == layout
