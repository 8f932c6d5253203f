"""Value: frozen, equal by fields, picklable."""

from __future__ import annotations

import copy
import pickle

import pytest

from zenml_pin.base.values import Value


class Point(Value):
    __slots__ = ("x", "y")

    x: int
    y: object

    def __init__(self, x: int, y: object = 0) -> None:
        self._fill(x, y)


class Place(Value):
    __slots__ = ("x", "y")

    x: int
    y: object

    def __init__(self, x: int, y: object = 0) -> None:
        self._fill(x, y)


def test_values_with_equal_fields_are_equal_and_hash_alike() -> None:
    """So they work as keys."""
    assert Point(1, 2) == Point(1, 2)
    assert {Point(1, 2): "found"}[Point(1, 2)] == "found"
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != (1, 2)


def test_another_type_with_equal_fields_is_another_value() -> None:
    """Values of two types are never equal, in either order."""
    assert Point(1, 2) != Place(1, 2)
    assert Place(1, 2) != Point(1, 2)


def test_a_value_is_frozen() -> None:
    """Attributes cannot be set, added or deleted, and there is no `__dict__`."""
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen, so 'x' cannot be set"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="'z' cannot be set"):
        point.z = 2
    with pytest.raises(AttributeError, match="'x' cannot be deleted"):
        del point.x
    assert point == Point(1)
    assert not hasattr(point, "__dict__")


def test_repr_reads_as_the_call_that_makes_it() -> None:
    """A person can paste it."""
    assert repr(Point(1, "a")) == "Point(x=1, y='a')"
    assert eval(repr(Point(1, "a"))) == Point(1, "a")


def test_a_wrong_number_of_fields_is_an_error_at_once() -> None:
    """`_fill` and the annotations must match."""
    with pytest.raises(ValueError, match="argument"):
        Point(1)._fill(1)


def test_a_type_inherits_the_fields_of_the_value_that_it_derives_from() -> None:
    """Even if it adds none, with slots or without."""

    class Same(Point):
        pass

    class Slotted(Point):
        __slots__ = ()

    for cls in (Same, Slotted):
        assert (cls(1, 2) == cls(1, 2), cls(1, 2) == cls(1, 3)) == (True, False)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_value_survives_pickling_and_copying(protocol: int) -> None:
    """So it can be sent to other processes."""
    point = Point(1, (2, "three"))

    assert pickle.loads(pickle.dumps(point, protocol)) == point
    assert copy.copy(point) == point
    assert copy.deepcopy(point) == point
