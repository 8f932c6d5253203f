"""Compiling: from a source file's bytes to code that is led into its pin.

Code that is known already needs none of this, so that `ast` and `re` are not imported for it.
"""

from __future__ import annotations

import ast
import sys
from importlib.util import decode_source
from threading import Lock

from zenml_pin.importing.rewrite import Rewriter
from zenml_pin.importing.route import PLAIN, Route
from zenml_pin.importing.scan import has_calls, needs_parsing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from zenml_pin.importing.pin import Pin

# About 4 MiB of C stack, half of what a thread has.
_TREE_DEPTH = 8000
_deeper = Lock()


def decode(data: bytes, name: str) -> str:
    """Return a source file's text, as PEP 263 says; a fault is the compiler's own SyntaxError, with its line.

    Args:
        data: What the file holds.
        name: The file name for messages.
    """
    try:
        return decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        compile(data, name, "exec", dont_inherit=True)
        raise


def compile_source(text: str, pin: Pin, path: str, depth: int, routes: Mapping[str, Route]) -> CodeType:
    """Compile a module's text for a pin, rewritten where its imports need it.

    A file whose imports all go where they are written is compiled as it stands, which takes a third of the time.
    """
    name = pin.code_name(path)
    if all(route.way == PLAIN for route in routes.values()) and not needs_parsing(text, depth):
        plain: CodeType = compile(text, name, "exec", dont_inherit=True)
        return plain
    tree = ast.parse(text, name)
    rewriter = Rewriter(pin.root, depth, lambda root: routes.get(root) or pin.decide(root))
    rewriter.rewrite(tree, calls=has_calls(text))
    return _compile_tree(tree, name)


def _compile_tree(tree: ast.Module, name: str) -> CodeType:
    """Compile a tree as deep as a text may be: only for trees does Python up to 3.12 count levels as recursion."""
    try:
        code: CodeType = compile(tree, name, "exec", dont_inherit=True)
    except RecursionError:
        with _deeper:
            limit = sys.getrecursionlimit()
            sys.setrecursionlimit(max(limit, _TREE_DEPTH))
            try:
                code = compile(tree, name, "exec", dont_inherit=True)
            finally:
                sys.setrecursionlimit(limit)
    return code
