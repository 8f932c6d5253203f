"""Rewriting: the import statements of pinned code, led into its pin.

With R for the pin's root package (`zenml_pin.at.g<commit id>`) and `a` a name that goes into the pin:

    import a.b as c          import R.a.b as c
    from a.b import x        from R.a.b import x
    import a.b               from R.a.b import __class__ as __zenml_pin_tmp__; from R import a; del __zenml_pin_tmp__
    import importlib         from R import __zenml_pin_importlib__ as importlib          (a view, see `views`)
    __import__(x)            __zenml_pin_import__(x)
    exec(x)                  exec(__zenml_pin_source__(exec, x, <flags of the module's __future__ imports>))

A name that is not found yet asks again when the statement runs. Relative imports stay: their base is the pinned name
already; one that climbs above the pin's root is led above everything, so that Python refuses it in its own words.

`import a.b` takes three statements because a plain `as` binding fails in class bodies, under `global` and in
circular imports; the temporary name is a dunder, which Enum bodies leave alone, and `__class__` is found on whatever
stands in `sys.modules`. Every new statement has the old one's position, so tracebacks show the text as written.
"""

from __future__ import annotations

import ast

from zenml_pin.importing.route import LATE, PINNED, Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Raised whenever the same source would be rewritten differently: part of the key of cached code.
VERSION = 2

TEMPORARY = "__zenml_pin_tmp__"
LATE_NAME = "__zenml_pin_late__"
IMPORT_NAME = "__zenml_pin_import__"
SOURCE_NAME = "__zenml_pin_source__"

# The functions of each routed module that take a name or an anchor; `views` answers for them.
VIEWS: dict[str, frozenset[str]] = {
    "importlib": frozenset(["__import__", "import_module", "resources", "util"]),
    "importlib.util": frozenset(["find_spec"]),
    "importlib.resources": frozenset(
        [
            "contents",
            "files",
            "is_resource",
            "open_binary",
            "open_text",
            "path",
            "read_binary",
            "read_text",
        ]
    ),
    "pkgutil": frozenset(["find_loader", "get_data", "get_loader", "resolve_name", "walk_packages"]),
}
_VIEW_ROOTS = frozenset(name.partition(".")[0] for name in VIEWS)


def view_name(dotted: str) -> str:
    """Return the attribute of a pin's root package that holds a view, or one function of it."""
    return f"__zenml_pin_{dotted.replace('.', '_')}__"


class Rewriter:
    """Rewrites one module's tree.

    Args:
        root: The pin's root package, R above.
        depth: How many packages deep the module's own package lies below R; None where it is not known, as
            in a text given to exec, so that relative imports are left to Python.
        route: Tells where the first part of a name goes.

    Attributes:
        changed: Whether anything had to be rewritten.
    """

    def __init__(self, root: str, depth: int | None, route: Callable[[str], Route]) -> None:
        self._root = root
        self._depth = depth
        self._route = route
        self._header: dict[str, None] = {}
        self.changed = False

    def rewrite(self, tree: ast.Module) -> ast.Module:
        """Rewrite a parsed module in place and return it."""
        self._calls(tree)
        self._imports(tree)
        if self._header:
            self._insert_header(tree)
        return tree

    def _need(self, name: str) -> None:
        """Ask for a name to be imported from the pin's root before the module's first statement."""
        self._header[name] = None
        self.changed = True

    def _calls(self, tree: ast.Module) -> None:
        """Lead the source given to exec into the pin, and `__import__` unless the module binds that name itself."""
        nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Call))]
        called = {node.id for node in nodes if isinstance(node, ast.Name)}
        if "exec" in called:
            for call in [node for node in nodes if isinstance(node, ast.Call)]:
                self._exec(call, _future_flags(tree))
        if "__import__" in called and "__import__" not in _bound_names(tree):
            for name in [node for node in nodes if isinstance(node, ast.Name) and node.id == "__import__"]:
                self._need(IMPORT_NAME)
                name.id = IMPORT_NAME

    def _exec(self, call: ast.Call, flags: int) -> None:
        """Route the first argument; whether the name is the builtin's there is seen when the call runs."""
        named = isinstance(call.func, ast.Name) and call.func.id == "exec"
        if named and call.args and not isinstance(call.args[0], ast.Starred):
            self._need(SOURCE_NAME)
            arguments = [ast.Name("exec", ast.Load()), call.args[0], ast.Constant(flags)]
            routed = ast.Call(ast.Name(SOURCE_NAME, ast.Load()), arguments, [])
            _locate(routed, call.args[0])
            call.args[0] = routed

    def _imports(self, tree: ast.Module) -> None:
        """Rewrite the statements of every block. A loop, for a chain of elif nests as deep as it is long."""
        todo: list[ast.AST] = [tree]
        while todo:
            node = todo.pop()
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list):
                    todo += [old for old in block if not isinstance(old, (ast.Import, ast.ImportFrom))]
                    block[:] = [new for old in block for new in self._statement(old)]
            todo += [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]

    def _statement(self, statement: ast.stmt) -> Sequence[ast.stmt]:
        if isinstance(statement, ast.Import):
            return self._import(statement)
        if isinstance(statement, ast.ImportFrom):
            return self._import_from(statement)
        return (statement,)

    def _import(self, statement: ast.Import) -> Sequence[ast.stmt]:
        if not any(self._concerns(alias.name) for alias in statement.names):
            return (statement,)
        self.changed = True
        new = [made for alias in statement.names for made in self._import_one(alias, statement)]
        return _placed(new, statement)

    def _concerns(self, dotted: str) -> bool:
        root = dotted.partition(".")[0]
        return root in _VIEW_ROOTS or self._route(root).way in (PINNED, LATE)

    def _import_one(self, alias: ast.alias, statement: ast.stmt) -> list[ast.stmt]:
        root, _, rest = alias.name.partition(".")
        route = self._route(root)
        if route.way == PINNED:
            return self._import_pinned(alias, route.target, rest)
        if route.way == LATE:
            return [self._import_late(alias)]
        if root in _VIEW_ROOTS:
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
        """Return `if late.found("a"): <bind from the pin> else: <as written>`."""
        self._need(LATE_NAME)
        name = alias.asname or alias.name.partition(".")[0]
        module = _late("module", ast.Constant(alias.name), ast.Constant(bool(alias.asname)))
        bind = ast.Assign([ast.Name(name, ast.Store())], module)
        return self._late_test(alias.name, bind, ast.Import([alias]))

    def _late_test(self, dotted: str, routed: ast.stmt, written: ast.stmt) -> ast.stmt:
        test = _late("found", ast.Constant(dotted.partition(".")[0]))
        return ast.If(test, [routed], [written])

    def _import_from(self, statement: ast.ImportFrom) -> Sequence[ast.stmt]:
        if statement.level:
            self._check_level(statement)
            return (statement,)
        dotted = statement.module or ""
        root, _, rest = dotted.partition(".")
        route = self._route(root)
        if route.way == PINNED:
            self.changed = True
            statement.module = ".".join(part for part in (self._root, route.target, rest) if part)
            return (statement,)
        if route.way == LATE:
            return _placed([self._from_late(statement, dotted)], statement)
        if dotted in VIEWS:
            return self._from_view(statement, dotted)
        return (statement,)

    def _check_level(self, statement: ast.ImportFrom) -> None:
        if self._depth is not None and statement.level > self._depth:
            statement.level += self._root.count(".") + 1
            self.changed = True

    def _from_late(self, statement: ast.ImportFrom, dotted: str) -> ast.stmt:
        self._need(LATE_NAME)
        if statement.names[0].name == "*":
            names = ast.Call(ast.Name("globals", ast.Load()), [], [])
            routed: ast.stmt = ast.Expr(_late("star", ast.Constant(dotted), names))
        else:
            wanted = ast.Tuple([ast.Constant(alias.name) for alias in statement.names], ast.Load())
            targets: list[ast.expr] = [
                ast.Name(alias.asname or alias.name, ast.Store()) for alias in statement.names
            ]
            values = _late("names", ast.Constant(dotted), wanted)
            routed = ast.Assign([ast.Tuple(targets, ast.Store())], values)
        return self._late_test(dotted, routed, statement)

    def _from_view(self, statement: ast.ImportFrom, dotted: str) -> Sequence[ast.stmt]:
        routed = VIEWS[dotted]
        star = statement.names[0].name == "*"
        mine = [alias for alias in statement.names if alias.name in routed]
        if star:
            mine = [ast.alias("import_module")] if dotted == "importlib" else []
        if not mine:
            return (statement,)
        self.changed = True
        rest = [alias for alias in statement.names if alias not in mine]
        new: list[ast.stmt] = [ast.ImportFrom(dotted, rest, 0)] if rest else []
        new += [
            _from(self._root, view_name(f"{dotted}.{alias.name}"), alias.asname or alias.name)
            for alias in mine
        ]
        return _placed(new, statement)

    def _insert_header(self, tree: ast.Module) -> None:
        """Import what was asked for, after the docstring and the `__future__` imports."""
        position = 1 if ast.get_docstring(tree, clean=False) is not None else 0
        while position < len(tree.body) and _is_future(tree.body[position]):
            position += 1
        new: list[ast.stmt] = [_from(self._root, name, None) for name in self._header]
        where = tree.body[max(0, position - 1)] if tree.body else ast.Pass(lineno=1, col_offset=0)
        tree.body[position:position] = _placed(new, where)


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


def _from(module: str, name: str, asname: str | None) -> ast.ImportFrom:
    return ast.ImportFrom(module, [ast.alias(name, asname)], 0)


def _late(method: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name(LATE_NAME, ast.Load()), method, ast.Load()), list(args), [])


def _placed(new: list[ast.stmt], old: ast.stmt) -> list[ast.stmt]:
    for statement in new:
        _locate(statement, old)
    return new


def _locate(node: ast.AST, old: ast.AST) -> None:
    """Give a new node, and what is new below it, the position of the node that it stands for."""
    position = {
        field: getattr(old, field)
        for field in ("lineno", "col_offset", "end_lineno", "end_col_offset")
        if hasattr(old, field)
    }
    for child in ast.walk(node):
        if "lineno" in child._attributes and not hasattr(child, "lineno"):
            for field, value in position.items():
                setattr(child, field, value)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _future_flags(tree: ast.Module) -> int:
    """Return the compiler flags of a module's `__future__` imports, which a text given to exec inherits."""
    import __future__

    names = [
        alias.name
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        for alias in statement.names
    ]
    flags = 0
    for name in names:
        flags |= getattr(getattr(__future__, name, None), "compiler_flag", 0)
    return flags


def _bound_names(tree: ast.Module) -> set[str]:
    """Return every name that a module binds somewhere."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
    return bound
