"""Splits: they divide data into named parts, such as train and eval."""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.table import cell_of, rows_of

Splits = dict[str, list[Any]]


class BaseSplitStep(BaseStep):
    """Splits data: `run_fn(data)` returns a dict of names to data."""

    KEY = "split"
    OUTPUT = "splits"


def _shares(split_map: dict[str, float]) -> list[float]:
    """Return where each split ends, as a number between 0 and 1."""
    shares = list(split_map.values())
    if not all(isinstance(share, (int, float)) for share in shares):
        raise ComponentError(
            f"split_map {split_map} has shares that are not numbers", "write {'train': 0.7, ...}"
        )
    # Written so that nan fails too: every comparison with it is false.
    if not (shares and min(shares) >= 0 and abs(sum(shares) - 1) <= 1e-6):
        raise ComponentError(
            f"split_map {split_map} has shares that add up to {sum(shares)}",
            "shares are positive and add up to 1",
        )
    return list(accumulate(shares))


class RandomSplit(BaseSplitStep):
    """Splits rows at random, but the same way each time: the seed and the number of rows decide, on every Python.

    Args:
        split_map: Share of each split, such as {"train": 0.7, "eval": 0.3}; they add up to 1.
        seed: Another seed gives other splits.
    """

    def __init__(self, split_map: dict[str, float], seed: int = 0) -> None:
        self._names = list(split_map)
        self._ends = _shares(split_map)
        if not isinstance(seed, int):
            raise ComponentError(
                f"seed {seed!r} is not an integer", "without one each run would split differently"
            )
        self._seed = seed

    def run_fn(self, data: Any) -> Splits:
        """Return the splits; the size of each is its share of the rows, plus or minus one."""
        rows = rows_of(data)
        # Python promises only for random() that a seed gives the same numbers in every version.
        chance = random.Random(self._seed)
        order = sorted(range(len(rows)), key=[chance.random() for _ in rows].__getitem__)
        ends = [0, *(round(end * len(rows)) for end in self._ends)]
        # Within a split the rows keep their order.
        return {
            name: [rows[i] for i in sorted(order[start:end])]
            for name, start, end in zip(self._names, ends, ends[1:], strict=False)
        }


class HashSplit(BaseSplitStep):
    """Splits rows by the hash of a column, so that a row stays in its split when other rows are added.

    Args:
        split_map: Share of each split; they add up to 1.
        column: The column that decides, such as an id; by default the whole row decides. Its text is hashed with
            SHA-256; the first 64 bits, as a number between 0 and 1, select the split.
    """

    def __init__(self, split_map: dict[str, float], column: str | None = None) -> None:
        self._names = list(split_map)
        self._ends = _shares(split_map)
        self._column = column

    def run_fn(self, data: Any) -> Splits:
        """Return the splits."""
        splits: Splits = {name: [] for name in self._names}
        for row in rows_of(data):
            value = row if self._column is None else cell_of(row, self._column)
            digest = hashlib.sha256(str(value).encode("utf-8", "surrogatepass")).digest()
            share = int.from_bytes(digest[:8], "big") / 2**64
            splits[self._names[min(bisect_right(self._ends, share), len(self._names) - 1)]].append(row)
        return splits


class CategoricalSplit(BaseSplitStep):
    """Splits rows by the values of a column.

    Args:
        column: The column.
        split_map: Values of each split, such as {"train": ["BE", "FR"], "eval": ["DE"]}.
        unknown: The split of rows with any other value; without it such rows are left out.
    """

    def __init__(self, column: str, split_map: dict[str, list[Any]], unknown: str | None = None) -> None:
        self._column = column
        self._unknown = unknown
        self._splits: dict[Any, str] = {}
        for name, values in split_map.items():
            if isinstance(values, str):
                raise ComponentError(f"split '{name}' has the text '{values}' as its values", "write a list")
            for value in values:
                if self._splits.setdefault(value, name) != name:
                    raise ComponentError(f"{value!r} is in two splits, '{self._splits[value]}' and '{name}'")
        self._names = list(dict.fromkeys([*split_map, *([unknown] if unknown is not None else [])]))

    def run_fn(self, data: Any) -> Splits:
        """Return the splits."""
        splits: Splits = {name: [] for name in self._names}
        for row in rows_of(data):
            name = self._splits.get(cell_of(row, self._column), self._unknown)
            if name is not None:
                splits[name].append(row)
        return splits
