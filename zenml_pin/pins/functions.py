"""Which objects count as a function that a source may name: `def` and `async def` at the top level of their module.

A decorated function counts if its decorator keeps the function, as `functools.wraps` does: the chain of `__wrapped__`
ends with it. All other objects have a reason why they do not count.

>>> def train(): pass
>>> why_not(train, train.__module__, "train"), why_not(train, train.__module__, "other")
('', "function 'train' under another name")
>>> why_not(len, "builtins", "len")
'a builtin, not a class or function'
"""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A chain may be a circle, and a mock has every attribute.
_LONGEST_CHAIN = 50

HINT = "a source names a class, or a function that is defined with def at the top level of its module"
# CO_GENERATOR and CO_ASYNC_GENERATOR of inspect, whose import takes longer than most loads.
_GENERATORS = 0x20 | 0x200
_KINDS = {BuiltinFunctionType: "builtin", MethodType: "bound method"}


def find_wrapped(value: object) -> FunctionType | None:
    """Return the function at the end of the chain of `__wrapped__`; a function without decorators is its own end."""
    for _ in range(_LONGEST_CHAIN):
        try:
            inner = getattr(value, "__wrapped__", None)
        except Exception:
            # An attribute may be foreign code.
            return None
        if inner is None:
            return value if isinstance(value, FunctionType) else None
        value = inner
    return None


def name_of(function: FunctionType) -> str:
    """Return the name under which a function was defined, with the names of the functions and classes around it."""
    name: str = getattr(function.__code__, "co_qualname", function.__qualname__)
    return name


def why_not(value: object, module: str, name: str) -> str:
    """Return what a module has under a name, if that is not a function that a source may name; "" if it is one.

    Args:
        value: What it has. It is not a class.
        module: The module's name, as in `sys.modules`.
        name: The name.
    """
    function = find_wrapped(value) if callable(value) else None
    if function is None:
        return f"a {_KINDS.get(type(value), type(value).__name__)}, not a class or function"
    defined = name_of(function)
    if defined.endswith("<lambda>"):
        return "a lambda, which has no name of its own"
    if any(map(_is_generator, (value, function))):
        return "a generator: a call of it returns before its code has run"
    if "." in defined:
        return f"'{defined}', which is not at the top level of a module"
    if defined != name:
        return f"function '{defined}' under another name"
    return "" if function.__module__ == module else f"a function of module '{_shown(function)}'"


def kind_of(loaded: object) -> str:
    """Return "class" or "function" for what a source names."""
    return "class" if isinstance(loaded, type) else "function"


def dotted_name(loaded: Any) -> str:
    """Return the module and the name of a loaded class or function, a decorated one included."""
    if isinstance(loaded, type):
        return f"{loaded.__module__}.{loaded.__qualname__}"
    function = find_wrapped(loaded)
    return "" if function is None else f"{function.__module__}.{name_of(function)}"


def _shown(function: FunctionType) -> str:
    from zenml_pin.source import split_pinned

    module = str(function.__module__)
    pinned = split_pinned(module)
    return pinned[1] if pinned is not None else module


def _is_generator(value: object) -> bool:
    flags = value.__code__.co_flags if isinstance(value, FunctionType) else 0
    return bool(flags & _GENERATORS)
