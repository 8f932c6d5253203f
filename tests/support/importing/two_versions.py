"""A commit "v1", a commit "v2" and a working tree that differs from both and is on `sys.path`.

Each leak shows as the value of the wrong version. VERSION in a test's files becomes the version.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

import zenml_pin
from tests.support.repositories import Files, Repo, commit, write


@dataclass(frozen=True)
class World:
    """A repository with two versions and an edited working tree.

    Attributes:
        first: The commit whose files say "v1".
        second: The commit whose files say "v2", HEAD.
    """

    repo: Repo
    first: str
    second: str

    @property
    def root(self) -> str:
        """The package that contains the first commit's modules."""
        return f"zenml_pin.at.g{self.first}"

    def module(self, name: str, commit_id: str | None = None) -> ModuleType:
        """Import a module of the first commit, or of another one."""
        return zenml_pin.import_module(name, commit_id or self.first, repo=self.repo.path)

    def run(self, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run Python in the working tree, as a person would do there."""
        environment = {**os.environ, **(env or {})}
        command = [sys.executable, "-B", *args]
        return subprocess.run(
            command, cwd=self.repo.path, capture_output=True, text=True, check=False, env=environment
        )

    def value(self, code: str, **names: Any) -> str:
        """Run code in a new process, with ROOT replaced by the pinned package; return its output."""
        done = self.run("-c", code.replace("ROOT", self.root))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def at_version(files: Files, version: str) -> Files:
    """Return files with VERSION replaced."""
    files_at_version: dict[str, Any] = {}
    for name, node in files.items():
        if isinstance(node, str):
            files_at_version[name] = node.replace("VERSION", version)
        else:
            files_at_version[name] = at_version(node, version) if isinstance(node, dict) else node
    return files_at_version


@pytest.fixture
def build(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    """Build a world from its files; `worktree_only` files are not in any commit."""

    def make(files: Files, worktree_only: Files | None = None) -> World:
        first = commit(repo, at_version(files, "v1"))
        second = commit(repo, at_version(files, "v2"))
        write(repo, at_version(files, "worktree"))
        write(repo, at_version(worktree_only or {}, "worktree"))
        monkeypatch.syspath_prepend(repo.path)
        return World(repo, first, second)

    return make
