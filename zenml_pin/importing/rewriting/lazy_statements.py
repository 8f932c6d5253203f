"""Lazy statements (PEP 810): how `lazy import` and the names in `__lazy_modules__` are routed into a pin.

With R for the pin's root package and `a` a name that goes into the pin:

    lazy import a            lazy import R.a as a
    lazy import a.b as c     lazy import R.a.b as c
    lazy from a.b import x   lazy from R.a.b import x
    lazy import a.b          lazy import R.a.b as __zenml_pin_tmp__; del __zenml_pin_tmp__;
                             lazy from R import <a.b> as a        R then imports R.a, whose b is lazy
    lazy import late         lazy from R import <late> as late    the first use decides where the name goes

`<a.b>` is an attribute of R whose name is not an identifier, so that Python's own messages and `sys.lazy_modules` say
"R.a.b". The first of the three statements lets Python note that R.a has a lazy `b`.

Where a file contains `__lazy_modules__`, Python would look for the pinned name in it. So each statement looks for the
written name:

    import a                 if late.is_listed("a", ...): lazy import R.a as a
                             else: <as without __lazy_modules__>

Only in the `else` and `finally` of a `try`, Python uses `__lazy_modules__` but allows no `lazy`: imports stay eager.
"""

from __future__ import annotations

import ast
import sys

from zenml_pin.importing.rewriting.names import LAZY_PREFIX, TEMPORARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HAS_LAZY = sys.version_info >= (3, 15)
_CLOSED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try, ast.TryStar)


def is_lazy(statement: ast.stmt) -> bool:
    """Tell whether an import statement says `lazy`."""
    return bool(getattr(statement, "is_lazy", 0))


def make_lazy(statement: ast.Import | ast.ImportFrom) -> ast.Import | ast.ImportFrom:
    """Make an import statement lazy; return it."""
    statement.is_lazy = 1  # type: ignore[union-attr]
    return statement


def allows_lazy(node: ast.AST) -> bool:
    """Tell whether the blocks of a node may have lazy imports, if the block that has the node may."""
    return not isinstance(node, _CLOSED)


def is_star(statement: ast.ImportFrom) -> bool:
    """Tell whether a statement is `from a import *`, which is never lazy."""
    return statement.names[0].name == "*"


def import_lazily(root: str, alias: ast.alias, target: str) -> list[ast.stmt]:
    """Return the lazy statements for `import a.b` or `import a.b as c`; the last one binds the name.

    Args:
        root: The pin's root package, R above.
        alias: The name as written.
        target: The dotted name below R for its first part.
    """
    first, _, rest = alias.name.partition(".")
    leaf = ".".join(part for part in (root, target, rest) if part)
    if not rest or alias.asname:
        return [make_lazy(ast.Import([ast.alias(leaf, alias.asname or first)]))]
    # The target may itself have dots.
    name = f"{target}:{rest}" if "." in target else f"{target}.{rest}"
    return [
        make_lazy(ast.Import([ast.alias(leaf, TEMPORARY)])),
        ast.Delete([ast.Name(TEMPORARY, ast.Del())]),
        _from_root(root, [ast.alias(name, first)]),
    ]


def import_late(root: str, alias: ast.alias) -> list[ast.stmt]:
    """Return the lazy statement for an import that decides at its first use where it goes."""
    request = f"{LAZY_PREFIX}{alias.name}{' as' if alias.asname else ''}"
    return [_from_root(root, [ast.alias(request, alias.asname or alias.name.partition(".")[0])])]


def import_from_late(root: str, statement: ast.ImportFrom) -> ast.Import | ast.ImportFrom:
    """Return the lazy statement for a from-import that decides at its first use where it goes."""
    names = [
        ast.alias(f"{LAZY_PREFIX}{statement.module}:{alias.name}", alias.asname or alias.name)
        for alias in statement.names
    ]
    return _from_root(root, names)


def _from_root(root: str, names: list[ast.alias]) -> ast.Import | ast.ImportFrom:
    return make_lazy(ast.ImportFrom(root, names, 0))


def if_listed(test: ast.expr, lazily: Sequence[ast.stmt], written: Sequence[ast.stmt]) -> ast.stmt:
    """Return a statement that is lazy where `__lazy_modules__` has its name, and as written elsewhere."""
    return ast.If(test, list(lazily), list(written))
