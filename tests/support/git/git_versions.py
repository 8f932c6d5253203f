"""The version of the git on PATH."""

from __future__ import annotations

import functools
import subprocess

import pytest


@functools.cache
def git_version() -> tuple[int, int]:
    """Return the first two numbers of git's version, (0, 0) without git."""
    try:
        done = subprocess.run(["git", "version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return 0, 0
    major, minor = done.stdout.split()[2].split(".")[:2]
    return int(major), int(minor)


def needs_git(major: int, minor: int, feature: str) -> pytest.MarkDecorator:
    """Skip a test if git is older than the version that has a feature."""
    reason = f"git on PATH does not know {feature}; {major}.{minor} and newer do"
    return pytest.mark.skipif(git_version() < (major, minor), reason=reason)
