"""Stored outputs: identical by their bytes, else compared by their values."""

from __future__ import annotations

import json
import pickle

from zenml_pin.pipelines.comparison.artifacts import compare_artifacts
from zenml_pin.pipelines.comparison.result import Sameness
from zenml_pin.pipelines.comparison.tolerance import Tolerance


def test_the_same_bytes_are_identical() -> None:
    """Without being opened: they may be no pickle at all."""
    assert compare_artifacts(b"\x00", b"\x00", is_json=False).sameness is Sameness.IDENTICAL


def test_equal_values_in_other_bytes_are_equal() -> None:
    """Pickles of two protocols, and JSON with other spaces."""
    value = {"a": [1, 2.5]}

    pickles = compare_artifacts(pickle.dumps(value, 2), pickle.dumps(value, 5), is_json=False)
    texts = compare_artifacts(b'{"a": 1}', b'{"a":1}', is_json=True)

    assert pickles.sameness is texts.sameness is Sameness.EQUAL


def test_metrics_are_compared_within_the_tolerance() -> None:
    """The names of metrics and their distance are told."""
    one, other = json.dumps({"mse": 0.5}).encode(), json.dumps({"mse": 0.6}).encode()

    assert compare_artifacts(one, other, is_json=True).differences[0].path == "['mse']"
    assert compare_artifacts(one, other, is_json=True, tolerance=Tolerance(rtol=0.5)).is_same


def test_an_output_that_cannot_be_opened_is_not_comparable() -> None:
    """It says which side, and why."""
    result = compare_artifacts(b"cno_such_module\nX\n.", pickle.dumps(1), is_json=False)

    assert result.sameness is Sameness.NOT_COMPARABLE
    assert result.reasons == (
        "the recorded output cannot be opened here: ModuleNotFoundError: No module named 'no_such_module'",
    )
