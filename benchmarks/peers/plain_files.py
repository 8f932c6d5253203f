"""The floor: the same files on disk with warm bytecode, imported without any check.

Its "repository" is the folder with the files.
"""

from __future__ import annotations

import sys
from importlib import import_module, invalidate_caches

from memory import forget


class Loader:
    """Imports a module again for each load."""

    def __init__(self, repo: str) -> None:
        sys.path.insert(0, repo)

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return the class of the files, whatever the commit is."""
        invalidate_caches()
        try:
            value: type = getattr(import_module(module), name)
            return value
        finally:
            forget(module)
