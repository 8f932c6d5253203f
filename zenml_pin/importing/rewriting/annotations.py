"""Annotations: tools show their text, which must be the author's; where they are evaluated, they mean the pin.

    x: exec                    stays as written: a name that is not called imports nothing
    x: __import__("a").T       x: (__import__ if __zenml_pin_is_text__ else __zenml_pin_value__(__import__))("a").T

From Python 3.14 on, code makes the text: it runs with names that are objects, and an object is true (PEP 749). The
attribute of the pin's root is false. Type aliases, bounds and defaults of type parameters are shown in the same way.

With `from __future__ import annotations` the text is made when the module is compiled, and it is evaluated in the
module's namespace. There `__import__` stays as written, and the module binds that name to the pin's function.
"""

from __future__ import annotations

import ast
import sys
from copy import deepcopy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_IS_TEXT_MADE_LATE = sys.version_info >= (3, 14)
_IMPORT = "__import__"


class Annotations:
    """The annotations of a tree, and the other expressions that are shown like them.

    Args:
        tree: A parsed text, not rewritten yet.
        nodes: All its nodes.
        may_bind: Whether a name may be bound in its namespace.

    Attributes:
        kept: The ids of names in them that stay as written.
        binds_import: Whether `__import__` is to be bound in the module, because one of these is called.
    """

    def __init__(self, tree: ast.AST, nodes: Sequence[ast.AST], *, may_bind: bool) -> None:
        has_future = isinstance(tree, ast.Module) and any(map(_is_future, tree.body))
        annotations = [part for field in ("annotation", "returns") for part in _parts(nodes, field)]
        types = [part for field in ("bound", "default_value") for part in _parts(nodes, field)]
        types += _parts([node for node in nodes if type(node).__name__ == "TypeAlias"], "value")
        called = {id(part.func) for part in (*annotations, *types) if isinstance(part, ast.Call)}
        names = [part for part in (*annotations, *types) if isinstance(part, ast.Name)]
        imports = [part for part in annotations if isinstance(part, ast.Name) and part.id == _IMPORT]
        self.binds_import = has_future and may_bind and any(id(part) in called for part in imports)
        self.kept = {id(name) for name in names} - called
        self.kept |= {id(part) for part in imports if self.binds_import}
        self._late = (types if has_future else [*annotations, *types]) if _IS_TEXT_MADE_LATE else []

    def copies(self, ids: Collection[int]) -> dict[int, ast.expr]:
        """Return by their ids copies of those expressions that must be shown as they are written."""
        return {
            id(part): deepcopy(part) for part in self._late if id(part) in ids and isinstance(part, ast.expr)
        }


def _parts(nodes: Sequence[ast.AST], field: str) -> list[ast.AST]:
    """Return all nodes of the expressions that some nodes have in a field."""
    values: Iterator[object] = (getattr(node, field, None) for node in nodes)
    return [part for value in values if isinstance(value, ast.AST) for part in ast.walk(value)]


def _is_future(statement: ast.AST) -> bool:
    if not isinstance(statement, ast.ImportFrom) or statement.module != "__future__":
        return False
    return any(alias.name == "annotations" for alias in statement.names)
