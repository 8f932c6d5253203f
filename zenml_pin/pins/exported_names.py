r"""Which names a module's `__all__` has, without running it: `from package import *` imports the modules they name.

    known      __all__ = LIST      __all__ += LIST      __all__.extend(LIST)      __all__.append(TEXT)
    LIST       a list or tuple of texts; a sum of such
    unknown    every other text in which something else may bind or change the name

>>> exports(b"__all__ = ['a'] + ['b']"), exports(b"import a"), exports(b"__all__ = 'a b'.split()")
(('a', 'b'), (), None)
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import
import re

from zenml_pin.base.syntax_tree import iter_child_nodes, walk
from zenml_pin.pins.computed_names import computes_names, names_in
from zenml_pin.pins.definitions import (
    FUNCTIONS,
    expressions,
    is_plain,
    parse_quietly,
    top_level,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = "__all__"
# A text without these words has no `__all__`.
_WORDS = re.compile(rb"__all__|__getattr__|globals|locals|vars|exec|eval|modules")
# Builtins that only read a list.
_READERS = {"dict", "enumerate", "frozenset", "len", "list", "print", "set", "sorted", "tuple"}


def exports(data: bytes) -> tuple[str, ...] | None:
    """Return the names in a module's `__all__`; () if it certainly has none; None if they are unknown.

    Star imports are not followed: a name that begins with "_" is not among what they bind.

    Raises:
        SyntaxError, ValueError: Python cannot compile it.
        RecursionError, MemoryError: It nests too deep.
    """
    if is_plain(data) and not _WORDS.search(data):
        return ()
    module = parse_quietly(data)
    top = list(top_level(module))
    lists = [(node, names) for node in top if (names := _listed_by(node)) is not None]
    known = {id(node) for node, _ in lists} | {id(node) for node in _returned_by_dir(top)}
    if _is_elsewhere(module, known) or computes_names(list(walk(module)), top):
        return None
    is_certain = any(
        isinstance(node, (ast.Assign, ast.AnnAssign)) and id(node) in known for node in module.body
    )
    if not is_certain and _has_getattr(top):
        return None
    return tuple(sorted({name for _, names in lists for name in names}))


def _listed_by(node: ast.stmt) -> list[str] | None:
    """Return the texts that a statement of a known form adds to `__all__`; None for every other statement."""
    if isinstance(node, ast.Assign):
        return _texts_of(node.value) if len(node.targets) == 1 and _is_all(node.targets[0]) else None
    if isinstance(node, ast.AnnAssign):
        if not _is_all(node.target) or node.value is None:
            return None
        return _texts_of(node.value)
    if isinstance(node, ast.AugAssign):
        return _texts_of(node.value) if isinstance(node.op, ast.Add) and _is_all(node.target) else None
    return _called(node.value) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None


def _called(call: ast.Call) -> list[str] | None:
    method = call.func
    if (
        not isinstance(method, ast.Attribute)
        or not _is_all(method.value)
        or len(call.args) != 1
        or call.keywords
    ):
        return None
    if method.attr == "extend":
        return _texts_of(call.args[0])
    text = _text(call.args[0])
    if text is None or method.attr not in ("append", "remove"):
        return None
    return [text] if method.attr == "append" else []


def _texts_of(node: ast.expr) -> list[str] | None:
    """Return the texts of a list, a tuple, or a sum of such, in which `__all__` itself adds nothing."""
    texts: list[str] = []
    todo = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add):
            todo += [part.right, part.left]
        elif isinstance(part, (ast.List, ast.Tuple)):
            for item in part.elts:
                text = _text(item)
                if text is None:
                    return None
                texts.append(text)
        elif part is node or not _is_all(part):
            return None
    return texts


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_all(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == ALL


def _is_elsewhere(module: ast.Module, known: set[int]) -> bool:
    """Tell whether a module has the name `__all__` where it is not only read, apart from known statements."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if id(node) in known:
            continue
        if ALL in names_in(node):
            return True
        read = {id(part) for part in _read_by(node) if isinstance(part, (ast.Name, ast.Attribute))}
        for child in iter_child_nodes(node):
            todo += iter_child_nodes(child) if id(child) in read and ALL in names_in(child) else [child]
    return False


def _read_by(node: ast.AST) -> list[ast.expr]:
    """Return the parts of a node that it reads and does not change."""
    if isinstance(node, ast.Compare):
        return node.comparators
    if isinstance(node, (ast.For, ast.comprehension)):
        return [node.iter]
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Starred) or (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)):
        return [node.value] if isinstance(node.ctx, ast.Load) else []
    if isinstance(node, ast.Call):
        return node.args if isinstance(node.func, ast.Name) and node.func.id in _READERS else []
    return []


def _returned_by_dir(top: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module's `__dir__` that return `__all__`: Python takes a copy."""
    for function in top:
        if isinstance(function, FUNCTIONS) and function.name == "__dir__":
            for node in function.body:
                if isinstance(node, ast.Return) and node.value is not None and _is_all(node.value):
                    yield node


def _has_getattr(top: list[ast.stmt]) -> bool:
    """Tell whether a module may have a `__getattr__`, which may give any name that is not bound."""
    return any("__getattr__" in names_in(part) for node in top for part in expressions(node))
