"""What a message needs to know of an uncommitted path, as a `Change` of the clean check has it. For type checkers."""

from __future__ import annotations

from typing import Protocol


class PathChange(Protocol):
    """An uncommitted path."""

    @property
    def path(self) -> str:
        """The path, relative to the repository root."""

    @property
    def label(self) -> str:
        """Its kind, followed by the reason if there is one."""
