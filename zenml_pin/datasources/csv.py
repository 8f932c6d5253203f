"""CSVDatasource: the rows of a file."""

from __future__ import annotations

from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.steps.table import Row, read_csv


class CSVDatasource(BaseDatasource):
    """Reads a CSV file into rows.

    Args:
        name: The datasource's name.
        path: The file, with a header line, relative to the folder in which the pipeline runs. Without a path there is
            no data: then a data step provides it, as in documents of ZenML 0.1.
        schema: Types of columns by name, "int", "float" or "str"; the types of others follow from their cells.
        encoding: The file's text encoding.
        delimiter: The text between cells.
    """

    def __init__(
        self,
        name: str = "csv",
        path: str | None = None,
        schema: dict[str, str] | None = None,
        encoding: str = "utf-8",
        delimiter: str = ",",
    ) -> None:
        self.path = path
        self.schema = schema
        self._encoding = encoding
        self._delimiter = delimiter

    def process(self) -> list[Row] | None:
        """Return the rows, each a dict by column; None without a path."""
        if self.path is None:
            return None
        return read_csv(self.path, self.schema, self._encoding, self._delimiter)
