"""Component: the base class of every step, datasource, backend and pipeline.

It records the arguments that it was built with, by the signature of its `__init__`, so that it can be built again from
its pin. Subclasses need not do anything for that. They may call `super().__init__(**kwargs)` with the arguments, as
ZenML required.

In a document arguments are plain data. Values that YAML cannot express have one of three forms:

    {$class: source}    a class          {$tuple: [...]}    a tuple          {$artifact: sha256}    a value in the store

>>> class Trainer(Component):
...     def __init__(self, epochs, rate=0.1):
...         pass
>>> Trainer(20).args
{'epochs': 20}
>>> encode((1, 2.5), "sizes")
{'$tuple': [1, 2.5]}
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from zenml_pin.base.forms import ARTIFACT, CLASS, FORMS, PYTHON, TUPLE
from zenml_pin.errors import ComponentError
from zenml_pin.steps.signatures import (
    ShownSignature,
    is_tolerant,
    refuse_unknown,
    show_call,
    signature_of,
    tolerant,
)

T = TypeVar("T", bound="Component")

# Keys in the `__dict__` of a component: its arguments, and the function of one that calls a function.
RECORD = "_zenml_pin_args"
FUNCTION = "_zenml_pin_function"
_MAX_DEPTH = 32
# Python's own limit on reading a decimal number back.
_MAX_BITS = 14_000


class _Arguments:
    """`component.args`. A subclass may use this name for something else: the record is in another attribute."""

    def __get__(self, component: Component | None, owner: type[Component]) -> dict[str, Any]:
        return {} if component is None else arguments_of(component)


class Component:
    """The base of all objects that a document can describe.

    Attributes:
        args: The arguments that it was built with, by name, without the defaults. The values of `*rest` are in
            "*rest".
        STORED: Names of arguments whose values are in the store, by content, and not in the document.
    """

    STORED: frozenset[str] = frozenset()
    args = _Arguments()
    __signature__ = ShownSignature()

    def __new__(cls: type[T], /, *args: Any, **options: Any) -> T:
        """Record the arguments, before any `__init__` can change them."""
        component = super().__new__(cls)
        component.__dict__[RECORD] = _record(cls, args, options)
        return component

    @tolerant
    def __init__(self, /, **options: Any) -> None:
        """Take what an `__init__` of a subclass passes on; without one, what a `run_fn` with `**kwargs` may need."""
        refuse_unknown(self, options)

    def __repr__(self) -> str:
        recorded = self.__dict__.get(RECORD)
        return (
            object.__repr__(self) if recorded is None else show_call(shown_name(self), recorded, self.STORED)
        )

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Let pickle and copy record the arguments again, whatever state a subclass chooses to keep."""
        bound = _bind(type(self), arguments_of(self))
        return bound.args, bound.kwargs


def arguments_of(component: Component) -> dict[str, Any]:
    """Return a component's recorded arguments, even if its class uses the name `args` for something else.

    Raises:
        ComponentError: They were not recorded, because the class's own `__new__` did not pass them on.
    """
    recorded = component.__dict__.get(RECORD)
    if recorded is None:
        raise ComponentError(
            f"the arguments of '{type(component).__name__}' were not recorded",
            "its __new__ must pass them on: super().__new__(cls, *args, **kwargs)",
        )
    return {name: copied(value) for name, value in recorded.items()}


def definition_of(component: object) -> Any:
    """Return what a component's source names: its class, or the function that it calls."""
    return getattr(component, "__dict__", {}).get(FUNCTION, type(component))


def shown_name(component: object) -> str:
    """Return the name of a component's class or function, for messages."""
    return str(getattr(definition_of(component), "__name__", type(component).__name__))


def build(cls: type[Any], args: Mapping[str, Any]) -> Any:
    """Return an object of a class, built with recorded arguments.

    Raises:
        ComponentError: The class does not take them. Other exceptions of its `__init__` come through unchanged.
    """
    try:
        bound = _bind(cls, args)
        bound.signature.bind(*bound.args, **bound.kwargs)
    except TypeError as error:
        raise ComponentError(
            f"'{cls.__module__}.{cls.__qualname__}' cannot be built from its recorded arguments: {error}",
            "its __init__ differs from the one that they were recorded for",
        ) from error
    if not is_tolerant(cls):
        return cls(*bound.args, **bound.kwargs)
    # A document of an earlier release may have an argument that nobody knows: it is recorded again, and has no effect.
    component = cls.__new__(cls, *bound.args, **bound.kwargs)
    for parameter in bound.signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            bound.arguments.pop(parameter.name, None)
    cls.__init__(component, *bound.args, **bound.kwargs)
    return component


def accepts(cls: type[Any], name: str) -> bool:
    """Tell whether a class takes an argument of that name."""
    parameters = signature_of(cls).parameters.values()
    return any(item.name == name or item.kind is item.VAR_KEYWORD for item in parameters)


def _record(cls: type[Any], args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any] | None:
    """Return the given arguments by name, or None where they do not fit: then `__init__` itself raises the error."""
    signature = signature_of(cls)
    try:
        bound = signature.bind(*args, **options)
    except TypeError:
        return None
    recorded: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            twice = next((key for key in value if key in recorded or key.startswith("*")), None)
            if twice is not None:
                raise ComponentError(
                    f"argument '{twice}' of '{cls.__name__}' is given twice",
                    "an argument without a name and one of its keywords have the same: rename one",
                )
            recorded |= value
        else:
            recorded["*" + name if kind is inspect.Parameter.VAR_POSITIONAL else name] = value
    try:
        return {name: copied(value) for name, value in recorded.items()}
    except RecursionError as error:
        raise ComponentError(
            f"an argument of '{cls.__name__}' nests too deep to be recorded", "a list may hold itself"
        ) from error


def _bind(cls: type[Any], args: Mapping[str, Any]) -> inspect.BoundArguments:
    """Return recorded arguments as the arguments of a call: by position, `*rest` and by keyword."""
    signature = signature_of(cls)
    rest = dict(args)
    bound: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            bound[name], rest = rest, {}
        elif parameter.kind is parameter.VAR_POSITIONAL:
            if "*" + name in rest:
                bound[name] = tuple(rest.pop("*" + name))
        elif name in rest:
            bound[name] = rest.pop(name)
    if rest:
        raise TypeError(f"unexpected argument {', '.join(map(repr, rest))}")
    return inspect.BoundArguments(signature, OrderedDict(bound))


def copied(value: Any) -> Any:
    """Return a copy of the containers of plain data: a later change to the original does not change the record."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(copied(item) for item in value)
    return value


def encode(value: Any, where: str, source_of: Callable[[type], str] | None = None, depth: int = 0) -> Any:
    """Return a value as plain data.

    Args:
        value: The value.
        where: Its description in messages: the argument's name, and the keys inside the argument.
        source_of: Returns the source of a class; without it the result has the class's dotted name.
        depth: How many levels of containers it is inside.

    Raises:
        ComponentError: A document cannot contain it.
    """
    if depth > _MAX_DEPTH:
        raise ComponentError(
            f"argument {where} nests deeper than {_MAX_DEPTH} levels", "a list may hold itself"
        )
    kind = type(value)
    if value is None or kind in (bool, float):
        return value
    if kind in (int, str):
        return _scalar(value, where)
    if kind in (list, tuple):
        items = [encode(item, f"{where}[{i}]", source_of, depth + 1) for i, item in enumerate(value)]
        return items if kind is list else {TUPLE: items}
    if kind is dict:
        return _encode_dict(value, where, source_of, depth)
    if isinstance(value, type):
        return {CLASS: _source(value, where, source_of)}
    if kind.__module__.partition(".")[0] == "numpy" and getattr(value, "shape", None) == ():
        return encode(value.item(), where, source_of, depth + 1)
    raise ComponentError(
        f"argument {where} is a {kind.__name__}, which a document cannot contain",
        "use None, bool, int, float, str, list, tuple, dict, a NumPy number or a class; pass the values that are "
        "needed to create the object instead",
    )


def _scalar(value: int | str, where: str) -> int | str:
    if isinstance(value, int):
        if value.bit_length() > _MAX_BITS:
            raise ComponentError(f"argument {where} has {value.bit_length()} bits, too many for a document")
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ComponentError(f"argument {where} contains half a character: {error.reason}") from error
    return value


def _encode_dict(
    value: dict[Any, Any], where: str, source_of: Callable[[type], str] | None, depth: int
) -> dict[Any, Any]:
    if len(value) == 1 and next(iter(value)) in FORMS:
        raise ComponentError(
            f"argument {where} looks like a special form of documents, {{{next(iter(value))}: ...}}",
            "rename the key",
        )
    encoded = {}
    for key, item in value.items():
        if type(key) not in (str, int):
            raise ComponentError(
                f"argument {where} has the key {key!r}, a {type(key).__name__}", "keys are str or int"
            )
        encoded[_scalar(key, where)] = encode(item, f"{where}[{key!r}]", source_of, depth + 1)
    return encoded


def _source(value: type, where: str, source_of: Callable[[type], str] | None) -> str:
    if value.__qualname__ != value.__name__:
        raise ComponentError(
            f"argument {where} is the class '{value.__qualname__}', which is nested",
            "a source names top-level classes only: move it to the top level of its module",
        )
    return source_of(value) if source_of is not None else f"{value.__module__}.{value.__name__}"


def encode_args(
    component: Component,
    source_of: Callable[[type], str] | None = None,
    put: Callable[[Any], str] | None = None,
) -> dict[str, Any]:
    """Return a component's arguments as plain data.

    Args:
        component: The component.
        source_of: Returns the source of a class; without it the result has the class's dotted name.
        put: Puts a value into the store and returns its sha256; without it the result has "" for such values.

    Raises:
        ComponentError: A document cannot contain an argument; the message names it.
    """
    encoded = {}
    for name, value in arguments_of(component).items():
        if name in component.STORED:
            encoded[name] = {ARTIFACT: put(value) if put is not None else ""}
        else:
            where = f"'{name}' of '{shown_name(component)}'"
            encoded[name] = encode(value, where, source_of)
    return encoded


def decode_args(value: Any, load: Callable[[str], type], get: Callable[[str], Any]) -> Any:
    """Return the value of plain data; the inverse of `encode`.

    Args:
        value: Plain data, as `encode` returns it.
        load: Returns the class of a source.
        get: Returns the value of a sha256 in the store.

    Raises:
        ComponentError: It has an object of Python that an old document wrote.
    """
    if isinstance(value, list):
        return [decode_args(item, load, get) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(key, content)] = value.items()
        if key == CLASS:
            return load(content)
        if key == TUPLE:
            return tuple(decode_args(item, load, get) for item in content)
        if key == ARTIFACT:
            return get(content)
        if key == PYTHON:
            raise ComponentError(
                f"an argument is the Python object '{str(content)[:200]}', which is only shown and not made",
                "nothing in a document is executed: write the argument as plain data in a copy of the document",
            )
    return {key: decode_args(item, load, get) for key, item in value.items()}
