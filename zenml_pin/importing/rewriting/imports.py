"""Rewriting: the import statements of pinned code, routed into its pin.

With R for the pin's root package (`zenml_pin.at.g<commit id>`) and `a` a name that goes into the pin:

    import a.b as c          import R.a.b as c
    from a.b import x        from R.a.b import x
    import a.b               from R.a.b import __class__ as __zenml_pin_tmp__; from R import a; del __zenml_pin_tmp__
    import importlib         from R import __zenml_pin_importlib__ as importlib          (a view, see `module_views`)

`calls` routes the builtins that run a text. A module imports the names of R that it needs before its first statement.
A text that is given to a builtin gets them by `__import__` where it uses them, so that it adds nothing to the namespace
in which it runs. If a name does not exist yet, its statement decides again when it runs. Relative imports stay as
written, because they begin at the pinned name. If one goes above the pin's root, its level becomes too high for any
package, so that Python refuses it with its own message.

`import a.b` takes three statements because a plain `as` binding fails in class bodies, under `global` and in
circular imports. The temporary name is a dunder, which Enum bodies ignore, and every object in `sys.modules` has a
`__class__`. Every new statement has the old one's position, so tracebacks show the text as written.
"""

from __future__ import annotations

import ast

from zenml_pin.importing.rewriting.calls import copy_position, route_calls
from zenml_pin.importing.rewriting.lazy_statements import (
    EAGER,
    HAS_LAZY,
    LAZY,
    allowed_in,
    bind_lazily,
    if_listed,
    import_from_late,
    import_late,
    import_lazily,
    is_lazy,
    is_star,
    make_lazy,
)
from zenml_pin.importing.rewriting.names import (
    FROM_VIEWS,
    LATE_NAME,
    STARRED,
    TEMPORARY,
    VIEW_ROOTS,
    VIEWS,
    view_name,
)
from zenml_pin.importing.rewriting.route import LATE, PINNED, Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Rewriter:
    """Rewrites one module's tree.

    Args:
        root: The pin's root package, R above.
        depth: How many packages deep the module's package is below R; None where this is not known, as in
            a text for exec: Python then resolves its relative imports.
        route: Returns where the first part of a name goes.
        is_text: Whether it is a text for exec, eval or compile instead of a module.
        lists_lazy: Whether the module may say by `__lazy_modules__` which imports are lazy.
        route_lazily: Returns where the name in a lazy statement goes; by default as `route`.

    Attributes:
        changed: Whether anything was rewritten.
    """

    def __init__(
        self,
        root: str,
        depth: int | None,
        route: Callable[[str], Route],
        *,
        is_text: bool = False,
        lists_lazy: bool = False,
        route_lazily: Callable[[str], Route] | None = None,
    ) -> None:
        self._root = root
        self._depth = depth
        self._route = route
        self._route_lazily = route_lazily or route
        self._is_text = is_text
        # A text may run in a module that has the list.
        self._lists_lazy = HAS_LAZY and (lists_lazy or is_text)
        self._header: dict[str, str | None] = {}
        self.changed = False

    def rewrite(self, tree: ast.mod, *, calls: bool = True) -> ast.mod:
        """Rewrite a parsed module or text in place and return it.

        Args:
            tree: The module or text.
            calls: Whether it may have calls to route; the search for them takes as long as compiling it.
        """
        if calls:
            route_calls(tree, self._refer, None if self._is_text else self._header.__setitem__)
        self._imports(tree)
        if self._header and isinstance(tree, ast.Module):
            self._insert_header(tree)
        return tree

    def _refer(self, name: str) -> ast.expr:
        """Return an expression for an attribute of the pin's root."""
        self.changed = True
        if self._is_text:
            names = ast.List([ast.Constant(name)], ast.Load())
            arguments = [ast.Constant(self._root), ast.Constant(None), ast.Constant(None), names]
            root = ast.Call(ast.Name("__import__", ast.Load()), arguments, [])
            return ast.Attribute(root, name, ast.Load())
        self._header[name] = None
        return ast.Name(name, ast.Load())

    def _imports(self, tree: ast.mod) -> None:
        """Rewrite the statements of every block. Not recursive: a chain of elif nests as deep as it is long."""
        todo: list[tuple[ast.AST, int]] = [(tree, LAZY)]
        while todo:
            node, outer = todo.pop()
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list):
                    allowed = allowed_in(node, field, outer)
                    todo += [
                        (old, allowed) for old in block if not isinstance(old, (ast.Import, ast.ImportFrom))
                    ]
                    block[:] = [new for old in block for new in self._statement(old, allowed)]
            allowed = allowed_in(node, "body", outer)
            todo += [
                (child, allowed) for child in (*getattr(node, "handlers", ()), *getattr(node, "cases", ()))
            ]

    def _statement(self, statement: ast.stmt, allowed: int) -> Sequence[ast.stmt]:
        """Return the statements that replace a statement; `allowed` tells which imports may be lazy here."""
        if is_lazy(statement) and allowed != LAZY:
            # Python refuses it.
            return (statement,)
        listed = allowed if self._lists_lazy and not is_lazy(statement) else EAGER
        if isinstance(statement, ast.Import):
            return self._import(statement, listed)
        if isinstance(statement, ast.ImportFrom):
            if listed and not is_star(statement):
                return self._import_from_listed(statement, listed)
            return self._import_from(statement)
        return (statement,)

    def _import(self, statement: ast.Import, listed: int) -> Sequence[ast.stmt]:
        route = self._route_lazily if is_lazy(statement) else self._route
        if not any(_concerns(alias.name, route) for alias in statement.names):
            return (statement,)
        self.changed = True
        new: list[ast.stmt] = []
        for alias in statement.names:
            new += (
                self._import_one_listed(alias, statement, listed)
                if listed
                else self._import_one(alias, statement)
            )
        return _placed(new, statement)

    def _import_one_listed(self, alias: ast.alias, statement: ast.stmt, listed: int) -> list[ast.stmt]:
        """Return a statement that is lazy where `__lazy_modules__` has the name."""
        written = self._import_one(alias, statement)
        lazily = self._import_one_lazily(alias)
        if lazily is None:
            return written
        if listed != LAZY:
            lazily = [self._bind_lazily(ast.Import([alias]))]
        return [if_listed(self._listed(alias.name, 0), lazily, written)]

    def _bind_lazily(self, statement: ast.Import | ast.ImportFrom) -> ast.stmt:
        return bind_lazily(self._late("bind_lazily"), statement)

    def _import_one_lazily(self, alias: ast.alias) -> list[ast.stmt] | None:
        """Return the lazy statements for a name that goes, or may go, into the pin; None for every other."""
        route = self._route_lazily(alias.name.partition(".")[0])
        if route.way == PINNED:
            return import_lazily(self._root, alias, route.name)
        return import_late(self._root, alias) if route.way == LATE else None

    def _listed(self, name: str, level: int) -> ast.expr:
        namespaces = [ast.Call(ast.Name(function, ast.Load()), [], []) for function in ("globals", "locals")]
        return self._late("is_listed", ast.Constant(name), ast.Constant(level), *namespaces)

    def _import_from_listed(self, statement: ast.ImportFrom, listed: int) -> Sequence[ast.stmt]:
        root = (statement.module or "").partition(".")[0]
        if not statement.level and self._route(root).way not in (PINNED, LATE):
            return self._import_from(statement)
        copy = ast.ImportFrom(statement.module, statement.names, statement.level)
        if listed == LAZY:
            make_lazy(copy)
            lazily = self._import_from(copy)
        else:
            lazily = (self._bind_lazily(copy),)
        test = self._listed(statement.module or "", statement.level)
        return _placed([if_listed(test, lazily, list(self._import_from(statement)))], statement)

    def _import_one(self, alias: ast.alias, statement: ast.stmt) -> list[ast.stmt]:
        root, _, rest = alias.name.partition(".")
        if is_lazy(statement):
            lazily = self._import_one_lazily(alias)
            if lazily is None and root in VIEW_ROOTS:
                return _import_view(self._root, alias)
            return lazily or [ast.Import([alias])]
        route = self._route(root)
        if route.way == PINNED:
            return self._import_pinned(alias, route.name, rest)
        if route.way == LATE:
            return [self._import_late(alias)]
        if root in VIEW_ROOTS:
            return _import_view(self._root, alias)
        return [ast.Import([alias])]

    def _import_pinned(self, alias: ast.alias, target: str, rest: str) -> list[ast.stmt]:
        top = f"{self._root}.{target}"
        leaf = f"{top}.{rest}" if rest else top
        if alias.asname:
            return [ast.Import([ast.alias(leaf, alias.asname)])]
        holder, _, last = top.rpartition(".")
        name = alias.name.partition(".")[0]
        return [
            _from(leaf, "__class__", TEMPORARY),
            _from(holder, last, None if name == last else name),
            ast.Delete([ast.Name(TEMPORARY, ast.Del())]),
        ]

    def _import_late(self, alias: ast.alias) -> ast.stmt:
        """Return `if late.is_pinned("a"): <bind from the pin> else: <as written>`."""
        name = alias.asname or alias.name.partition(".")[0]
        module = self._late("module", ast.Constant(alias.name), ast.Constant(bool(alias.asname)))
        bind = ast.Assign([ast.Name(name, ast.Store())], module)
        return self._late_test(alias.name, bind, ast.Import([alias]))

    def _late(self, method: str, *args: ast.expr) -> ast.Call:
        return ast.Call(ast.Attribute(self._refer(LATE_NAME), method, ast.Load()), list(args), [])

    def _late_test(self, dotted: str, routed: ast.stmt, written: ast.stmt) -> ast.stmt:
        test = self._late("is_pinned", ast.Constant(dotted.partition(".")[0]))
        return ast.If(test, [routed], [written])

    def _import_from(self, statement: ast.ImportFrom) -> Sequence[ast.stmt]:
        if statement.level:
            self._check_level(statement)
            return (statement,)
        dotted = statement.module or ""
        root, _, rest = dotted.partition(".")
        route = (self._route_lazily if is_lazy(statement) else self._route)(root)
        if route.way == PINNED:
            self.changed = True
            statement.module = ".".join(part for part in (self._root, route.name, rest) if part)
            return (statement,)
        if is_lazy(statement) and is_star(statement):
            # Python refuses it.
            return (statement,)
        if route.way == LATE and is_lazy(statement):
            self.changed = True
            return _placed([import_from_late(self._root, statement)], statement)
        if route.way == LATE:
            return _placed([self._from_late(statement, dotted)], statement)
        if dotted in FROM_VIEWS:
            return self._from_view(statement, dotted)
        return (statement,)

    def _check_level(self, statement: ast.ImportFrom) -> None:
        if self._depth is not None and statement.level > self._depth:
            statement.level += self._root.count(".") + 1
            self.changed = True

    def _from_late(self, statement: ast.ImportFrom, dotted: str) -> ast.stmt:
        if statement.names[0].name == "*":
            names = ast.Call(ast.Name("globals", ast.Load()), [], [])
            routed: ast.stmt = ast.Expr(self._late("star", ast.Constant(dotted), names))
        else:
            wanted = ast.Tuple([ast.Constant(alias.name) for alias in statement.names], ast.Load())
            targets: list[ast.expr] = [
                ast.Name(alias.asname or alias.name, ast.Store()) for alias in statement.names
            ]
            values = self._late("names", ast.Constant(dotted), wanted)
            routed = ast.Assign([ast.Tuple(targets, ast.Store())], values)
        return self._late_test(dotted, routed, statement)

    def _from_view(self, statement: ast.ImportFrom, dotted: str) -> Sequence[ast.stmt]:
        routed = FROM_VIEWS[dotted]
        star = statement.names[0].name == "*"
        viewed = [alias for alias in statement.names if alias.name in routed]
        if star:
            viewed = [ast.alias(name) for name in STARRED.get(dotted, ())]
        if not viewed:
            return (statement,)
        self.changed = True
        rest = [alias for alias in statement.names if alias not in viewed]
        new: list[ast.stmt] = [ast.ImportFrom(dotted, rest, 0)] if rest else []
        new += [
            _from(self._root, view_name(f"{dotted}.{alias.name}"), alias.asname or alias.name)
            for alias in viewed
        ]
        return _placed(new, statement)

    def _insert_header(self, tree: ast.Module) -> None:
        """Import the names of R that the module needs, after the docstring and the `__future__` imports."""
        position = 1 if ast.get_docstring(tree, clean=False) is not None else 0
        while position < len(tree.body) and _is_future(tree.body[position]):
            position += 1
        new: list[ast.stmt] = [_from(self._root, *names) for names in self._header.items()]
        neighbour = tree.body[max(0, position - 1)] if tree.body else ast.Pass(lineno=1, col_offset=0)
        tree.body[position:position] = _placed(new, neighbour)


def _import_view(root: str, alias: ast.alias) -> list[ast.stmt]:
    """Import a routed module, or a plain submodule of one, and bind the view in its place."""
    top = alias.name.partition(".")[0]
    if alias.asname:
        if alias.name not in VIEWS:
            return [ast.Import([alias])]
        return [_from(root, view_name(alias.name), alias.asname)]
    bind = _from(root, view_name(top), top)
    if alias.name == top:
        return [bind]
    return [
        ast.Import([ast.alias(alias.name, TEMPORARY)]),
        ast.Delete([ast.Name(TEMPORARY, ast.Del())]),
        bind,
    ]


def _concerns(dotted: str, route: Callable[[str], Route]) -> bool:
    root = dotted.partition(".")[0]
    return root in VIEW_ROOTS or route(root).way in (PINNED, LATE)


def _from(module: str, name: str, asname: str | None) -> ast.ImportFrom:
    return ast.ImportFrom(module, [ast.alias(name, asname)], 0)


def _placed(new: list[ast.stmt], old: ast.stmt) -> list[ast.stmt]:
    for statement in new:
        if is_lazy(old) and isinstance(statement, (ast.Import, ast.ImportFrom)):
            make_lazy(statement)
        copy_position(statement, old)
    return new


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
