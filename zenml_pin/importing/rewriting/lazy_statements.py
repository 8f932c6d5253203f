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

In the `else` and `finally` of a `try`, Python uses `__lazy_modules__` but allows no `lazy`. There the statement runs as
a text of its own, and what it binds is bound without being used, so that it stays lazy:

    import a                 if late.is_listed("a", ...): (a,) = late.bind_lazily("lazy import a", ("a",), globals())
                             else: <as without __lazy_modules__>
"""

from __future__ import annotations

import ast
import sys

from zenml_pin.importing.rewriting.names import LAZY_PREFIX, TEMPORARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HAS_LAZY = sys.version_info >= (3, 15)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_TRIES = (ast.Try, ast.TryStar)

# What a block may have: no lazy imports, those that `__lazy_modules__` names, or `lazy` statements too.
EAGER, LISTED, LAZY = range(3)


def is_lazy(statement: ast.stmt) -> bool:
    """Tell whether an import statement says `lazy`."""
    return bool(getattr(statement, "is_lazy", 0))


def make_lazy(statement: ast.Import | ast.ImportFrom) -> ast.Import | ast.ImportFrom:
    """Make an import statement lazy; return it."""
    statement.is_lazy = 1  # type: ignore[union-attr]
    return statement


def allowed_in(node: ast.AST, field: str, outer: int) -> int:
    """Return what a block of a node may have: EAGER, LISTED or LAZY.

    Args:
        node: The statement.
        field: The block's field of the node.
        outer: What the block that has the node may have.
    """
    if isinstance(node, _SCOPES):
        return EAGER
    if not isinstance(node, _TRIES):
        return outer
    # With a `finally`, the `else` is still inside of the `try`.
    is_after = field == "finalbody" or (field == "orelse" and not node.finalbody)
    return min(outer, LISTED) if is_after else EAGER


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


def bind_lazily(call: ast.Call, statement: ast.Import | ast.ImportFrom) -> ast.stmt:
    """Return the statement that binds the names of an import as lazy ones, where `lazy` is not allowed.

    Args:
        call: A call of `bind_lazily`, without its arguments.
        statement: The import as written.
    """
    bound = [alias.asname or alias.name.partition(".")[0] for alias in statement.names]
    names = ast.Tuple([ast.Constant(name) for name in bound], ast.Load())
    namespace = ast.Call(ast.Name("globals", ast.Load()), [], [])
    call.args = [ast.Constant(f"lazy {ast.unparse(statement)}"), names, namespace]
    return ast.Assign([ast.Tuple([ast.Name(name, ast.Store()) for name in bound], ast.Store())], call)


def if_listed(test: ast.expr, lazily: Sequence[ast.stmt], written: Sequence[ast.stmt]) -> ast.stmt:
    """Return a statement that is lazy where `__lazy_modules__` has its name, and as written elsewhere."""
    return ast.If(test, list(lazily), list(written))
