"""The loader of native code, which only a materialized commit has."""

from __future__ import annotations

from importlib import machinery


class NativeLoader(machinery.ExtensionFileLoader):
    """Loads native code of a materialized commit, under its pinned name.

    Args:
        name: The module's pinned name.
        real: Its real file.
        file: Path of its file at the commit.
    """

    def __init__(self, name: str, real: str, file: str) -> None:
        super().__init__(name, real)
        self.file = file
