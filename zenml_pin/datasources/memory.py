"""MemoryDatasource: data that a script has in memory."""

from __future__ import annotations

from typing import Any

from zenml_pin.datasources.base import BaseDatasource


class MemoryDatasource(BaseDatasource):
    """Provides the data that it is created with. The document has the data's sha256, the store has them as an artifact.

    Args:
        data: Any object that can be pickled.
        name: The datasource's name.
    """

    STORED = frozenset({"data"})

    def __init__(self, data: Any, name: str = "memory") -> None:
        self._data = data

    def process(self) -> Any:
        """Return the data."""
        return self._data
