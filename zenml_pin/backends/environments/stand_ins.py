"""Stand-ins: classes of a pin that this process does not import, since their libraries are in another environment.

A stand-in has what a pipeline asks of a class: the base class of this package, what it takes, and what its method
takes. The process of the environment told that. In its place pickle writes the real class: there the real object is
built.
"""

from __future__ import annotations

import copyreg
import inspect
import io
import pickle
import pkgutil
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from zenml_pin import resolver
from zenml_pin.base.version import PACKAGE
from zenml_pin.datasources.base import BaseDatasource
from zenml_pin.errors import BackendError
from zenml_pin.source import Source, split_pinned
from zenml_pin.steps.component import Component, arguments_of, build
from zenml_pin.steps.signatures import is_tolerant, signature_of

# What a pipeline reads of a class, and the methods that it calls.
_ATTRIBUTES = ("CACHED", "KEY", "OUTPUT", "STORED")
_METHODS = ("process", "run_fn")
_MARK = "_zenml_pin_stand_in"
# By their numbers.
_KINDS = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.VAR_KEYWORD,
)
# The name and the kind of a parameter, and whether it has a default.
Parameters = list[tuple[str, int, bool]]


class StandInType(type):
    """The type of stand-ins; pickle writes the class that one stands for."""


def describe(text: str) -> dict[str, Any]:
    """Return the facts of a class, for `make_stand_in`. This runs in the environment's process.

    Args:
        text: The class's source.
    """
    # The other process has checked the folder.
    cls = resolver.load(text, allow_dirty=True)
    if not isinstance(cls, type):
        return {"function": _parameters(inspect.signature(cls))}
    base = next((one for one in cls.__mro__ if _is_ours(one)), object)
    methods = [name for name in _METHODS if callable(getattr(cls, name, None))]
    return {
        "base": f"{base.__module__}:{base.__qualname__}",
        "init": None if is_tolerant(cls) else _parameters(signature_of(cls)),
        "methods": {name: _parameters(_bound(cls, name)) for name in methods},
        "attributes": {name: getattr(cls, name) for name in _ATTRIBUTES if hasattr(cls, name)},
    }


def make_stand_in(source: Source, facts: dict[str, Any]) -> Any:
    """Return a class or function that stands for the one of a source.

    Args:
        source: The source, with its commit.
        facts: What `describe` returned.
    """
    if "function" in facts:
        return _function(source, facts["function"])
    base = pkgutil.resolve_name(facts["base"])
    members: dict[str, Any] = {
        "__module__": source.dotted.rpartition(".")[0],
        "__qualname__": source.name,
        "__reduce_ex__": _reduced,
        **facts["attributes"],
        **{name: _method(name, parameters) for name, parameters in facts["methods"].items()},
    }
    if facts["init"] is not None:
        members["__init__"] = _init(facts["init"])
    return StandInType(source.name, (base,), members)


def build_there(cls: type, args: dict[str, Any], identity: tuple[str, str] | None) -> Any:
    """Return the object that a stand-in's object stands for."""
    component = build(cls, args)
    if identity is not None:
        component.identify(*identity)
    return component


def build_plainly(cls: type, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return the object that a stand-in's object stands for, of a class that is not a component."""
    return cls(*args, **options)


def load_there(module: str, text: str) -> Any:
    """Return the class that a stand-in stands for.

    Args:
        module: The pinned name of its module, by which a pickle shows which code it needs.
        text: The class's source.
    """
    return resolver.load(text, allow_dirty=True)


def _is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == PACKAGE and split_pinned(cls.__module__) is None


def _bound(cls: type, name: str) -> inspect.Signature:
    """Return the signature that a method has on an object."""
    if isinstance(inspect.getattr_static(cls, name), (classmethod, staticmethod)):
        return inspect.signature(getattr(cls, name))
    return inspect.signature(MethodType(getattr(cls, name), object()))


def _parameters(signature: inspect.Signature) -> Parameters:
    return [
        (item.name, int(item.kind), item.default is not item.empty) for item in signature.parameters.values()
    ]


def _signature(parameters: Parameters) -> inspect.Signature:
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    others = [
        inspect.Parameter(name, _KINDS[kind], default=None if has_default else inspect.Parameter.empty)
        for name, kind, has_default in parameters
    ]
    return inspect.Signature([own, *others])


def _init(parameters: Parameters) -> Callable[..., None]:
    def __init__(self: Any, /, *args: Any, **options: Any) -> None:
        self.__dict__["_given"] = args, options

    __init__.__signature__ = _signature(parameters)  # type: ignore[attr-defined]
    return __init__


def _method(name: str, parameters: Parameters) -> Callable[..., None]:
    def method(*args: Any, **options: Any) -> None:
        raise BackendError(
            f"'{name}' runs in the environment of its commit only",
            "submit it to the EnvBackend that loaded its class",
        )

    method.__name__ = name
    method.__signature__ = _signature(parameters)  # type: ignore[attr-defined]
    return method


def _reduced(self: Any, protocol: object) -> tuple[Any, ...]:
    if not isinstance(self, Component):
        args, options = self.__dict__.get("_given", ((), {}))
        return build_plainly, (type(self), args, options)
    identity = (self.name, self.id) if isinstance(self, BaseDatasource) else None
    return build_there, (type(self), arguments_of(self), identity)


def _function(source: Source, parameters: Parameters) -> Callable[..., None]:
    function = _method(source.name, parameters)
    function.__module__, function.__qualname__ = source.dotted.rpartition(".")[0], source.name
    own = list(_signature(parameters).parameters.values())[1:]
    function.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
    function.__dict__[_MARK] = True
    return function


class StandInPickler(pickle.Pickler):
    """Writes the function that a stand-in stands for; a class's own type does that for classes."""

    def reducer_override(self, value: Any) -> Any:
        """Return how to load a function there; pickle writes everything else as always."""
        if isinstance(value, FunctionType) and _MARK in value.__dict__:
            pin, module = split_pinned(value.__module__) or ("", "")
            return load_there, (value.__module__, f"{module}.{value.__qualname__}@{pin}")
        return NotImplemented


def dumps(value: Any) -> bytes:
    """Return the pickle of a value, with what stand-ins stand for."""
    buffer = io.BytesIO()
    StandInPickler(buffer, 5).dump(value)
    return buffer.getvalue()


def _reduced_class(cls: type) -> tuple[Any, ...]:
    pin, module = split_pinned(cls.__module__) or ("", "")
    return load_there, (cls.__module__, f"{module}.{cls.__qualname__}@{pin}")


copyreg.pickle(StandInType, _reduced_class)
