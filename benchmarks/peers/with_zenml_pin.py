"""zenml_pin, as an audit uses it: each commit in a `with` block, which drops its modules at the end."""

from __future__ import annotations

import zenml_pin


class Loader:
    """Loads with the clean check, in memory."""

    def __init__(self, repo: str) -> None:
        self._repo = repo

    def load(self, commit_id: str, unit: str, module: str, name: str) -> type:
        """Return a class as of a commit."""
        with zenml_pin.checkout(commit_id, repo=self._repo) as tree:
            return tree.load(f"{module}.{name}")
