"""`sys.modules` in a tree: each expression that may be it, by whatever name the code has sys.

    sys.modules    s.modules after `import sys as s` or `s = sys`    x.sys.modules    __import__("sys").modules
    getattr(x, "modules")    vars(x)["modules"]    x.__dict__["modules"]

Whether it is `sys.modules` is decided when the code runs, so that an expression of the same form which is something
else keeps its value. `from sys import modules` is a statement, which `imports` routes.
"""

from __future__ import annotations

import ast

from zenml_pin.importing.rewriting.names import MODULES, SYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def iter_modules(nodes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """Yield those of all nodes of a tree that may be `sys.modules`."""
    found = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == MODULES]
    if found:
        names = {*SYS, *(name for node in nodes for name in _bound_to_sys(node))}
        yield from (node for node in found if _is_sys(node.value, names))
    yield from (node for node in nodes if isinstance(node, ast.expr) and _is_looked_up(node))


def _bound_to_sys(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement or a named expression binds to sys."""
    if isinstance(node, ast.alias):
        if node.name in SYS and node.asname:
            yield node.asname
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and _is_sys(node.value, SYS):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_sys(node: ast.expr | None, names: Sequence[str] | set[str]) -> bool:
    """Tell whether an expression may be the module: a name, an attribute, or a call that imports it by name."""
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Attribute):
        return node.attr in SYS
    return isinstance(node, ast.Call) and any(_is_text(argument, SYS) for argument in node.args[:1])


def _is_looked_up(node: ast.expr) -> bool:
    """Tell whether the name `modules` is looked up by a text."""
    if isinstance(node, ast.Call):
        is_getattr = isinstance(node.func, ast.Name) and node.func.id == "getattr"
        return is_getattr and any(_is_text(argument, (MODULES,)) for argument in node.args[1:2])
    return isinstance(node, ast.Subscript) and _is_text(node.slice, (MODULES,)) and _is_namespace(node.value)


def _is_namespace(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars"


def _is_text(node: ast.expr, texts: Sequence[str]) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in texts
