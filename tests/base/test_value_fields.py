"""The fields of a value are its annotations."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

import zenml_pin
from zenml_pin import Limits, Source
from zenml_pin.base.values import Value


class Line(Value):
    """Two points, and a name."""

    start: int
    end: int = 0
    name: str = "line"

    unit: ClassVar[str] = "metre"


class Arrow(Line):
    """A line with a head."""

    head: str = ">"


class Checked(Value):
    """A value that refuses some field values."""

    start: int

    def __post_init__(self) -> None:
        if self.start < 0:
            raise ValueError("a start is not negative")


def test_annotations_are_the_fields_and_values_beside_them_the_defaults() -> None:
    """By position, by name, or both."""
    line = Line(1)

    assert (line.start, line.end, line.name) == (1, 0, "line")
    assert Line(1, 2) == Line(1, end=2) == Line(end=2, start=1) == Line(start=1, name="line", end=2)
    assert repr(Line(1, name="x")) == "Line(start=1, end=0, name='x')"


def test_a_class_variable_is_not_a_field() -> None:
    """It stays an attribute of the class."""
    assert Line.unit == Line(1).unit == "metre"
    assert Line.__match_args__ == ("start", "end", "name")


def test_a_subclass_adds_fields_after_those_of_its_parent() -> None:
    """It stays frozen."""
    arrow = Arrow(1, 2, head="<")

    assert repr(arrow) == "Arrow(start=1, end=2, name='line', head='<')"
    assert (arrow == Arrow(1, 2, "line", "<"), arrow == Arrow(1, 2)) == (True, False)
    assert pickle.loads(pickle.dumps(arrow)) == arrow
    with pytest.raises(AttributeError, match="'Arrow' is frozen, so 'start' cannot be set"):
        arrow.start = 2  # type: ignore[misc]


WRONG_CALLS = {
    "missing": ((), {}, "missing a required argument: 'start'"),
    "too many": ((1, 2, "a", 3), {}, "too many positional arguments"),
    "unknown": ((1,), {"stop": 2}, "got an unexpected keyword argument 'stop'"),
    "twice": ((1,), {"start": 2}, "multiple values for argument 'start'"),
    "twice, and one is missing": ((1, 2), {"end": 2}, "multiple values for argument 'end'"),
    "unknown instead of a missing one": ((), {"begin": 1}, "missing a required argument: 'start'"),
}


@pytest.mark.parametrize(("fields", "named", "message"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_wrong_call_is_a_type_error(fields: tuple[int, ...], named: dict[str, int], message: str) -> None:
    """With Python's own message."""
    with pytest.raises(TypeError) as error:
        Line(*fields, **named)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_a_value_checks_its_fields_however_it_is_made() -> None:
    """Also when it is unpickled."""
    data = pickle.dumps(Checked(12345)).replace((12345).to_bytes(2, "little"), b"\0\0")

    assert pickle.loads(data) == Checked(0)
    with pytest.raises(ValueError, match="not negative"):
        Checked(-1)


def test_signature_shows_fields_and_defaults() -> None:
    """`help` and editors show them too; a class with its own `__init__` shows that one."""
    from zenml_pin.importing.locate import Located

    assert str(inspect.signature(Line)) == "(start, end=0, name='line')"
    assert list(inspect.signature(Source).parameters) == [
        "module",
        "name",
        "commit_id",
        "release",
        "roots_id",
    ]
    assert inspect.signature(Limits).parameters["depth"].default == 100
    assert str(inspect.signature(Located)) == "(kind: 'str', *paths: 'str') -> 'None'"


def test_fields_match_by_position() -> None:
    """Type checkers expect it of a class that `dataclass_transform` describes."""
    match Line(1, 2):
        case Line(start, end):
            assert (start, end) == (1, 2)


def test_annotations_need_not_be_text() -> None:
    """A module without `from __future__ import annotations` may define a subclass."""
    names: dict[str, object] = {"Value": Value, "ClassVar": ClassVar, "__name__": "plain"}
    code = "class Plain(Value):\n    x: int\n    y: int | None = None\n    z: ClassVar[int] = 1\nplain = Plain(1)"
    exec(compile(code, "plain.py", "exec", dont_inherit=True), names)

    assert repr(names["plain"]) == "Plain(x=1, y=None)"


# Pickles of protocol 2: the class, and all fields by position.
OLD_PICKLES = {
    "Source": (
        b"\x80\x02czenml_pin.source\nSource\nq\x00(X\x01\x00\x00\x00mq\x01X\x01\x00\x00\x00Cq\x02NNtq\x03Rq\x04.",
        Source("m", "C"),
    ),
    "Limits": (
        b"\x80\x02czenml_pin.base.limits\nLimits\nq\x00(K\x01K\x02K\x03K\x04K\x05K\x06tq\x01Rq\x02.",
        Limits(1, 2, 3, 4, 5, 6),
    ),
}


@pytest.mark.parametrize(("data", "value"), OLD_PICKLES.values(), ids=OLD_PICKLES)
def test_a_value_is_read_from_the_pickle_of_an_older_version(data: bytes, value: Value) -> None:
    """It contains the class and the fields of that version by position; newer fields have their defaults."""
    assert pickle.loads(data) == value
    assert pickle.loads(pickle.dumps(value, 2)) == value


def test_making_values_imports_nothing() -> None:
    """Neither typing, dataclasses, inspect nor annotationlib: they would slow down a cold load."""
    heavy = ["typing", "dataclasses", "attr", "inspect", "annotationlib"]
    script = (
        f"import sys; sys.path.insert(0, {str(Path(zenml_pin.__file__).parents[1])!r})\n"
        "from zenml_pin.base.limits import Limits; Limits(1, depth=2)\n"
        "from zenml_pin.source import Source; Source('m', 'C', release='1')\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
