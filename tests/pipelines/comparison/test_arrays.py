"""NumPy arrays: NumPy's own `assert_allclose` is the judge of what is equal."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from zenml_pin.pipelines.comparison.result import Sameness
from zenml_pin.pipelines.comparison.tolerance import Tolerance
from zenml_pin.pipelines.comparison.values import compare_values

numpy = pytest.importorskip("numpy")


def test_numpy_judges_numbers_alike() -> None:
    """Random arrays with small changes, of each kind of number, with NaN and infinity."""
    random = numpy.random.default_rng(0)
    verdicts = set()
    for dtype in ("f2", "f4", "f8", "c16", "i4", "u1"):
        for scale in (0, 1e-12, 1e-7, 1e-3, 1):
            one = (random.standard_normal((3, 4)) * 50).astype(dtype)
            other = (one + scale * abs(random.standard_normal((3, 4)))).astype(dtype)
            if dtype[0] in "fc":
                one[0, 0] = other[0, 0] = numpy.nan
                one[1, 0] = other[1, 0] = numpy.inf
            rtol = 0.0 if dtype[0] in "iu" else 1e-6

            result = compare_values(one, other, Tolerance(rtol, 0))

            wide = "c16" if dtype == "c16" else "f8"
            is_close = numpy.allclose(other.astype(wide), one.astype(wide), rtol, 0, equal_nan=True)
            assert result.is_same == is_close, (dtype, scale)
            verdicts.add((dtype, result.is_same))
    assert len(verdicts) == 12


CASES: dict[str, tuple[Any, Any, str]] = {
    "farthest": (
        numpy.array([[1.0, 2.0], [3.0, 4.0]]),
        numpy.array([[1.0, 2.5], [3.0, 8.0]]),
        "[1, 1]: 2 of 4 elements differ; the farthest: recorded 4.0, now 8.0 (4 apart, 1 of it)",
    ),
    "shape": (numpy.zeros((2, 3)), numpy.zeros(6), "recorded shape (2, 3), now shape (6,)"),
    "texts": (
        numpy.array(["a", "b"]),
        numpy.array(["a", "c"]),
        "[1]: 1 of 2 elements differ; the farthest: recorded 'b', now 'c'",
    ),
    "kind": (numpy.array([1.0]), numpy.array(["1.0"]), "recorded array of float64, now array of <U3"),
    "unsigned": (
        numpy.array([1], "u1"),
        numpy.array([2], "u1"),
        "[0]: recorded 1, now 2 (1 apart, 1 of it)",
    ),
    "objects": (
        numpy.array([{"a": 1}, None], dtype=object),
        numpy.array([{"a": 2}, None], dtype=object),
        "[0]['a']: recorded 1, now 2 (1 apart, 1 of it)",
    ),
    "fields": (
        numpy.array([(1, 2.0)], dtype=[("n", "i4"), ("x", "f8")]),
        numpy.array([(1, 3.0)], dtype=[("n", "i4"), ("x", "f8")]),
        "['x'][0]: recorded 2.0, now 3.0 (1 apart, 0.5 of it)",
    ),
    "masks": (
        numpy.ma.masked_array([1, 2], [False, True]),
        numpy.ma.masked_array([1, 2], [False, False]),
        ".mask[1]: 1 of 2 elements differ; the farthest: recorded True, now False",
    ),
    "times": (
        numpy.array(["2026-01-01", "NaT"], "M8[D]"),
        numpy.array(["2026-01-02", "NaT"], "M8[D]"),
        "[0]: 1 of 2 elements differ; the farthest: recorded 2026-01-01, now 2026-01-02",
    ),
    "scalar": (numpy.float32(1), numpy.float32(2), "recorded 1.0, now 2.0 (1 apart, 1 of it)"),
}


@pytest.mark.parametrize(("recorded", "now", "text"), CASES.values(), ids=CASES)
def test_the_farthest_element_is_told(recorded: Any, now: Any, text: str) -> None:
    """One line an array: how many elements differ, and the ones that are farthest apart."""
    result = compare_values(recorded, now)

    assert [str(difference) for difference in result.differences] == [text]


@pytest.mark.parametrize(("recorded", "now", "text"), CASES.values(), ids=CASES)
def test_an_array_equals_its_copy(recorded: Any, now: Any, text: str) -> None:
    """Of each kind, also inside other values."""
    assert compare_values({"a": [recorded]}, pickle.loads(pickle.dumps({"a": [recorded]}))).is_same


def test_another_dtype_with_the_same_numbers_is_a_note() -> None:
    """Values count; that float32 became float64 is told."""
    result = compare_values(numpy.array([1, 2], "f4"), numpy.array([1, 2], "f8"))

    assert (result.sameness, result.notes) == (Sameness.EQUAL, ("recorded float32, now float64",))
    assert not compare_values(numpy.array([0.1], "f4"), numpy.array([0.1], "f8")).is_same


def test_an_array_is_not_a_list() -> None:
    """Another type is a difference, also with the same numbers."""
    assert compare_values(numpy.array([1]), [1]).differences[0].kind == "type"


def test_numpy_scalars_are_values() -> None:
    """A truth value or a number of NumPy equals Python's own."""
    recorded = {"ok": numpy.bool_(True), "n": numpy.int64(3), "name": numpy.str_("a")}

    assert compare_values(recorded, {"ok": True, "n": 3, "name": "a"}).is_same


def test_a_random_generator_is_compared_by_its_state() -> None:
    """Two of one seed are equal until one is used."""
    one, other = numpy.random.default_rng(1), numpy.random.default_rng(1)

    assert compare_values(one, other).is_same
    other.random()
    assert not compare_values(one, other).is_same


@pytest.mark.slow
def test_a_scikit_learn_model_is_compared_by_what_it_learned() -> None:
    """A forest in a pipeline: the same from the same seed; from another seed its trees are named."""
    pytest.importorskip("sklearn")
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def fitted(seed: int) -> Any:
        rows = numpy.random.default_rng(0).standard_normal((40, 3))
        model = make_pipeline(StandardScaler(), RandomForestClassifier(3, random_state=seed))
        return model.fit(rows, rows[:, 0] > 0)

    same, other = compare_values(fitted(1), fitted(1)), compare_values(fitted(1), fitted(2))

    assert same.sameness is Sameness.EQUAL
    assert any("estimators_" in difference.path for difference in other.differences)
    assert other.reasons == ()
