"""Comparing pandas' frames, columns and indexes.

pandas is never imported here: a process that has a frame has imported it.
"""

from __future__ import annotations

import sys
from typing import Any

from zenml_pin.base.text import count
from zenml_pin.pipelines.comparison import arrays
from zenml_pin.pipelines.comparison.walk import Walk, shown


def is_frame(value: Any) -> bool:
    """Tell whether a value is a pandas DataFrame."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, getattr(pandas, "DataFrame", ()))


def is_scalar(value: Any) -> bool:
    """Tell whether a value is a single one of pandas, such as a Period."""
    return type(value).__module__.partition(".")[0] == "pandas"


def is_column(value: Any) -> bool:
    """Tell whether a value is a Series, an Index or one of pandas' arrays."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not hasattr(pandas, "api"):
        return False
    return isinstance(value, (pandas.Series, pandas.Index, pandas.api.extensions.ExtensionArray))


def compare_frames(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    """Compare two frames: columns, index, then each column."""
    names, others = list(recorded.columns), list(now.columns)
    for name in names:
        if name not in others:
            walk.differ(f"{path}[{name!r}]", "missing", "a column", None)
    for name in others:
        if name not in names:
            walk.differ(f"{path}[{name!r}]", "added", None, "a column")
    if len(recorded) != len(now):
        walk.differ(path, "length", count(len(recorded), "row"), count(len(now), "row"))
        return
    if sorted(map(repr, names)) == sorted(map(repr, others)) and names != others:
        walk.differ(path, "order", f"columns {shown_names(names)}", f"columns {shown_names(others)}")
    compare_columns(walk, f"{path}.index", recorded.index, now.index)
    walk.compare(f"{path}.attrs", recorded.attrs, now.attrs)
    if len(set(map(repr, names))) < len(names) and names == others:
        # Two columns may have one name.
        for position, name in enumerate(names):
            compare_columns(walk, f"{path}[{name!r}]", recorded.iloc[:, position], now.iloc[:, position])
        return
    for name in names:
        if name in others:
            _values(walk, f"{path}[{name!r}]", recorded[name], now[name])


def shown_names(names: list[Any]) -> str:
    """Return the first few names."""
    more = f", and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(map(str, names[:5])) + more


def compare_columns(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    """Compare two columns, indexes or arrays of pandas."""
    kinds = type(recorded).__name__, type(now).__name__
    pandas = sys.modules["pandas"]
    if isinstance(recorded, pandas.Series) != isinstance(now, pandas.Series):
        walk.differ(path, "type", *kinds)
        return
    if len(recorded) != len(now):
        walk.differ(path, "length", count(len(recorded), "value"), count(len(now), "value"))
        return
    for name in ("name", "names"):
        if hasattr(recorded, name) and hasattr(now, name):
            walk.compare(f"{path}.{name}", _plain(getattr(recorded, name)), _plain(getattr(now, name)))
            break
    if isinstance(recorded, pandas.Series):
        compare_columns(walk, f"{path}.index", recorded.index, now.index)
    _values(walk, path, recorded, now)


def _plain(names: Any) -> Any:
    return list(names) if not isinstance(names, (str, tuple)) and hasattr(names, "__iter__") else names


def _values(walk: Walk, path: str, recorded: Any, now: Any) -> None:
    """Compare the values of two columns of one length, wherever a value is missing too."""
    pandas, numpy = sys.modules["pandas"], sys.modules["numpy"]
    if isinstance(recorded, pandas.MultiIndex) or isinstance(now, pandas.MultiIndex):
        walk.compare(path, list(recorded), list(now))
        return
    if str(recorded.dtype) != str(now.dtype):
        walk.note(path, f"recorded {recorded.dtype}, now {now.dtype}")
    missing = [numpy.asarray(pandas.isna(side), dtype=bool) for side in (recorded, now)]
    unequal = missing[0] != missing[1]
    if unequal.any():
        first = int(numpy.argmax(unequal))
        sides = [shown(_at(side, first)) for side in (recorded, now)]
        facts: dict[str, Any] = {"count": int(unequal.sum()), "total": len(unequal)}
        walk.differ(f"{path}[{first}]", "value", *sides, **facts)
    both = ~(missing[0] | missing[1])
    sides = [_numpy(side[both]) for side in (recorded, now)]
    if not both.all():
        _located(walk, path, sides, numpy.flatnonzero(both))
    else:
        arrays.compare_arrays(walk, path, *sides)


def _located(walk: Walk, path: str, sides: list[Any], positions: Any) -> None:
    """Compare values of which some are left out, so that places are told as they are in the whole column."""
    numpy = sys.modules["numpy"]
    whole = []
    for side in sides:
        full = numpy.zeros(int(positions[-1]) + 1 if len(positions) else 0, dtype=side.dtype)
        full[positions] = side
        whole.append(full)
    arrays.compare_arrays(walk, path, *whole)


def _at(column: Any, position: int) -> Any:
    return column.iloc[position] if hasattr(column, "iloc") else column[position]


def _numpy(column: Any) -> Any:
    """Return a column without missing values as a NumPy array; categories and intervals as objects."""
    numpy = sys.modules["numpy"]
    values = column.to_numpy() if hasattr(column, "to_numpy") else numpy.asarray(column)
    return values if isinstance(values, numpy.ndarray) else numpy.asarray(values)
