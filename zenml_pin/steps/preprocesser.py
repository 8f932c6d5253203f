"""Preprocessers: splits become splits that a trainer can use."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any

from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.rows import Row, rows_of


class BasePreprocesserStep(BaseStep):
    """Prepares data: `run_fn(splits)` returns new splits, a dict of names to data."""

    KEY = "preprocesser"
    OUTPUT = "splits"


class StandardPreprocesser(BasePreprocesserStep):
    """Brings number columns to mean 0 and deviation 1, as they have it in the split "train" (else in the first).

    Args:
        features: The columns to bring there; without it all that hold numbers only and are no labels.
        labels: Columns to leave as they are.
        options: What ZenML's own took besides; not used.
    """

    def __init__(
        self, features: list[str] | None = None, labels: list[str] | None = None, **options: Any
    ) -> None:
        self._features = features
        self._labels = labels or []

    def run_fn(self, splits: dict[str, Any]) -> dict[str, list[Row]]:
        """Return the splits with new rows; a missing value becomes the mean."""
        tables = {name: rows_of(data) for name, data in splits.items()}
        fitted = tables["train"] if "train" in tables else next(iter(tables.values()), [])
        scales = {name: _scale(row[name] for row in fitted) for name in self._columns(fitted)}
        return {name: [_scaled(row, scales) for row in rows] for name, rows in tables.items()}

    def _columns(self, rows: list[Row]) -> list[str]:
        if self._features is not None:
            return [name for name in self._features if name not in self._labels]
        names = [name for name in (rows[0] if rows else {}) if name not in self._labels]
        return [name for name in names if all(_is_number(row[name]) for row in rows)]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _scale(values: Iterable[Any]) -> tuple[float, float]:
    held = [float(value) for value in values if value is not None]
    mean = sum(held) / len(held) if held else 0.0
    deviation = sqrt(sum((value - mean) ** 2 for value in held) / len(held)) if held else 0.0
    return mean, deviation or 1.0


def _scaled(row: Row, scales: dict[str, tuple[float, float]]) -> Row:
    scaled = dict(row)
    for name, (mean, deviation) in scales.items():
        scaled[name] = 0.0 if row[name] is None else (float(row[name]) - mean) / deviation
    return scaled
