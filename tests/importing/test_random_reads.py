"""Random reads of files beside the code give what they give in a checkout that git made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.importing.random_reads import make_package
from tests.support.repositories import Repo, commit, git


def reads(folder: Path | str, code: str, count: int) -> list[str]:
    """Return the lines that reads print, run in a new process in a folder."""
    command = [sys.executable, "-B", "-c", f"{code}; main({count}, {count})"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.git
@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_reads_beside_the_code_are_those_of_a_checkout(repo: Repo, tmp_path: Path, count: int) -> None:
    """open, Path, mmap, listdir, glob, walk, pandas, NumPy, sqlite3, zipfile, resources, what is absent."""
    head = commit(repo, make_package(count))
    checkout = tmp_path / "checkout"
    git("worktree", "add", "-q", "--detach", str(checkout), head, cwd=repo.path)
    (checkout / ".git").unlink()

    expected = reads(checkout / "src", "from pkg.reads import main", count)
    pinned = reads(repo.path, f"from zenml_pin.at.g{head}.pkg.reads import main", count)

    assert len(expected) == count
    assert pinned == expected
