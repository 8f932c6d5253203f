"""zenml_pin, as a pipeline uses it: a second `load` checks again, and returns the class that is already loaded."""

from __future__ import annotations

import zenml_pin


class Loader:
    """Loads with the clean check, in memory; the module runs once."""

    def __init__(self, repo: str) -> None:
        self._repo = repo

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        return zenml_pin.load(f"{module}.{name}@{commit_id}", repo=self._repo)
