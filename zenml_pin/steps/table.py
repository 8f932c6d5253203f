"""CSV files as rows. The cells of a column decide its type.

    int     all cells are whole numbers without leading zeros: names and codes may have leading zeros
    float   all cells are numbers, and one has a point or an exponent
    str     otherwise

An empty cell of a column of numbers is None.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Any

from zenml_pin.errors import ComponentError

_INT = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_TYPES: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "str": str}

Row = dict[str, Any]


def read_csv(
    path: str, schema: dict[str, str] | None = None, encoding: str = "utf-8", delimiter: str = ","
) -> list[Row]:
    """Read a CSV file with a header line into rows.

    Args:
        path: The file.
        schema: Types of columns by name, "int", "float" or "str"; the cells decide the type of other columns.
        encoding: The encoding of its text; a byte order mark of UTF-8 does not belong to the text.
        delimiter: The text between cells.

    Raises:
        ComponentError: A line has another number of cells than the header, a cell does not have its column's type, or
            the bytes are not text of that encoding.
        FileNotFoundError: The file does not exist.
    """
    names, lines, cells = _read(path, encoding, delimiter)
    for name, kind in (schema or {}).items():
        if name not in names:
            raise ComponentError(f"'{path}' has no column '{name}'", f"columns are {', '.join(names)}")
        if kind not in _TYPES:
            raise ComponentError(f"column '{name}' has the type '{kind}'", f"types are {', '.join(_TYPES)}")
    columns = []
    for position, name in enumerate(names):
        column = [row[position] for row in cells]
        kind = (schema or {}).get(name) or _kind(column)
        columns.append([_value(*pair, kind, name, path) for pair in zip(column, lines, strict=True)])
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _read(path: str, encoding: str, delimiter: str) -> tuple[list[str], list[int], list[list[str]]]:
    """Return the header, the line number of each row, and the cells of each row. Empty lines are not rows."""
    lines, cells = [], []
    try:
        mark = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
        with open(path, encoding=mark, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            names = next(reader, [])
            _check_header(names, path)
            for row in reader:
                if row and len(row) != len(names):
                    raise ComponentError(
                        f"'{path}' has {len(row)} cells on line {reader.line_num}, and {len(names)} columns",
                        "put quotes around cells that hold the delimiter",
                    )
                if row:
                    lines.append(reader.line_num)
                    cells.append(row)
    except (UnicodeError, LookupError) as error:
        raise ComponentError(
            f"'{path}' cannot be read as {encoding}: {error}", "name its encoding: encoding='latin-1'"
        ) from error
    except (csv.Error, TypeError) as error:
        raise ComponentError(f"'{path}' cannot be read: {error} (after line {len(cells) + 1})") from error
    return names, lines, cells


def _check_header(names: list[str], path: str) -> None:
    if not names:
        raise ComponentError(f"'{path}' has no header line", "its first line names the columns")
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ComponentError(f"'{path}' has two columns '{repeated}'", "rename one of them")


def _value(cell: str, line: int, kind: str, name: str, path: str) -> Any:
    if cell == "" and kind != "str":
        return None
    try:
        return _TYPES[kind](cell)
    except ValueError as error:
        shown = cell if len(cell) <= 40 else f"{cell[:40]}..."
        raise ComponentError(
            f"'{path}' has '{shown}' in column '{name}' on line {line}, which is not of type {kind}",
            f"give the column another type: schema={{'{name}': 'str'}}",
        ) from error


def _kind(cells: list[str]) -> str:
    filled = [cell for cell in cells if cell]
    if filled and all(map(_INT.match, filled)):
        return "int"
    return "float" if filled and all(_INT.match(cell) or _is_float(cell) for cell in filled) else "str"


def _is_float(cell: str) -> bool:
    return bool(_FLOAT.match(cell)) and not _LEADING_ZERO.match(cell)


def rows_of(data: Any) -> list[Any]:
    """Return data as a list, a DataFrame as a list of dicts."""
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        return list(data.to_dict("records"))
    return list(data)


def cell_of(row: Row, column: str) -> Any:
    """Return the value of a row in a column.

    Raises:
        ComponentError: The row does not have that column.
    """
    if column not in row:
        raise ComponentError(
            f"there is no column '{column}'", f"columns are {', '.join(map(str, row)) or 'none'}"
        )
    return row[column]
