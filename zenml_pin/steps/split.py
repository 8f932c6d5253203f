"""Splits: data becomes named parts, such as train and eval."""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.rows import rows_of

Splits = dict[str, list[Any]]


class BaseSplitStep(BaseStep):
    """Splits data: `run_fn(data)` returns a dict of names to data."""

    KEY = "split"
    OUTPUT = "splits"


def _shares(split_map: dict[str, float]) -> list[float]:
    """Return where each split ends between 0 and 1."""
    total = sum(split_map.values())
    if not split_map or min(split_map.values()) < 0 or abs(total - 1) > 1e-6:
        raise ComponentError(
            f"split_map {split_map} has shares that add up to {total}", "shares are positive and add up to 1"
        )
    return list(accumulate(split_map.values()))


class RandomSplit(BaseSplitStep):
    """Splits rows at random, the same way each time.

    Args:
        split_map: Share of each split, such as {"train": 0.7, "eval": 0.3}; they add up to 1.
        seed: Another seed gives other splits.
    """

    def __init__(self, split_map: dict[str, float], seed: int = 0) -> None:
        self._names = list(split_map)
        self._ends = _shares(split_map)
        self._seed = seed

    def run_fn(self, data: Any) -> Splits:
        """Return the splits; each has its share of the rows, to within one."""
        rows = rows_of(data)
        order = list(range(len(rows)))
        random.Random(self._seed).shuffle(order)
        ends = [0, *(round(end * len(rows)) for end in self._ends)]
        # Within a split the rows keep their order.
        return {
            name: [rows[i] for i in sorted(order[start:end])]
            for name, start, end in zip(self._names, ends, ends[1:], strict=False)
        }


class HashSplit(BaseSplitStep):
    """Splits rows by the hash of a column, so that a row stays in its split whatever comes after it.

    Args:
        split_map: Share of each split; they add up to 1.
        column: The column that decides, such as an id; without one the whole row does.
    """

    def __init__(self, split_map: dict[str, float], column: str | None = None) -> None:
        self._names = list(split_map)
        self._ends = _shares(split_map)
        self._column = column

    def run_fn(self, data: Any) -> Splits:
        """Return the splits."""
        splits: Splits = {name: [] for name in self._names}
        for row in rows_of(data):
            value = row if self._column is None else row[self._column]
            digest = hashlib.sha256(str(value).encode("utf-8", "surrogatepass")).digest()
            share = int.from_bytes(digest[:8], "big") / 2**64
            splits[self._names[min(bisect_right(self._ends, share), len(self._names) - 1)]].append(row)
        return splits


class CategoricalSplit(BaseSplitStep):
    """Splits rows by the values of a column.

    Args:
        column: The column.
        split_map: Values of each split, such as {"train": ["BE", "FR"], "eval": ["DE"]}.
        unknown: The split of rows with any other value; without one these are left out.
    """

    def __init__(self, column: str, split_map: dict[str, list[Any]], unknown: str | None = None) -> None:
        self._column = column
        self._unknown = unknown
        self._splits = {value: name for name, values in split_map.items() for value in values}
        self._names = list(dict.fromkeys([*split_map, *([unknown] if unknown is not None else [])]))

    def run_fn(self, data: Any) -> Splits:
        """Return the splits."""
        splits: Splits = {name: [] for name in self._names}
        for row in rows_of(data):
            name = self._splits.get(row[self._column], self._unknown)
            if name is not None:
                splits[name].append(row)
        return splits
