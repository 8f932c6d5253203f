"""pandas: its own `assert_frame_equal` is the judge of what is equal."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from zenml_pin.pipelines.comparison.result import Sameness
from zenml_pin.pipelines.comparison.tolerance import Tolerance
from zenml_pin.pipelines.comparison.values import compare_values

pandas = pytest.importorskip("pandas")


def frame() -> Any:
    """Return a frame with a column of each kind."""
    return pandas.DataFrame(
        {
            "price": [1.5, None, 2.5],
            "rows": [1, 2, 3],
            "name": ["a", None, "c"],
            "when": pandas.to_datetime(["2026-01-01", None, "2026-01-03"]),
            "kind": pandas.Categorical(["x", "y", None]),
            "whole": pandas.array([1, None, 3], dtype="Int64"),
            "flag": pandas.array([True, None, False], dtype="boolean"),
            "text": pandas.array(["a", None, "b"], dtype="string"),
            "zone": pandas.to_datetime(["2026-01-01", None, "2026-01-03"]).tz_localize("Europe/Paris"),
            "span": pandas.to_timedelta([1, None, 3], unit="s"),
            "month": pandas.period_range("2026-01", periods=3, freq="M"),
            "bin": pandas.cut([1, 2, 3], 3),
            "sparse": pandas.arrays.SparseArray([0, 0, 1]),
        },
        index=["p", "q", "r"],
    )


CHANGES: dict[str, Any] = {
    "price": 9.5,
    "rows": 9,
    "name": "z",
    "when": pandas.Timestamp("2027-01-01"),
    "kind": "y",
    "whole": 9,
    "flag": False,
    "text": "z",
    "zone": pandas.Timestamp("2027-01-01", tz="Europe/Paris"),
    "span": pandas.Timedelta(9, "s"),
    "month": pandas.Period("2030-01", "M"),
}


def test_a_frame_equals_its_copy() -> None:
    """With missing values, and columns of each kind."""
    result = compare_values({"train": frame()}, pickle.loads(pickle.dumps({"train": frame()})))

    assert (result.sameness, result.reasons, result.notes) == (Sameness.EQUAL, (), ())


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_cell_is_found_where_pandas_finds_it(column: str) -> None:
    """Of each kind of column: its name, its position, and both sides."""
    changed = frame()
    changed.loc["p", column] = CHANGES[column]

    result = compare_values(frame(), changed)

    with pytest.raises(AssertionError):
        pandas.testing.assert_frame_equal(frame(), changed)
    assert [difference.path for difference in result.differences] == [f"['{column}'][0]"]


@pytest.mark.parametrize("column", CHANGES)
def test_a_value_that_is_missing_now_is_found(column: str) -> None:
    """A missing value equals only a missing value."""
    changed = frame()
    changed.loc["p", column] = None

    result = compare_values(frame(), changed)

    assert [difference.path for difference in result.differences] == [f"['{column}'][0]"]


def test_columns_rows_and_index_are_compared() -> None:
    """Each in its own words."""
    whole = frame()

    assert str(compare_values(whole, whole.iloc[:2]).differences[0]) == "recorded 3 rows, now 2 rows"
    assert "['rows']: recorded a column" in str(
        compare_values(whole, whole.drop(columns="rows")).differences[0]
    )
    assert compare_values(whole, whole[whole.columns[::-1]]).differences[0].kind == "order"
    assert compare_values(whole, whole.set_axis(["p", "q", "s"])).differences[0].path == ".index[2]"


def test_numbers_are_equal_within_the_tolerance() -> None:
    """As in `assert_frame_equal`; how far the farthest are apart is told."""
    one = pandas.DataFrame({"x": [1.0, None, 2.0]})
    other = one + 1e-8

    assert not compare_values(one, other).is_same
    result = compare_values(one, other, Tolerance(rtol=1e-6))
    assert result.is_same
    assert 0 < result.distance < 2e-8


def test_another_dtype_with_the_same_values_is_a_note() -> None:
    """Such as the unit of times, or the type of texts, which changed with pandas 3."""
    one = pandas.DataFrame({"x": pandas.Series(["a", "b"], dtype=object)})
    other = pandas.DataFrame({"x": pandas.Series(["a", "b"], dtype="string")})

    result = compare_values(one, other)

    assert result.is_same
    assert result.notes[0].startswith("['x']: recorded object, now ")


def test_series_and_indexes_are_compared() -> None:
    """By values, name and index; an index of several levels by its tuples."""
    series = pandas.Series([1.0, 2.0], index=["a", "b"], name="x")
    levels = pandas.MultiIndex.from_tuples([("a", 1), ("b", 2)])

    assert compare_values(series, series.copy()).is_same
    assert compare_values(series, series.rename("y")).differences[0].path == ".name"
    assert compare_values(levels, levels.copy()).is_same
    assert compare_values(levels, levels[::-1]).differences[0].path == "[0][0]"
    assert compare_values(series, series.to_numpy()).differences[0].kind == "type"


def test_two_columns_of_one_name_are_compared() -> None:
    """By their position."""
    one = pandas.DataFrame([[1, 2]], columns=["x", "x"])
    other = pandas.DataFrame([[1, 3]], columns=["x", "x"])

    assert compare_values(one, one.copy()).is_same
    assert [difference.path for difference in compare_values(one, other).differences] == ["['x'][0]"]
