"""`git worktree add` of the whole commit, an import from there, and its removal; the check is `git status`."""

from __future__ import annotations

import os
import tempfile

import plain_files
from gitcommands import git, require_clean


class Loader:
    """Writes every file of the commit for each load."""

    def __init__(self, repo: str) -> None:
        self._repo = repo

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        require_clean(self._repo, unit)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "worktree")
            git(self._repo, "worktree", "add", "-f", "--detach", path, commit_id)
            try:
                return plain_files.Loader(path).load(commit_id, unit, module, name)
            finally:
                git(self._repo, "worktree", "remove", "--force", path)
