"""Hooks of a receiving repository read the objects that git keeps in a quarantine; other repositories do not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repositories import Repo, commit, init
from zenml_pin.git.repository import GitRepository

HOOK = """\
#!/bin/sh
while read old new ref; do {python} -m zenml_pin audit --rev $new || exit 1; done
"""
STEP = {"steps": {"__init__.py": "", "a.py": "class A: v = 1\n"}}


def _document(commit_id: str) -> str:
    return f"version: '1'\nsteps: {{training: {{source: steps.a.A@{commit_id}}}}}\n"


@pytest.mark.quick(every=2)
@pytest.mark.git
@pytest.mark.parametrize("is_pinned", [True, False])
def test_a_push_is_judged_before_it_is_accepted(tmp_path: Path, repo: Repo, is_pinned: bool) -> None:
    """`audit --rev` in a pre-receive hook finds the commits that are being pushed, and no branch has yet."""
    server = tmp_path / "server.git"
    subprocess.run(["git", "init", "-q", "--bare", server], check=True)
    hook = server / "hooks" / "pre-receive"
    hook.write_text(HOOK.format(python=sys.executable))
    hook.chmod(0o755)
    head = commit(repo, STEP)
    commit(repo, {"pipelines": {"mine.yaml": _document(head if is_pinned else "f" * 40)}})

    pushed = subprocess.run(
        ["git", "push", str(server), "main"], cwd=repo.path, capture_output=True, text=True, check=False
    )

    assert (pushed.returncode == 0) is is_pinned
    assert ("nothing to report" if is_pinned else "ZP003") in pushed.stderr
    assert "1 pin" in pushed.stderr


def test_only_folders_inside_the_git_directory_are_read(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that is opened elsewhere, such as one that the caller names, gets nothing from the environment."""
    head = commit(repo, STEP)
    other = init(tmp_path / "other")
    objects = Path(repo.gitdir, "objects")
    quarantine = objects / "incoming-1"
    names = [name for name in os.listdir(objects) if len(name) == 2]
    quarantine.mkdir()
    for name in names:
        (objects / name).rename(quarantine / name)

    with GitRepository.open(repo.path) as before:
        assert before.objects.find_commit(head) is None
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(quarantine))
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", f"{objects}:{tmp_path}")
    with GitRepository.open(repo.path) as inside, GitRepository.open(other.path) as outside:
        assert inside.objects.find_commit(head) is not None
        assert outside.objects.find_commit(head) is None
