"""Which names a module defines, found without running it."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def defines(data: bytes, name: str) -> bool:
    r"""Tell whether a module binds a name at its top level: by class, assignment or import, in any branch.

    A star import or a module-level `__getattr__` may bind any name, so with one of these the answer is True.

    >>> defines(b"if x:\n    class A: pass", "A"), defines(b"class B:\n    class A: pass", "A")
    (True, False)
    """
    try:
        module = ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return any(bound in (name, "*", "__getattr__") for bound in _bound(module))


def _bound(module: ast.Module) -> Iterator[str]:
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.Lambda):
            todo += ast.iter_child_nodes(node)


def names_defined(data: bytes) -> list[str]:
    """Return the classes that a module defines at its top level, for near misses."""
    try:
        module = ast.parse(data)
    except (SyntaxError, ValueError):
        return []
    return [node.name for node in module.body if isinstance(node, ast.ClassDef)]
