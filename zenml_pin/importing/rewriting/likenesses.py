"""Likenesses: what pinned code gets in place of a function that is routed into its pin.

    importlib.import_module     a function, with the parameters, defaults, documentation and text of the real one
    exec                        an object that passes for a builtin: it is not bound when it is an attribute of a class

Code that looks at either sees what it sees in a checkout, not a method of ours. Two things differ: the module and the
qualified name lead to the pin, so that pickle finds it there.
"""

from __future__ import annotations

import ast
from functools import WRAPPER_ASSIGNMENTS
from types import BuiltinFunctionType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Flags of code, as `inspect` names them; it takes as long to import as the rest of a load.
CO_VARARGS, CO_VARKEYWORDS, CO_GENERATOR = 4, 8, 32
_COPIED = [name for name in WRAPPER_ASSIGNMENTS if name not in ("__module__", "__qualname__")]


def make_like(real: Any, routed: Callable[..., Any], home: str, attribute: str) -> Any:
    """Return a callable that looks like a real function and calls another.

    Args:
        real: The function that code expects: a builtin, or a Python function.
        routed: What it calls; it finds its caller two frames above. A function passes an argument for each parameter.
        home: Name of the module that pickle looks in.
        attribute: Name of the callable there.
    """
    if isinstance(real, FunctionType):
        return _make_function(real, routed, home, attribute)
    return LikeBuiltin(real, routed, home, attribute)


class LikeBuiltin:
    """Passes for a builtin: `inspect.isbuiltin` is true, and an attribute of a class is not bound."""

    def __init__(self, real: Any, routed: Callable[..., Any], home: str, attribute: str) -> None:
        self._real = real
        self._routed = routed
        self._attribute = attribute
        self.__module__ = home
        self.__name__ = self.__qualname__ = real.__name__
        self.__doc__ = real.__doc__
        self.__self__ = real.__self__
        self.__text_signature__ = real.__text_signature__

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._routed(*args, **options)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return BuiltinFunctionType

    def __repr__(self) -> str:
        return repr(self._real)

    def __reduce__(self) -> str:
        return self._attribute


def _make_function(real: FunctionType, routed: Callable[..., Any], home: str, attribute: str) -> FunctionType:
    parameters, arguments = _signature(real)
    call: ast.expr = ast.Call(ast.Name("routed", ast.Load()), *arguments)
    if real.__code__.co_flags & CO_GENERATOR:
        call = ast.YieldFrom(call)
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(parameters, call)))
    function: FunctionType = eval(compile(tree, "<string>", "eval"), {"routed": routed})
    function.__code__ = function.__code__.replace(
        co_name=real.__code__.co_name,
        # So that inspect finds the text of the real function.
        co_filename=real.__code__.co_filename,
        co_firstlineno=real.__code__.co_firstlineno,
    )
    function.__defaults__, function.__kwdefaults__ = real.__defaults__, real.__kwdefaults__
    function.__dict__.update(real.__dict__)
    for name in _COPIED:
        if hasattr(real, name):
            setattr(function, name, getattr(real, name))
    function.__module__, function.__qualname__ = home, attribute
    return function


def _signature(
    function: FunctionType,
) -> tuple[ast.arguments, tuple[list[ast.expr], list[ast.keyword]]]:
    """Return a function's parameters, without defaults, and the arguments that pass them all on."""
    code = function.__code__
    last = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames
    plain, keywords, rest = names[: code.co_argcount], names[code.co_argcount : last], list(names[last:])
    star = rest.pop(0) if code.co_flags & CO_VARARGS else None
    options = rest.pop(0) if code.co_flags & CO_VARKEYWORDS else None
    parameters = ast.arguments(
        posonlyargs=[ast.arg(name) for name in plain[: code.co_posonlyargcount]],
        args=[ast.arg(name) for name in plain[code.co_posonlyargcount :]],
        vararg=ast.arg(star) if star else None,
        kwonlyargs=[ast.arg(name) for name in keywords],
        kw_defaults=[None for _ in keywords],
        kwarg=ast.arg(options) if options else None,
        defaults=[],
    )
    values: list[ast.expr] = [_load(name) for name in plain]
    if star:
        values.append(ast.Starred(_load(star), ast.Load()))
    named = [ast.keyword(name, _load(name)) for name in keywords]
    if options:
        named.append(ast.keyword(None, _load(options)))
    return parameters, (values, named)


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())
