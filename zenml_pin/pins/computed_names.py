"""Whether code may bind names of its module that its text does not show: by `exec`, `globals()` or `sys.modules`."""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import

from zenml_pin.pins.definitions import bound_when_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Builtins by which code runs texts, and those that give it names.
_RUNS_TEXTS = {"exec", "eval"}
_BUILTINS = _RUNS_TEXTS | {"globals", "locals", "vars"}
# Attributes that are the names of a module.
_NAMES_OF_MODULES = {"f_globals", "__globals__"}


def computes_names(nodes: list[ast.AST], top: list[ast.stmt]) -> bool:
    """Tell whether a module may bind names which its text does not show.

    Args:
        nodes: All nodes of its syntax tree.
        top: The statements of its top level.
    """
    return bound_when_run(nodes, top)[1] or any(map(_may_bind, nodes))


def names_in(node: ast.AST) -> Iterator[str]:
    """Yield the names and texts that are directly in a node."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


def _may_bind(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _RUNS_TEXTS
    if isinstance(node, ast.Attribute):
        # `model.eval()` is a method.
        return node.attr in _NAMES_OF_MODULES or (_is_builtins(node.value) and node.attr in _BUILTINS)
    if isinstance(node, ast.Subscript):
        # A module that code takes from `sys.modules` may be its own.
        value = node.value
        return (value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")) == "modules"
    return isinstance(node, ast.alias) and node.name in _BUILTINS


def _is_builtins(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("builtins", "__builtins__")
