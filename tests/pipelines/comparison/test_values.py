"""Values of Python: two that are equal although their bytes differ, and the places at which two differ."""

from __future__ import annotations

import math
import pickle
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from zenml_pin.errors import UnsupportedError
from zenml_pin.pipelines.comparison.result import MAX_LISTED, Sameness
from zenml_pin.pipelines.comparison.tolerance import Tolerance
from zenml_pin.pipelines.comparison.values import compare_values


@dataclass
class Line:
    slope: float
    offset: float = 0.0
    names: list[str] = field(default_factory=list)


@attrs.frozen
class Scaler:
    means: dict[str, float]


class Slotted:
    __slots__ = ("weights",)

    def __init__(self, weights: list[float]) -> None:
        self.weights = weights


class Rows(list[Any]):
    source = ""


class Locked:
    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle a lock")


class Keyed:
    def __init__(self, key: int) -> None:
        self.key = key


Point = namedtuple("Point", "x y")

SAME = {
    "sum in another order": (0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1),
    "int and float": (1, 1.0),
    "decimal": (Decimal("1.10"), Decimal("1.1")),
    "fraction and float": (Fraction(1, 3), 1 / 3),
    "nan": (float("nan"), math.nan),
    "infinity": (math.inf, float("inf")),
    "complex": (1 + 2j, 1 + 2.0000000000001j),
    "dict in another order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "dataclass": (Line(0.1 + 0.2), Line(0.3)),
    "attrs": (Scaler({"x": 0.1 + 0.2}), Scaler({"x": 0.3})),
    "slots": (Slotted([0.1 + 0.2]), Slotted([0.3])),
    "named tuple": (Point(0.1 + 0.2, 1), Point(0.3, 1)),
    "set": ({"b", "a"}, {"a", "b"}),
    "set of numbers": ({0.1 + 0.2}, {0.3}),
    "deque": (deque([0.1 + 0.2]), deque([0.3])),
    "nested": ({"m": [(0.1 + 0.2, {"k": [0.3]})]}, {"m": [(0.3, {"k": [0.1 + 0.2]})]}),
    "counter": (Counter("aab"), Counter("aba")),
    "default dict": (defaultdict(list, a=[0.1 + 0.2]), defaultdict(list, a=[0.3])),
    "function": (math.sqrt, math.sqrt),
}

DIFFERENT = {
    "number": (0.93, 0.92, "recorded 0.93, now 0.92 (0.01 apart, 0.011 of it)"),
    "zero": (0, 2, "recorded 0, now 2 (2 apart)"),
    "nan and a number": (math.nan, 1.0, "recorded nan, now 1.0"),
    "large integers": (
        10**12,
        10**12 + 1,
        "recorded 1000000000000, now 1000000000001 (1 apart, 1e-12 of it)",
    ),
    "truth": (True, False, "recorded True, now False"),
    "truth and number": (1, True, "recorded int 1, now bool True"),
    "text": ("a", "b", "recorded 'a', now 'b'"),
    "type": ([1], (1,), "recorded list, now tuple"),
    "none": (None, 0.5, "recorded NoneType None, now float 0.5"),
    "key": ({"a": 1.0}, {"a": 1.5}, "['a']: recorded 1.0, now 1.5 (0.5 apart, 0.5 of it)"),
    "missing key": ({"a": 1, "b": 2}, {"a": 1}, "['b']: recorded 2, missing now"),
    "new key": ({"a": 1}, {"a": 1, "b": [2]}, "['b']: not recorded, now list of 1"),
    "length": ([1], [1, 2], "recorded 1 item, now 2 items"),
    "item": ([1, [2, 3]], [1, [2, 4]], "[1][1]: recorded 3, now 4 (1 apart, 0.33 of it)"),
    "attribute": (Line(1.0), Line(2.0), ".slope: recorded 1.0, now 2.0 (1 apart, 1 of it)"),
    "slot": (Slotted([1.0]), Slotted([2.0]), ".weights[0]: recorded 1.0, now 2.0 (1 apart, 1 of it)"),
    "named field": (Point(1, 2), Point(1, 3), ".y: recorded 2, now 3 (1 apart, 0.5 of it)"),
    "class": (Line(1.0), Scaler({}), "recorded Line, now Scaler"),
    "set": ({"a"}, {"a", "b"}, "not recorded, now 'b'"),
    "bytes": (
        b"abc",
        b"abd",
        "recorded 3 bytes, now 3 bytes, other from byte 2 on",
    ),
    "ordered dict": (
        OrderedDict(a=1, b=2),
        OrderedDict(b=2, a=1),
        "recorded keys in one order, now in another order",
    ),
    "date": (date(2026, 1, 1), date(2026, 1, 2), "recorded 2026-01-01, now 2026-01-02"),
    "function": (math.sqrt, math.sin, "recorded math.sqrt, now math.sin"),
    "hostile text": ("a", "\x1b[2J", "recorded 'a', now '\\x1b[2J'"),
}


@pytest.mark.parametrize(("recorded", "now"), SAME.values(), ids=SAME)
def test_equal_values_are_equal(recorded: Any, now: Any) -> None:
    """Numbers within the tolerance, and everything else that Python's own rules call the same, inside any container."""
    result = compare_values(pickle.loads(pickle.dumps(recorded)), now)

    assert (result.sameness, result.differences, result.reasons) == (Sameness.EQUAL, (), ())


@pytest.mark.parametrize(("recorded", "now", "text"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_values_say_where_and_how_far(recorded: Any, now: Any, text: str) -> None:
    """One line a place: the place as Python writes it, both sides, and for numbers the distance."""
    result = compare_values(recorded, now)

    assert result.sameness is Sameness.DIFFERENT
    assert [str(difference) for difference in result.differences] == [text]


def test_tolerance_is_the_callers() -> None:
    """Relative to the recorded number, or absolute; the farthest distance within it is told."""
    loose = Tolerance(rtol=0.1)

    assert compare_values([1.0, 100.0], [1.05, 101.0], loose).distance == 1.0
    assert compare_values(1.0, 1.2, loose).sameness is Sameness.DIFFERENT
    assert compare_values(0.0, 0.3, Tolerance(rtol=0, atol=0.5)).is_same
    assert not compare_values(1.0, 1.0 + 1e-15, Tolerance(0, 0)).is_same
    assert not compare_values(1.0, math.inf, Tolerance(1e9, 1e9)).is_same


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_tolerance_is_a_number_from_zero_on(value: float) -> None:
    """Anything else is refused in one line."""
    with pytest.raises(UnsupportedError, match="rtol is"):
        Tolerance(rtol=value)


def test_a_state_that_cannot_be_read_is_not_comparable() -> None:
    """It says why, and a difference beside it counts more."""
    unknown = compare_values([Locked()], [Locked()])
    different = compare_values([Locked(), 1], [Locked(), 2])

    assert unknown.sameness is Sameness.NOT_COMPARABLE
    assert unknown.reasons == (
        "[0]: the state of a 'Locked' cannot be read: TypeError: cannot pickle a lock",
    )
    assert different.sameness is Sameness.DIFFERENT


def test_objects_in_a_set_are_not_comparable() -> None:
    """Nothing says which of them belong together."""
    result = compare_values({Keyed(1)}, {Keyed(1)})

    assert result.sameness is Sameness.NOT_COMPARABLE
    assert "set" in result.reasons[0]


@pytest.mark.slow
def test_a_value_that_holds_itself_ends() -> None:
    """So does one that nests too deep, which is not comparable."""
    recorded: list[Any] = [1]
    now: list[Any] = [1]
    recorded.append(recorded)
    now.append(now)
    deep: list[Any] = []
    other: list[Any] = []
    for _ in range(100_000):
        deep, other = [deep], [other]

    assert compare_values(recorded, now).is_same
    assert compare_values(deep, other).sameness is Sameness.NOT_COMPARABLE
    while deep:
        # Python frees what nests so deep by recursion.
        deep, other = deep.pop(), other.pop()


def test_attributes_of_a_subclass_of_a_container_count() -> None:
    """A list with a name is not only a list."""
    recorded, now = Rows([1]), Rows([1])
    recorded.source, now.source = "a.csv", "b.csv"

    [difference] = compare_values(recorded, now).differences

    assert difference.path == ".source"


def test_many_differences_are_counted_and_some_listed() -> None:
    """A table with other numbers in each row does not fill the answer."""
    result = compare_values([{"x": i} for i in range(5000)], [{"x": i + 1} for i in range(5000)])

    assert (result.count, len(result.differences)) == (5000, MAX_LISTED)


def test_plain_data_is_json() -> None:
    """Also where a distance is infinite."""
    import json

    data = compare_values([math.nan, 1.0], [1.0, math.inf]).to_dict()

    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert [difference["distance"] for difference in data["differences"]] == ["inf", "inf"]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@pytest.mark.slow
@given(PLAIN)
def test_any_plain_value_equals_its_copy(value: Any) -> None:
    """A pickled copy has no object in common with the value."""
    assert compare_values(value, pickle.loads(pickle.dumps(value))).sameness is Sameness.EQUAL


@pytest.mark.slow
@given(PLAIN, PLAIN)
def test_with_no_tolerance_equal_means_equal(one: Any, other: Any) -> None:
    """What is called equal is equal for Python too, NaN apart; what Python calls unequal is told."""
    result = compare_values(one, other, Tolerance(0, 0))

    if result.is_same and "nan" not in repr(one):
        assert one == other
    assert result.is_same or result.differences
