"""Data steps: they turn the data of a datasource into the data of the pipeline."""

from __future__ import annotations

from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.table import Row, read_csv


class BaseDataStep(BaseStep):
    """Reads or reshapes data: `run_fn(data)` returns it. It may read things outside the run, so it always runs."""

    KEY = "data"
    OUTPUT = "data"
    CACHED = False


class CSVDataStep(BaseDataStep):
    """Reads a CSV file into rows, as CSVDatasource does.

    Args:
        path: The file, with a header line.
        schema: Types of columns by name, "int", "float" or "str"; the cells decide the type of other columns.
    """

    def __init__(self, path: str, schema: dict[str, str] | None = None) -> None:
        self.path = path
        self.schema = schema

    def run_fn(self) -> list[Row]:
        """Return the rows, each a dict by column."""
        return read_csv(self.path, self.schema)
