"""MemoryDatasource: data that a script has at hand."""

from __future__ import annotations

from typing import Any

from zenml_pin.datasources.base import BaseDatasource


class MemoryDatasource(BaseDatasource):
    """Holds its data. The document names it by its sha256, and the store keeps it as an artifact.

    Args:
        data: Anything that pickle takes.
        name: The datasource's name.
    """

    STORED = frozenset({"data"})

    def __init__(self, data: Any, name: str = "memory") -> None:
        self._data = data

    def process(self) -> Any:
        """Return the data."""
        return self._data
