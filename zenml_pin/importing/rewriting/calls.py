"""Calls: `exec`, `eval`, `compile` and `__import__` in pinned code, routed into its pin.

    exec(x)                    exec(__zenml_pin_source__(exec, x))                         eval alike
    compile(x, file, mode)     compile(__zenml_pin_source__(compile, x, mode, 0), file, mode)
    __import__(x)              __zenml_pin_value__(__import__)(x)
    run = exec                 run = __zenml_pin_value__(exec)
    sys.modules[x]             __zenml_pin_value__(sys.modules)[x]                         see `sys_modules`
    sys.set_lazy_imports_filter(f)    __zenml_pin_value__(sys.set_lazy_imports_filter)(f)
    interpreter.exec(x)        __zenml_pin_value__(interpreter.exec)(x)                    from Python 3.14 on

The source goes through a function and the builtin is called where it was written, so that no frame of ours shows in
a traceback; `exec_texts` and `module_views` have the functions. Whether a name means the builtin is decided when the
code runs: a `compile` that a module, class or star import has bound gets its arguments unchanged. `re.compile` is an
attribute, not a name, and stays as written.
"""

from __future__ import annotations

import ast
from copy import deepcopy

from zenml_pin.importing.rewriting.annotations import Annotations
from zenml_pin.importing.rewriting.names import (
    ATTRIBUTES,
    CALLS,
    IS_TEXT_NAME,
    SOURCE_NAME,
    VALUE_NAME,
    view_name,
)
from zenml_pin.importing.rewriting.sys_modules import iter_modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    T = TypeVar("T", bound=ast.AST)
    Refer = Callable[[str], ast.expr]

_PLAIN_NODES = (ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.operator, ast.expr_context)
_READ = ast.Load()


def route_calls(tree: ast.AST, refer: Refer, bind: Callable[[str, str], None] | None = None) -> None:
    """Route the builtins that run a text or import by name into the pin, in place.

    Args:
        tree: A parsed text.
        refer: Makes the expression for a function of the pin's root package.
        bind: Binds an attribute of the pin's root package to another name in the module; None in a text.
    """
    nodes = list(_walk(tree))
    sources = {id(node): arguments for node in nodes if (arguments := _source_arguments(node)) is not None}
    calls = [node for node in nodes if isinstance(node, ast.Call) and id(node) in sources]
    annotations = Annotations(tree, nodes, may_bind=bind is not None)
    if annotations.binds_import and bind is not None:
        bind(view_name("builtins.__import__"), "__import__")
    routed = {id(node) for node in nodes if _is_function(node)}
    routed -= {id(call.func) for call in calls} | annotations.kept
    routed |= {id(node) for node in iter_modules(nodes)}
    shown = annotations.copies(routed | {id(call.args[0]) for call in calls})

    def replace(node: ast.expr, new: ast.expr) -> ast.expr:
        written = shown.get(id(node))
        return copy_position(new if written is None else ast.IfExp(refer(IS_TEXT_NAME), written, new), node)

    for node in nodes:
        _route_values(node, routed, lambda node: replace(node, ast.Call(refer(VALUE_NAME), [node], [])))
    for call in calls:
        source = call.args[0]
        arguments = [deepcopy(call.func), source, *sources[id(call)]]
        call.args[0] = replace(source, ast.Call(refer(SOURCE_NAME), arguments, []))


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but patterns, whose names are not calls. Not recursive, because code may nest deep."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.pattern)]


def _source_arguments(node: ast.AST) -> Sequence[ast.expr] | None:
    """Return the arguments that decide how a call's text is compiled; None if the function is routed instead."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
        return None
    if node.func.id in ("exec", "eval"):
        return None if isinstance(node.args[0], ast.Starred) else ()
    return _compile_arguments(node) if node.func.id == "compile" else None


def _compile_arguments(call: ast.Call) -> Sequence[ast.expr] | None:
    """Return mode and flags, or None. They are evaluated twice, so both must be free of side effects."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    named = dict(zip(("source", "filename", "mode", "flags"), call.args, strict=False))
    named |= {keyword.arg or "": keyword.value for keyword in call.keywords}
    mode, flags = named.get("mode"), named.get("flags", ast.Constant(0))
    if mode is None or "" in named or not _is_plain(mode) or not _is_plain(flags):
        return None
    return deepcopy(mode), deepcopy(flags)


def _is_plain(expression: ast.expr) -> bool:
    return all(isinstance(node, _PLAIN_NODES) for node in ast.walk(expression))


def _is_function(node: ast.AST) -> bool:
    """Tell whether an expression may be a function that is routed as a value."""
    if isinstance(node, ast.Attribute):
        return node.attr in ATTRIBUTES
    return isinstance(node, ast.Name) and node.id in CALLS


def _route_values(parent: ast.AST, ids: set[int], route: Callable[[ast.expr], ast.expr]) -> None:
    """Route those expressions right below a node that have the given ids and are read."""

    def routed(node: object) -> object:
        is_read = isinstance(getattr(node, "ctx", _READ), ast.Load)
        return route(node) if isinstance(node, ast.expr) and id(node) in ids and is_read else node

    for field, value in ast.iter_fields(parent):
        if isinstance(value, ast.expr):
            setattr(parent, field, routed(value))
        elif isinstance(value, list):
            value[:] = [routed(item) for item in value]


def copy_position(node: T, old: ast.AST) -> T:
    """Give a new node, and the new nodes below it, the position of the node that it replaces; return it."""
    position = {
        field: getattr(old, field)
        for field in ("lineno", "col_offset", "end_lineno", "end_col_offset")
        if hasattr(old, field)
    }
    for child in ast.walk(node):
        if "lineno" in child._attributes and not hasattr(child, "lineno"):
            for field, value in position.items():
                setattr(child, field, value)
    return node
