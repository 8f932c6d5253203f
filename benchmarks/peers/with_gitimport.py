"""gitimport, which puts a commit on `sys.path`. Its release finds no module with today's pygit2, so we adapt it here.

It has no check; we run `git status`, as its users would.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import SimpleNamespace

import gitimport
from gitcommands import require_clean
from memory import forget


class Importer(gitimport.gitimporter):
    """Gives the types of objects as text, as older versions of pygit2 did."""

    def get_tree_entry(self, key: str) -> SimpleNamespace:
        """Return a tree's entry."""
        entry = super().get_tree_entry(key)
        return SimpleNamespace(type=entry.type_str, id=entry.id)


class Loader:
    """Loads by plain names."""

    def __init__(self, repo: str) -> None:
        self._repo = repo
        sys.path_hooks.append(Importer)

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        require_clean(self._repo, unit)
        entry = f"{self._repo}@{commit_id}/"
        sys.path.insert(0, entry)
        try:
            value: type = getattr(import_module(module), name)
            return value
        finally:
            sys.path.remove(entry)
            forget(module)
