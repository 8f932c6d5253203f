"""A repository that git made for one scenario, with short names for what a user does to it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field

from tests.support.git.compare_with_git import run_git

BINARY = bytes(range(256)) * 3
FILES: dict[str, bytes] = {
    ".gitignore": b"*.log\n*.pyc\nsecret*\nbuild/\n",
    "README.md": b"# A project\n",
    "other/thing.py": b"thing = 1\n",
    "pkg/__init__.py": b"",
    "pkg/step.py": b"class A:\n    epochs = 1\n",
    "pkg/run.sh": b"#!/bin/sh\nexit 0\n",
    "pkg/data.bin": BINARY,
    "pkg/crlf.txt": b"one\r\ntwo\r\n",
    "pkg/deep/inner.py": b"inner = 1\n",
    "pkg/deep/er/most.py": b"most = 1\n",
    "pkg-old/step.py": b"old = 1\n",
    "pkg.py": b"decoy = 1\n",
}


@dataclass
class Box:
    """A repository.

    Attributes:
        root: Its worktree.
        outside: A folder beside it, for files outside of the repository.
        paths: The paths to check.
    """

    root: str
    outside: str
    paths: list[str] = field(default_factory=lambda: ["pkg", "pkg/step.py", ""])

    def at(self, path: str) -> str:
        """Return an absolute path."""
        return os.path.join(self.root, path)

    def git(self, *args: str | bytes, may_fail: bool = False, stdin: bytes = b"") -> str:
        """Run git in the worktree."""
        return os.fsdecode(run_git(*args, cwd=self.root, may_fail=may_fail, stdin=stdin))

    def config(self, name: str, value: str) -> None:
        """Set a setting of the repository."""
        self.git("config", name, value)

    def write(self, path: str, data: bytes = b"new = 1\n") -> None:
        """Write a file, and its folder if that is missing."""
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        with open(self.at(path), "wb") as file:
            file.write(data)

    def read(self, path: str) -> bytes:
        """Return a file's content."""
        with open(self.at(path), "rb") as file:
            return file.read()

    def remove(self, path: str) -> None:
        """Remove a file, a link, or a folder with everything below it."""
        full = self.at(path)
        if os.path.isdir(full) and not os.path.islink(full):
            shutil.rmtree(full)
        else:
            os.remove(full)

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link at a path; whatever was there is removed."""
        if os.path.lexists(self.at(path)):
            self.remove(path)
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        os.symlink(target, self.at(path))

    def chmod(self, path: str, mode: int) -> None:
        """Set a file's mode."""
        os.chmod(self.at(path), mode)

    def commit(self, *paths: str) -> None:
        """Commit paths, or everything."""
        self.git("add", "-A", "--", *(paths or (".",)))
        self.git("commit", "-q", "--allow-empty", "-m", "a change")

    def init(self, path: str, commit: bool = True) -> None:
        """Make a repository at a path below the root."""
        os.makedirs(self.at(path), exist_ok=True)
        run_git("init", "-q", "-b", "main", cwd=self.at(path))
        if commit:
            self.write(f"{path}/module.py", b"module = 1\n")
            run_git("add", "-A", cwd=self.at(path))
            run_git("commit", "-q", "-m", "first", cwd=self.at(path))


def make_box(root: str, outside: str, *init_args: str) -> Box:
    """Make a repository with the committed files `FILES`, a link and an executable."""
    box = Box(root, outside)
    os.makedirs(root, exist_ok=True)
    os.makedirs(outside, exist_ok=True)
    box.git("init", "-q", "-b", "main", *init_args)
    for path, data in FILES.items():
        box.write(path, data)
    box.chmod("pkg/run.sh", 0o755)
    box.link("pkg/link", "step.py")
    box.commit()
    return box


def copy_box(template: Box, root: str, outside: str) -> Box:
    """Copy a repository; every file of the copy has other stat data than its index remembers."""
    shutil.copytree(template.root, root, symlinks=True)
    os.makedirs(outside, exist_ok=True)
    return Box(root, outside)
