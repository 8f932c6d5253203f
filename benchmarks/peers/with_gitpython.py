"""GitPython the way ZenML 0.3 did it: check every file, then check out the folder over the working tree.

It changes the repository, and then restores it.
"""

from __future__ import annotations

import os
import sys

import git
import plain_files


class Loader:
    """Loads from the working tree, which has the commit's files during the load."""

    def __init__(self, repo: str) -> None:
        self._repo = git.Repo(repo)
        self._files = plain_files.Loader(repo)
        self._root = repo

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        for file in os.listdir(os.path.join(self._root, unit)):
            if file != "__pycache__" and not self._is_committed(f"{unit}/{file}"):
                raise RuntimeError(f"'{unit}/{file}' has uncommitted changes")
        self._repo.git.checkout(commit_id, "--", unit)
        sys.dont_write_bytecode = True
        try:
            return self._files.load(commit_id, unit, module, name)
        finally:
            self._repo.git.reset("HEAD", "--", unit)
            self._repo.git.checkout("--", unit)

    def _is_committed(self, path: str) -> bool:
        """Ask git three times for each file, as ZenML did."""
        changed = [item.a_path for item in self._repo.index.diff(None)]
        staged = [item.a_path for item in self._repo.index.diff("HEAD")]
        return path not in (*changed, *staged, *self._repo.untracked_files)
