"""Commits with locks, read as an environment would read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.repositories import Repo, commit
from zenml_pin.at import registry
from zenml_pin.backends.environments.lock_file import PROJECT, PYLOCK, UV, LockFile, find_lock
from zenml_pin.backends.environments.project import read_project
from zenml_pin.backends.environments.pylock import read_pylock
from zenml_pin.backends.environments.pythons import InstalledPython
from zenml_pin.backends.environments.requirements import read_requirements
from zenml_pin.backends.environments.settings import EnvSettings
from zenml_pin.backends.environments.uv_lock import read_uv_lock
from zenml_pin.backends.environments.wanted import Libraries

READERS = {UV: read_uv_lock, PYLOCK: read_pylock, PROJECT: read_project}
# Nothing is run: a reader only needs to know a version.
PYTHON = InstalledPython("/nowhere/python3.12", "3.12.4")


@pytest.fixture
def lock_of(repo: Repo) -> Callable[..., LockFile]:
    """Commit some files, and return the lock that counts for a folder."""

    def find(files: dict[str, Any], folder: str = "", given: str | None = None) -> LockFile:
        tree = registry.find_tree(commit(repo, files), registry.open(repo.path))
        return find_lock(tree, folder, given)

    return find


@pytest.fixture
def read(lock_of: Callable[..., LockFile]) -> Callable[..., Libraries]:
    """Commit some files, and return what the lock asks for."""

    def libraries(
        files: dict[str, Any], folder: str = "", python: InstalledPython = PYTHON, **settings: Any
    ) -> Libraries:
        lock = lock_of(files, folder, settings.get("lock"))
        return READERS.get(lock.kind, read_requirements)(lock, EnvSettings(**settings), python)

    return libraries
