"""Preprocessers: they turn splits into splits that a trainer can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import fsum, sqrt
from numbers import Real
from typing import TYPE_CHECKING, Any

from zenml_pin.errors import ComponentError
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.signatures import refuse_unknown, tolerant
from zenml_pin.steps.table import Row, cell_of, rows_of


class BasePreprocesserStep(BaseStep):
    """Prepares data: `run_fn(splits)` returns new splits, a dict of names to data."""

    KEY = "preprocesser"
    OUTPUT = "splits"


class PreparedSplits(dict[str, Any]):
    """Splits of a preprocesser that knows which columns are labels: for trainers that are not told."""

    def __init__(self, splits: Mapping[str, Any], labels: Iterable[str]) -> None:
        super().__init__(splits)
        self.labels = list(labels)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self), self.labels)


def labels_of(splits: Mapping[str, Any]) -> list[str]:
    """Return the columns that a preprocesser was given as labels; empty where it was given none."""
    return list(splits.labels) if isinstance(splits, PreparedSplits) else []


class StandardPreprocesser(BasePreprocesserStep):
    """Scales number columns to mean 0 and deviation 1. Measures both in the split "train", else in the first split.

    Args:
        features: The columns to scale; by default all columns with only numbers that are not labels.
        labels: Columns to leave unchanged.
    """

    _features: list[str] | None
    _labels: list[str]

    if TYPE_CHECKING:

        def __init__(self, features: list[str] | None = None, labels: list[str] | None = None) -> None: ...

    else:

        @tolerant
        def __init__(
            self, features: list[str] | None = None, labels: list[str] | None = None, **options: Any
        ) -> None:
            # Documents of ZenML have other arguments of its own class; they have no effect.
            refuse_unknown(self, options)
            self._features = features
            self._labels = labels or []

    def run_fn(self, splits: dict[str, Any]) -> dict[str, list[Row]]:
        """Return the splits with new rows; a missing value (None, nan) becomes the mean, a constant column 0."""
        tables = {name: rows_of(data) for name, data in splits.items()}
        fitted = tables["train"] if "train" in tables else next(iter(tables.values()), [])
        scales = {name: _scale(cell_of(row, name) for row in fitted) for name in self._columns(fitted)}
        splits = {name: [_scaled(row, scales) for row in rows] for name, rows in tables.items()}
        return PreparedSplits(splits, self._labels) if self._labels else splits

    def _columns(self, rows: list[Row]) -> list[str]:
        if self._features is not None:
            return [name for name in self._features if name not in self._labels]
        names = [name for name in (rows[0] if rows else {}) if name not in self._labels]
        return [name for name in names if all(_is_number(cell_of(row, name)) for row in rows)]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, Real) and not isinstance(value, bool))


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _scale(values: Iterable[Any]) -> tuple[float, float]:
    """Return the mean and the deviation. The deviation of a constant is 1: rounding errors would give it a tiny one."""
    numbers = [_float(value) for value in values if not _is_missing(value)]
    if not numbers or min(numbers) == max(numbers):
        return (numbers[0] if numbers else 0.0), 1.0
    mean = fsum(numbers) / len(numbers)
    return mean, sqrt(fsum((number - mean) ** 2 for number in numbers) / len(numbers)) or 1.0


def _scaled(row: Row, scales: dict[str, tuple[float, float]]) -> Row:
    scaled = dict(row)
    for name, (mean, deviation) in scales.items():
        value = cell_of(row, name)
        scaled[name] = 0.0 if _is_missing(value) else (_float(value, name) - mean) / deviation
    return scaled


def _float(value: Any, column: str = "") -> float:
    if not _is_number(value):
        of_column = f" of column '{column}'" if column else ""
        raise ComponentError(
            f"{value!r}{of_column} is not a number", "name the columns to scale: features=[...]"
        )
    return float(value)
