"""Component: the arguments of an object are recorded, and the object can be built from them again."""

from __future__ import annotations

import copy
import pickle
import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, strategies as st

from zenml_pin.base.forms import classes_in
from zenml_pin.errors import ComponentError
from zenml_pin.steps.component import (
    Component,
    arguments_of,
    build,
    decode_args,
    encode,
    encode_args,
)


class Plain(Component):
    """An ordinary class, as today."""

    def __init__(self, loss: str, epochs: int = 1, *rest: int, rate: float = 0.5, **options: Any) -> None:
        self.loss = loss
        options.clear()


class Ritual(Component):
    """A class as ZenML required it."""

    def __init__(self, loss: str, **kwargs: Any) -> None:
        super().__init__(loss=loss, **kwargs)


class Bare(Component):
    """A class without __init__, which gets its arguments in `run_fn`, as ZenML allowed."""

    def run_fn(self, **kwargs: Any) -> None:
        """Do nothing."""


@dataclass
class Data(Component):
    """Its __init__ is generated."""

    loss: str
    epochs: int = 1


class Shadow(Component):
    """It uses the name `args` itself."""

    def __init__(self, loss: str) -> None:
        self.args = "mine"  # type: ignore[assignment]


class Stateless(Component):
    """It pickles no state."""

    def __init__(self, loss: str) -> None:
        self.loss = loss

    def __getstate__(self) -> dict[str, Any]:
        return {}


class OwnNew(Component):
    """Its __new__ takes any arguments."""

    def __new__(cls, *args: Any, **options: Any) -> OwnNew:
        return super().__new__(cls, *args, **options)

    def __init__(self, loss: str, /, epochs: int, *rest: int, **options: Any) -> None:
        self.loss = loss


class Unnamed(Component):
    """Its __init__ has no name for `self`."""

    def __init__(*given: Any, **options: Any) -> None:
        pass


COMPONENTS: dict[str, tuple[Component, dict[str, Any]]] = {
    "positions": (Plain("a", 2), {"loss": "a", "epochs": 2}),
    "rest": (Plain("a", 2, 3, 4, x=5), {"loss": "a", "epochs": 2, "*rest": (3, 4), "x": 5}),
    "keywords": (Plain(loss="a", rate=1.0), {"loss": "a", "rate": 1.0}),
    "defaults are left to the class": (Plain("a"), {"loss": "a"}),
    "ritual": (Ritual("a", epochs=3), {"loss": "a", "epochs": 3}),
    "no __init__": (Bare(epochs=3), {"epochs": 3}),
    "dataclass": (Data("a"), {"loss": "a"}),
    "a __new__ of its own": (OwnNew("a", 2, 3, x=4), {"loss": "a", "epochs": 2, "*rest": (3,), "x": 4}),
    "no self": (Unnamed(1, 2, x=3), {"*given": (1, 2), "x": 3}),
    "args as an attribute": (Shadow("a"), {"loss": "a"}),
    "state of its own": (Stateless("a"), {"loss": "a"}),
}


@pytest.mark.parametrize(("component", "expected"), COMPONENTS.values(), ids=COMPONENTS)
def test_arguments_are_recorded_and_built_from(component: Component, expected: dict[str, Any]) -> None:
    """Whatever the class does, and also after pickling and copying."""
    assert arguments_of(component) == expected
    for again in (
        build(type(component), expected),
        pickle.loads(pickle.dumps(component)),
        copy.copy(component),
        copy.deepcopy(component),
    ):
        assert type(again) is type(component)
        assert arguments_of(again) == expected


def test_the_record_has_the_original_arguments() -> None:
    """Later changes do not matter."""
    sizes = [1, [2]]
    component = Bare(sizes=sizes)
    sizes[1].append(3)  # type: ignore[attr-defined]
    component.args["sizes"].append(4)

    assert component.args == {"sizes": [1, [2]]}


def test_wrong_arguments_are_pythons_own_error() -> None:
    """Recording the arguments does not change the error of a wrong call."""
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'loss'"):
        Plain()  # type: ignore[call-arg]


@pytest.mark.parametrize("args", [{}, {"loss": "a", "wrong": 1}])
def test_building_from_arguments_of_another_version_says_so(args: dict[str, Any]) -> None:
    """Its __init__ has changed after they were recorded."""
    with pytest.raises(ComponentError, match=r"Data' cannot be built from its recorded arguments"):
        build(Data, args)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: (
        st.lists(children)
        | st.lists(children).map(tuple)
        | st.dictionaries(st.text() | st.integers(), children)
    ),
    max_leaves=20,
)


@given(plain)
def test_encode_and_decode_are_inverse(value: Any) -> None:
    """Types too: tuples stay tuples, and keys stay numbers."""
    back = decode_args(encode(value, "'x'"), lambda source: int, lambda sha256: None)

    assert repr(back) == repr(value)


def test_classes_become_sources() -> None:
    """They are found again in plain data."""
    encoded = encode([Plain, {"a": (Bare,)}], "'x'", lambda cls: f"m.{cls.__name__}")

    assert encoded == [{"$class": "m.Plain"}, {"a": {"$tuple": [{"$class": "m.Bare"}]}}]
    assert classes_in(encoded) == ["m.Plain", "m.Bare"]


class Number:
    """An imitation of a NumPy scalar."""

    shape = ()

    def item(self) -> float:
        """Return the plain number."""
        return 0.5


Number.__module__ = "numpy"


def test_numpy_scalars_become_plain_numbers() -> None:
    """They are recognised by their module, so NumPy is never imported."""
    encoded = encode([Number()], "'x'")

    assert encoded == [0.5]
    assert type(encoded[0]) is float


loop: list[Any] = []
loop.append(loop)
REFUSED = {
    "function": (len, "'x' is a builtin_function_or_method"),
    "set": ({1}, "'x' is a set"),
    "bytes": (b"", "'x' is a bytes"),
    "object inside": ([{"a": object()}], r"'x'\[0\]\['a'\] is a object"),
    "key": ({(1,): 1}, "has the key"),
    "form": ({"$class": 1}, "looks like a special form"),
    "local class": (type("L", (), {"__qualname__": "f.L"}), "which is nested"),
    "itself": (loop, "nests deeper"),
    "half a character": ("\ud800", "half a character"),
    "huge": (1 << 20_000, "too many"),
}


@pytest.mark.parametrize(("value", "message"), REFUSED.values(), ids=REFUSED)
def test_value_that_no_document_can_contain_is_refused_by_name(value: Any, message: str) -> None:
    """The error has the path to the value."""
    with pytest.raises(ComponentError, match=message):
        encode(value, "'x'")


def test_the_component_is_named_too() -> None:
    """An argument's name alone does not say whose it is."""
    with pytest.raises(ComponentError, match="'callback' of 'Bare' is a function"):
        encode_args(Bare(callback=lambda: 0))


class Named(Component):
    """Its arguments have names that a constructor uses itself."""

    def __init__(self, cls: int) -> None:
        self.cls = cls


def test_an_argument_may_be_named_cls() -> None:
    """The name of a constructor's own first parameter does not matter."""
    assert build(Named, Named(cls=3).args).cls == 3


def test_a_list_that_contains_itself_is_refused() -> None:
    """When the component is made, with a reason."""
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(ComponentError, match="nests too deep"):
        Plain("mse", options=endless)


def test_an_argument_that_has_two_names_is_refused() -> None:
    """Otherwise it could be built again with the wrong one."""

    class Positional(Component):
        def __init__(self, a: int, /, *rest: int, **options: int) -> None:
            """Take a first argument without a name."""

    assert Positional(1, 2, b=3).args == {"a": 1, "*rest": (2,), "b": 3}
    for name in ("a", "*rest"):
        with pytest.raises(
            ComponentError, match=f"argument '{re.escape(name)}' of 'Positional' is given twice"
        ):
            Positional(1, 2, **{name: 3})
