"""Rows: tables as lists of dicts, the shape that the built-in steps work on.

A pandas DataFrame is taken as its rows; any other sequence as it is.
"""

from __future__ import annotations

from typing import Any

from zenml_pin.errors import ComponentError

Row = dict[str, Any]


def rows_of(data: Any) -> list[Any]:
    """Return data as a list, a DataFrame as a list of dicts."""
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        return list(data.to_dict("records"))
    return list(data)


def cell_of(row: Row, column: str) -> Any:
    """Return the value of a row in a column.

    Raises:
        ComponentError: It has none.
    """
    if column not in row:
        raise ComponentError(
            f"there is no column '{column}'", f"columns are {', '.join(map(str, row)) or 'none'}"
        )
    return row[column]
