"""The git binary, for the peers that call it."""

from __future__ import annotations

import subprocess


def git(repo: str, *args: str) -> bytes:
    """Run git in a repository; return its output."""
    quiet = subprocess.DEVNULL
    return subprocess.run(["git", *args], cwd=repo, check=True, stdout=subprocess.PIPE, stderr=quiet).stdout


def require_clean(repo: str, unit: str) -> None:
    """Refuse a unit with uncommitted changes."""
    if git(repo, "--no-optional-locks", "status", "--porcelain", "-uall", "--", unit):
        raise RuntimeError(f"'{unit}' has uncommitted changes")
