"""ImportStatement: the import statements of a syntax tree that may run, and those of them that run in any case.

Certain is a statement at the top level of the module, also in a class body; not one in a function, in a branch, in a
loop, or in a `with` or a `try` that may catch its error.
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import

from zenml_pin.base.syntax_tree import unparse
from zenml_pin.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order of the text.
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


class ImportStatement(Value):
    """One import statement.

    Args:
        line: Its line, counted from 1.
        level: How many dots it begins with.
        module: What stands after "from", without dots; None for `import a, b`, and for `from . import a`.
        names: The imported names, "*" included.
        is_from: Whether it is a `from ... import`.
        is_certain: Whether it runs whenever the module is loaded.
    """

    __slots__ = ("line", "level", "module", "names", "is_from", "is_certain")

    line: int
    level: int
    module: str | None
    names: tuple[str, ...]
    is_from: bool
    is_certain: bool

    def below(self, lines: int) -> ImportStatement:
        """Return the same statement, some lines further down."""
        if not lines:
            return self
        rest = self.level, self.module, self.names, self.is_from, self.is_certain
        return ImportStatement(self.line + lines, *rest)


def statements_of(module: ast.Module, false: set[str]) -> tuple[ImportStatement, ...]:
    """Return the import statements that may run, in order.

    Args:
        module: The syntax tree.
        false: Expressions that are false when the module runs, as `false_expressions` returns them.
    """
    nodes = [node for node in _running(module, false) if isinstance(node, (ast.Import, ast.ImportFrom))]
    certain = {id(node) for node in _certain(module)} if nodes else set()
    return tuple([_statement(node, id(node) in certain) for node in nodes])


def _statement(node: ast.Import | ast.ImportFrom, is_certain: bool) -> ImportStatement:
    names = tuple([alias.name for alias in node.names])
    if isinstance(node, ast.Import):
        return ImportStatement(node.lineno, 0, None, names, False, is_certain)
    return ImportStatement(node.lineno, node.level, node.module, names, True, is_certain)


def _running(module: ast.Module, type_checking: set[str]) -> Iterator[ast.stmt]:
    """Yield the statements that may run: without the body of `if TYPE_CHECKING`, but with its `else`."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if type_checking and isinstance(node, ast.If) and unparse(node.test) in type_checking:
            todo += node.orelse
            continue
        if isinstance(node, ast.stmt):
            yield node
        # Only blocks have statements; the fields of all other nodes are expressions.
        fields = node._fields
        if "body" in fields or "cases" in fields:
            children = [child for name in _BLOCKS if name in fields for child in getattr(node, name)]
            children.reverse()
            todo += children


def _certain(module: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the import statements of a module that run in any case, in order."""
    todo: list[ast.stmt] = list(reversed(module.body))
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            # A lazy import (PEP 810) runs at its first use.
            if not getattr(node, "is_lazy", False):
                yield node
        elif isinstance(node, ast.ClassDef) or (isinstance(node, ast.Try) and not node.handlers):
            todo += reversed(node.body)
