r"""Syntax trees with the classes of `_ast`: what reads a few texts need not import `ast`, which brings enum and re.

The functions return what those of `ast` do that have their names.

>>> module = parse(b"def f():\n    import a")
>>> [type(node).__name__ for node in walk(module)]
['Module', 'FunctionDef', 'arguments', 'Import', 'alias']
"""

from __future__ import annotations

from _ast import AST, Module, PyCF_ONLY_AST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def parse(text: bytes) -> Module:
    """Return the syntax tree of a module.

    Raises:
        SyntaxError, ValueError: Python cannot parse it.
        RecursionError, MemoryError: It nests too deep.
    """
    module = compile(text, "<unknown>", "exec", PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(module, Module)
    return module


def iter_child_nodes(node: AST) -> Iterator[AST]:
    """Yield the nodes that are directly in a node."""
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, AST):
            yield value
        elif isinstance(value, list):
            yield from (item for item in value if isinstance(item, AST))


def walk(node: AST) -> Iterator[AST]:
    """Yield a node and all nodes in it, those of a level before those of the next."""
    level = [node]
    while level:
        yield from level
        level = [child for parent in level for child in iter_child_nodes(parent)]


def unparse(node: AST) -> str:
    """Return a node as Python writes it."""
    from ast import unparse

    return unparse(node)
