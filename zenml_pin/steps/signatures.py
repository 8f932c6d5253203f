"""Signatures of components: what a class takes, what it refuses, and how it shows itself.

A class's own `__init__` decides, and Python checks it. The `__init__` of a base class of ours must also take what a
subclass passes on, as ZenML required: `super().__init__(epochs=epochs, **kwargs)`. Such an `__init__` is *tolerant*: it
takes any keyword, and refuses those that nobody knows where no subclass has an `__init__` of its own.
"""

from __future__ import annotations

import difflib
import inspect
import itertools
import reprlib
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any, TypeVar

from zenml_pin.errors import ComponentError

Init = TypeVar("Init", bound=Callable[..., None])

_TOLERANT: set[Callable[..., None]] = set()


class _Short(reprlib.Repr):
    """Shortens long values. A dict keeps its order, which is a part of an argument."""

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        if not x or level <= 0:
            return "{...}" if x else "{}"
        pairs = [
            f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}"
            for key, value in itertools.islice(x.items(), self.maxdict)
        ]
        return f"{{{', '.join([*pairs, *(['...'] if len(x) > self.maxdict else [])])}}}"


_short = _Short()
_short.maxstring = _short.maxother = _short.maxlong = 60


def tolerant(init: Init) -> Init:
    """Declare an `__init__` that takes any keyword; it calls `refuse_unknown` with those that it does not name."""
    _TOLERANT.add(init)
    return init


def is_tolerant(cls: type[Any]) -> bool:
    """Tell whether the `__init__` of a class is a tolerant one of ours, and not one of a subclass."""
    return getattr(cls, "__init__", None) in _TOLERANT


def signature_of(cls: type[Any]) -> inspect.Signature:
    """Return the signature of a class's `__init__`; not of `__new__`, which only passes its arguments on."""
    return inspect.signature(MethodType(cls.__init__, object()))


def takes_any_keyword(cls: type[Any]) -> bool:
    """Tell whether a step without an `__init__` takes any argument: its `run_fn` takes `**kwargs`, as ZenML's did."""
    run = getattr(cls, "run_fn", None)
    if run is None:
        return False
    return any(item.kind is item.VAR_KEYWORD for item in inspect.signature(run).parameters.values())


def refuse_unknown(component: object, options: Mapping[str, Any]) -> None:
    """Refuse arguments that a class does not know.

    Args:
        component: The object that is being built.
        options: The keywords that its tolerant `__init__` does not name.

    Raises:
        ComponentError: There is one; the hint has the name that it is similar to.
    """
    cls = type(component)
    if not options or not is_tolerant(cls) or takes_any_keyword(cls):
        return
    name = next(iter(options))
    known = [item.name for item in signature_of(cls).parameters.values() if item.kind is not item.VAR_KEYWORD]
    near = difflib.get_close_matches(name, known, 1)
    takes = f"it takes {', '.join(known)}" if known else "write an __init__ that names it"
    hint = f"did you mean '{near[0]}'? {takes}" if near else takes
    raise ComponentError(f"'{cls.__name__}' does not take an argument '{name}'", hint)


class ShownSignature:
    """What `inspect.signature`, `help` and editors show of a class: its own arguments, without those of `__new__`."""

    def __get__(self, component: object, owner: type[Any]) -> inspect.Signature:
        if component is not None:
            # An object that can be called has the signature of its `__call__`.
            raise AttributeError("__signature__")
        signature = signature_of(owner).replace(return_annotation=inspect.Signature.empty)
        if not is_tolerant(owner) or takes_any_keyword(owner):
            return signature
        named = [item for item in signature.parameters.values() if item.kind is not item.VAR_KEYWORD]
        return signature.replace(parameters=named)


def show_call(called: str, args: Mapping[str, Any], hidden: frozenset[str]) -> str:
    """Return a call as text, as a `repr` shows it; long values are shortened, and hidden ones only named by their type.

    >>> show_call("dict", {"*sizes": (1, 2), "rate": 0.5, "data": [3]}, frozenset({"data"}))
    'dict(1, 2, rate=0.5, data=<list>)'
    """
    shown = []
    for name, value in args.items():
        if name in hidden:
            shown.append(f"{name}=<{type(value).__name__}>")
        elif name.startswith("*"):
            shown += [_short.repr(item) for item in value]
        else:
            shown.append(f"{name}={_short.repr(value)}")
    return f"{called}({', '.join(shown)})"
