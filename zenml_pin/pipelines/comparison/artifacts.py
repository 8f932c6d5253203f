"""Comparing two stored outputs: their bytes first, then their values."""

from __future__ import annotations

import json
import pickle
from typing import Any

from zenml_pin.base.text import printable
from zenml_pin.pipelines.comparison.result import Sameness, ValueComparison
from zenml_pin.pipelines.comparison.tolerance import Tolerance
from zenml_pin.pipelines.comparison.values import compare_values


def compare_artifacts(
    recorded: bytes, now: bytes, *, is_json: bool, tolerance: Tolerance | None = None
) -> ValueComparison:
    """Compare two outputs as a store has them. Opens them only if their bytes differ.

    Args:
        recorded: The recorded bytes.
        now: The other ones.
        is_json: Whether they are JSON, as metrics are; else they are pickles, which must come from a trusted store.
        tolerance: When numbers are equal.
    """
    if recorded == now:
        return ValueComparison(Sameness.IDENTICAL)
    sides = []
    for data, name in ((recorded, "the recorded output"), (now, "the output of now")):
        try:
            sides.append(_open(data, is_json))
        except Exception as error:
            reason = printable(f"{name} cannot be opened here: {type(error).__name__}: {error}")
            return ValueComparison(Sameness.NOT_COMPARABLE, reasons=(reason,))
    one, other = sides
    return compare_values(one, other, tolerance)


def _open(data: bytes, is_json: bool) -> Any:
    if type(data) is not bytes:
        # `FileContent`, a file that a step returned; what is in it is known to others.
        return bytes(data)
    return json.loads(data) if is_json else pickle.loads(data)
