r"""Expressions that are false when a module runs: typing's TYPE_CHECKING, or that name where a module sets it to False.

    known      from typing import TYPE_CHECKING [as NAME]      import typing [as NAME]      TYPE_CHECKING = False
    other      whatever else binds one of these names, or may bind it: then the expression may be true

>>> from zenml_pin.base.syntax_tree import parse
>>> sorted(false_expressions(parse(b"import typing\nfrom typing import TYPE_CHECKING as T"), False))
['T', 'typing.TYPE_CHECKING']
>>> false_expressions(parse(b"from typing import TYPE_CHECKING\nfrom settings import *"), False)
set()
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import

from zenml_pin.base.syntax_tree import walk
from zenml_pin.pins.computed_names import computes_names, names_in
from zenml_pin.pins.definitions import top_level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "TYPE_CHECKING"
_TYPING = ("typing", "typing_extensions")
# Most nodes are of these types.
_BIND_NOTHING = {ast.Load, ast.Store, ast.Call, ast.Expr, ast.Assign, ast.Subscript, ast.Tuple, ast.arguments}
# Stands for all names.
_ANY = "*"


def false_expressions(module: ast.Module, may_compute: bool) -> set[str]:
    """Return the expressions that are false when a module runs, as Python writes them.

    Args:
        module: Its syntax tree.
        may_compute: False if its text has no word of code that binds names which the text does not show.
    """
    nodes = list(walk(module))
    known = {id(node): binding for parent in nodes for node, *binding in _known_bindings(parent)}
    if not known or (may_compute and computes_names(nodes, list(top_level(module)))):
        return set()
    binding = [node for node in nodes if type(node) not in _BIND_NOTHING and id(node) not in known]
    others = {name for node in binding for name in _bound_by(node)}
    return set() if _ANY in others else {test for name, test in known.values() if name not in others}


def _known_bindings(node: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """Yield (node that binds, name, expression that is false) for each known binding of a statement."""
    if isinstance(node, ast.ImportFrom) and node.module in _TYPING and not node.level:
        names = [(alias, alias.asname or alias.name) for alias in node.names if alias.name == NAME]
        yield from ((alias, name, name) for alias, name in names)
    elif isinstance(node, ast.Import):
        modules = [(alias, alias.asname or alias.name) for alias in node.names if alias.name in _TYPING]
        yield from ((alias, name, f"{name}.{NAME}") for alias, name in modules)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        target, value = node.targets[0], node.value
        is_false = isinstance(value, ast.Constant) and value.value is False
        if is_false and isinstance(target, ast.Name) and target.id == NAME:
            yield target, NAME, NAME


def _bound_by(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node itself binds; `_ANY` if it may set the attribute TYPE_CHECKING of a module."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, ast.alias):
        # That of a star import is "*".
        yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, ast.Attribute):
        if node.attr == NAME and not isinstance(node.ctx, ast.Load):
            yield _ANY
    elif isinstance(node, (ast.Constant, ast.keyword)):
        # As in setattr(typing, "TYPE_CHECKING", True).
        if NAME in names_in(node):
            yield _ANY
    elif not isinstance(node, ast.ImportFrom):
        # Functions, classes, parameters, handlers of errors, patterns, `global`.
        yield from names_in(node)
