"""Rows: tables as lists of dicts, the shape that the built-in steps work on.

A pandas DataFrame is taken as its rows; any other sequence as it is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Any

from zenml_pin.errors import ComponentError

Row = dict[str, Any]
_INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_TYPES: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str}


def rows_of(data: Any) -> list[Any]:
    """Return data as a list, a DataFrame as a list of dicts."""
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        return list(data.to_dict("records"))
    return list(data)


def read_csv(path: str, schema: dict[str, str] | None = None) -> list[Row]:
    """Read a CSV file (UTF-8, header line) into rows.

    A column is int or float when all its cells look so (leading zeros do not: such cells are names), else str. An
    empty cell of a number column is None.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows: list[Row] = [{name: row[name] or "" for name in reader.fieldnames or ()} for row in reader]
        names = list(reader.fieldnames or ())
    for name in names:
        kind = (schema or {}).get(name) or _kind([row[name] for row in rows])
        if kind not in _TYPES:
            raise ComponentError(f"column '{name}' has the type '{kind}'", f"types are {', '.join(_TYPES)}")
        for row in rows:
            row[name] = None if row[name] == "" and kind != "str" else _TYPES[kind](row[name])
    return rows


def _kind(cells: list[str]) -> str:
    held = [cell for cell in cells if cell]
    if held and all(map(_INT.match, held)):
        return "int"
    return "float" if held and all(_INT.match(cell) or _plain_float(cell) for cell in held) else "str"


def _plain_float(cell: str) -> bool:
    return bool(_FLOAT.match(cell)) and not re.match(r"[-+]?0[0-9]", cell)
