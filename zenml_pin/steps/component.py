"""Component: what every step, datasource, backend and pipeline shares.

It records the arguments that it was built with, by the signature of its `__init__`, so that it can be built again
from its pin. Subclasses need no ritual; `super().__init__(**kwargs)` with the arguments, as ZenML asked for, works too.

In a document arguments are plain data. What YAML has no word for has one of three forms:

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
from types import MethodType
from typing import Any, TypeVar

from zenml_pin.errors import ComponentError

Made = TypeVar("Made", bound="Component")

CLASS = "$class"
TUPLE = "$tuple"
ARTIFACT = "$artifact"
_FORMS = (CLASS, TUPLE, ARTIFACT)
_RECORD = "_zenml_pin_args"
_MAX_DEPTH = 32
# Python's own limit on reading a decimal number back.
_MAX_BITS = 14_000


class _Arguments:
    """`component.args`: an attribute that a subclass may shadow without harm, for the record lies elsewhere."""

    def __get__(self, component: Component | None, owner: type[Component]) -> dict[str, Any]:
        return {} if component is None else arguments_of(component)


class Component:
    """The base of whatever a document can name.

    Attributes:
        args: The arguments it was built with, by name; defaults that were not given are left to the class. What
            `*rest` took stands under "*rest".
        STORED: Names of arguments whose values are kept in the store, by content, and not in the document.
    """

    STORED: frozenset[str] = frozenset()
    args = _Arguments()

    def __new__(cls: type[Made], /, *args: Any, **options: Any) -> Made:
        """Record the arguments, before any `__init__` can change them."""
        made = super().__new__(cls)
        made.__dict__[_RECORD] = _record(cls, args, options)
        return made

    def __init__(self, /, **options: Any) -> None:
        """Take any argument, for classes without an `__init__` and for those that pass theirs on."""

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Let pickle and copy record the arguments again, whatever state a subclass chooses to keep."""
        bound = _bind(type(self), arguments_of(self))
        return bound.args, bound.kwargs


def arguments_of(component: Component) -> dict[str, Any]:
    """Return a component's recorded arguments, whatever the class does with the name `args`.

    Raises:
        ComponentError: They were not recorded, since the class's own `__new__` did not hand them on.
    """
    recorded = component.__dict__.get(_RECORD)
    if recorded is None:
        raise ComponentError(
            f"the arguments of '{type(component).__name__}' were not recorded",
            "its __new__ must pass them on: super().__new__(cls, *args, **kwargs)",
        )
    return {name: _copied(value) for name, value in recorded.items()}


def build(cls: type[Any], args: Mapping[str, Any]) -> Any:
    """Return an object of a class, built with recorded arguments.

    Raises:
        ComponentError: The class does not take them; what its `__init__` raises otherwise comes through.
    """
    try:
        bound = _bind(cls, args)
        bound.signature.bind(*bound.args, **bound.kwargs)
    except TypeError as error:
        raise ComponentError(
            f"'{cls.__module__}.{cls.__qualname__}' cannot be built from its recorded arguments: {error}",
            "its __init__ differs from the one that they were recorded for",
        ) from error
    return cls(*bound.args, **bound.kwargs)


def accepts(cls: type[Any], name: str) -> bool:
    """Tell whether a class takes an argument of that name."""
    parameters = _signature(cls).parameters.values()
    return any(item.name == name or item.kind is item.VAR_KEYWORD for item in parameters)


def _signature(cls: type[Any]) -> inspect.Signature:
    """Return what a class's `__init__` takes; a `__new__` of its own hands on what it gets, and says less."""
    return inspect.signature(MethodType(cls.__init__, object()))


def _record(cls: type[Any], args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any] | None:
    """Return the given arguments by name, or None where they do not fit: then `__init__` says so itself."""
    signature = _signature(cls)
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
        return {name: _copied(value) for name, value in recorded.items()}
    except RecursionError as error:
        raise ComponentError(
            f"an argument of '{cls.__name__}' nests too deep to be recorded", "a list may hold itself"
        ) from error


def _bind(cls: type[Any], args: Mapping[str, Any]) -> inspect.BoundArguments:
    """Return recorded arguments as a call takes them: positions, `*rest` and keywords."""
    signature = _signature(cls)
    rest = dict(args)
    taken: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            taken[name], rest = rest, {}
        elif parameter.kind is parameter.VAR_POSITIONAL:
            if "*" + name in rest:
                taken[name] = tuple(rest.pop("*" + name))
        elif name in rest:
            taken[name] = rest.pop(name)
    if rest:
        raise TypeError(f"unexpected argument {', '.join(map(repr, rest))}")
    return inspect.BoundArguments(signature, OrderedDict(taken))


def _copied(value: Any) -> Any:
    """Copy the containers of plain data, so that who changes them later does not change the record."""
    if type(value) is dict:
        return {key: _copied(held) for key, held in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_copied(held) for held in value)
    return value


def encode(value: Any, where: str, source_of: Callable[[type], str] | None = None, depth: int = 0) -> Any:
    """Return a value as plain data.

    Args:
        value: The value.
        where: What it is, for messages: an argument's name, and the way to it.
        source_of: Gives a class its source; without it classes are only looked at.
        depth: How many levels it lies inside.

    Raises:
        ComponentError: No document can hold it.
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
        held = [encode(item, f"{where}[{i}]", source_of, depth + 1) for i, item in enumerate(value)]
        return held if kind is list else {TUPLE: held}
    if kind is dict:
        return _encode_dict(value, where, source_of, depth)
    if isinstance(value, type):
        return {CLASS: _source(value, where, source_of)}
    if kind.__module__.partition(".")[0] == "numpy" and getattr(value, "shape", None) == ():
        return encode(value.item(), where, source_of, depth + 1)
    raise ComponentError(
        f"argument {where} is a {kind.__name__}, which no document can hold",
        "use None, bool, int, float, str, list, tuple, dict, a NumPy number or a class; hand over what is needed "
        "to make the object instead",
    )


def _scalar(value: int | str, where: str) -> int | str:
    if isinstance(value, int):
        if value.bit_length() > _MAX_BITS:
            raise ComponentError(f"argument {where} has {value.bit_length()} bits, too many for a document")
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ComponentError(f"argument {where} holds half a character: {error.reason}") from error
    return value


def _encode_dict(
    value: dict[Any, Any], where: str, source_of: Callable[[type], str] | None, depth: int
) -> dict[Any, Any]:
    if len(value) == 1 and next(iter(value)) in _FORMS:
        raise ComponentError(
            f"argument {where} looks like a form of documents, {{{next(iter(value))}: ...}}", "rename the key"
        )
    encoded = {}
    for key, held in value.items():
        if type(key) not in (str, int):
            raise ComponentError(
                f"argument {where} has the key {key!r}, a {type(key).__name__}", "keys are str or int"
            )
        encoded[_scalar(key, where)] = encode(held, f"{where}[{key!r}]", source_of, depth + 1)
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
        source_of: Gives a class its source; without it classes are only looked at.
        put: Keeps a value in the store and returns its sha256; without it such values are passed over.

    Raises:
        ComponentError: An argument cannot be held by a document; it is named.
    """
    encoded = {}
    for name, value in arguments_of(component).items():
        if name in component.STORED:
            encoded[name] = {ARTIFACT: put(value) if put is not None else ""}
        else:
            where = f"'{name}' of '{type(component).__name__}'"
            encoded[name] = encode(value, where, source_of)
    return encoded


def decode_args(value: Any, load: Callable[[str], type], get: Callable[[str], Any]) -> Any:
    """Return the value that plain data stands for.

    Args:
        value: Plain data, as `encode` makes it.
        load: Gives a source its class.
        get: Gives what the store keeps under a sha256.
    """
    if isinstance(value, list):
        return [decode_args(item, load, get) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(key, held)] = value.items()
        if key == CLASS:
            return load(held)
        if key == TUPLE:
            return tuple(decode_args(item, load, get) for item in held)
        if key == ARTIFACT:
            return get(held)
    return {key: decode_args(item, load, get) for key, item in value.items()}


def classes_in(value: Any) -> list[str]:
    """Return the sources of all classes in plain data, in order."""
    return _held(value, CLASS)


def artifacts_in(value: Any) -> list[str]:
    """Return the sha256 of all that plain data keeps in the store, in order."""
    return _held(value, ARTIFACT)


def _held(value: Any, form: str) -> list[str]:
    if isinstance(value, dict):
        if len(value) == 1 and form in value:
            return [value[form]]
        value = list(value.values())
    return [held for item in value for held in _held(item, form)] if isinstance(value, list) else []
