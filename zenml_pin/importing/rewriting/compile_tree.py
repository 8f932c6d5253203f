"""Trees: a source text is parsed, rewritten for its pin, and compiled."""

from __future__ import annotations

import ast
import sys
from _thread import RLock  # threading takes it from there too

from zenml_pin.base.locks import hold_at_fork
from zenml_pin.importing.rewriting.import_scan import has_calls, names_lazy_modules
from zenml_pin.importing.rewriting.imports import Rewriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from zenml_pin.importing.rewriting.route import Route, Target

# About 4 MiB of C stack, half of what a thread has.
_TREE_DEPTH = 8000
_deeper = RLock()
hold_at_fork(_deeper)


def compile_rewritten(
    text: str, name: str, target: Target, depth: int, routes: Mapping[str, Route]
) -> CodeType:
    """Return the code of a text under a file name, with the imports in its tree routed into its pin."""
    tree = ast.parse(text, name)
    rewriter = Rewriter(
        target.root,
        depth,
        lambda root: routes.get(root) or target.decide(root),
        lists_lazy=names_lazy_modules(text),
    )
    rewriter.rewrite(tree, calls=has_calls(text))
    return _compile_tree(tree, name)


def _compile_tree(tree: ast.Module, name: str) -> CodeType:
    """Compile a tree that nests as deep as a text may: up to 3.12, Python counts the levels of a tree as recursion."""
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
