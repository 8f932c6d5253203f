r"""Which classes and functions a module defines at its top level, without running it; and how a text is parsed for it.

A function counts if it is a `def` or an `async def`, and not a generator. A decorator may return anything.

>>> definitions = Definitions.of(b"if x:\n    class A: pass\ndef f(): pass\ndef g(): yield\nfrom m import *")
>>> definitions.may_give("A"), definitions.may_give("f"), definitions.may_give("g"), definitions.stars
(True, True, False, ('m',))
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import
import re
import warnings
from _thread import RLock  # threading takes it from there too

from zenml_pin.base.locks import hold_at_fork
from zenml_pin.base.syntax_tree import iter_child_nodes, parse, unparse, walk
from zenml_pin.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    T = TypeVar("T")

# An assignment of one of these can give a class: a call of namedtuple or type, another name, a subscript.
_MAY_GIVE_A_CLASS = (ast.Attribute, ast.Call, ast.IfExp, ast.Name, ast.Subscript, ast.NamedExpr, ast.BoolOp)
# Statements that define a function.
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCRIPT_GUARDS = ("__name__ == '__main__'", "'__main__' == __name__")
# Code that binds names which its text does not show has one of these words.
_MAY_BIND = re.compile(rb"global|locals|vars|exec|modules")
# A declared encoding, in the first two lines, may write words in other bytes; these encodings do not.
_ENCODING = re.compile(
    rb"\A(?:[^\n]*\n)?[^\n]*coding[:=](?![ \t]*(?:utf-?8|us-ascii|ascii|latin-?1|iso-8859-1)\b)",
    re.IGNORECASE,
)
# catch_warnings changes a setting of all threads.
_lock = RLock()
hold_at_fork(_lock)


class Definitions(Value):
    """The names that a module binds at its top level, in any branch.

    Args:
        classes: Names of its class statements.
        others: Names that may be classes or functions: imported, decorated, or assigned from an expression that can
            give a class.
        stars: Modules of its star imports; relative ones with their dots.
        dynamic: Whether it has a module-level `__getattr__`, which may give any name.
        hidden: Names that its functions bind at the top level when they run (`global`).
        computed: Whether it binds names that are not in its text: by `globals()`, `exec`, or through `sys.modules`.
        functions: Names of its functions without decorators.
    """

    classes: tuple[str, ...]
    others: tuple[str, ...]
    stars: tuple[str, ...]
    dynamic: bool
    hidden: tuple[str, ...] = ()
    computed: bool = False
    functions: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: bytes) -> Definitions:
        """Read a module's source; if it cannot be parsed, it defines nothing."""
        try:
            module, may_yield = parse_quietly(data), b"yield" in data or not is_plain(data)
            return cls._of_module(module, may_compute(data), may_yield)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return cls((), (), (), False)

    @classmethod
    def _of_module(cls, module: ast.Module, may_bind: bool, may_yield: bool) -> Definitions:
        """Read a parsed module.

        Args:
            module: Its syntax tree.
            may_bind: False if its text has no word of code that binds names when it runs.
            may_yield: False if its text has no generator.
        """
        statements = list(top_level(module))
        classes = tuple(node.name for node in statements if isinstance(node, ast.ClassDef))
        plain = [node for node in statements if isinstance(node, FUNCTIONS) and not node.decorator_list]
        functions = tuple(node.name for node in plain if not (may_yield and is_generator(node)))
        bound = [(node, name) for node in statements for name in _names(node)]
        only_functions = {node.name for node in plain}.difference(classes, (name for _, name in bound))
        others = tuple(name for node, name in bound if not _is_alias(node, only_functions))
        stars = tuple(star for node in statements for star in _stars(node))
        dynamic = any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in statements)
        hidden, computed = bound_when_run(list(walk(module)), statements) if may_bind else ((), False)
        return cls(classes, others, stars, dynamic, hidden, computed, functions)

    def may_give(self, name: str) -> bool:
        """Tell whether the module itself may give a class or function of a name; the caller follows star imports."""
        return name in self.classes or name in self.functions or name in self.others or self.dynamic

    def may_make(self, name: str) -> bool:
        """Tell whether the module may bind that name when it runs, which its text does not show."""
        return name in self.hidden or self.computed


def top_level(module: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements of a module's top level, those inside if, try, with, for and match included.

    Statements under `if __name__ == "__main__"` are left out, because an import does not run them.
    """
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.stmt):
            yield node
        if isinstance(node, ast.If) and unparse(node.test) in _SCRIPT_GUARDS:
            todo += node.orelse
        elif not isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            todo += [child for child in iter_child_nodes(node) if not isinstance(child, ast.expr)]


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        may_be_class = isinstance(node.value, _MAY_GIVE_A_CLASS)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                yield from [target.id] if may_be_class else []
            elif isinstance(target, (ast.Tuple, ast.List)):
                yield from _bound(target)
    elif isinstance(node, (ast.For, ast.With)):
        yield from _bound(node)
    elif isinstance(node, FUNCTIONS) and node.decorator_list:
        yield node.name
    if not isinstance(node, (ast.ClassDef, *FUNCTIONS)):
        for part in expressions(node):
            if isinstance(part, ast.NamedExpr) and isinstance(part.value, _MAY_GIVE_A_CLASS):
                yield part.target.id


def _is_alias(node: ast.stmt, functions: set[str]) -> bool:
    """Tell whether a statement only gives a function another name."""
    value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, ast.Name) and value.id in functions


def is_generator(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function's own code has a `yield`: a call of it runs nothing and returns a generator."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        # What is inside a function or lambda is its own; its defaults, decorators and annotations are not.
        own = [] if not isinstance(node, (*FUNCTIONS, ast.Lambda)) else [node.body]
        inner = {id(part) for body in own for part in (body if isinstance(body, list) else [body])}
        todo += [child for child in iter_child_nodes(node) if id(child) not in inner]
    return False


def expressions(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the parts of a statement itself, without the statements inside it and the bodies of lambdas."""
    todo: list[ast.AST] = [node]
    while todo:
        part = todo.pop()
        yield part
        todo += [child for child in iter_child_nodes(part) if not isinstance(child, (ast.stmt, ast.Lambda))]


def may_compute(data: bytes) -> bool:
    """Tell whether a text has a word of code that binds names which the text does not show."""
    return not is_plain(data) or _MAY_BIND.search(data) is not None


def bound_when_run(nodes: list[ast.AST], top: list[ast.stmt]) -> tuple[tuple[str, ...], bool]:
    """Return the names that functions declare global, and whether the module computes names.

    Args:
        nodes: All nodes of a module's syntax tree.
        top: The statements of its top level.
    """
    hidden = tuple(name for node in nodes if isinstance(node, ast.Global) for name in node.names)
    # A function's locals() and vars() are its own.
    outer = [part for statement in top for part in expressions(statement)]
    computed = _writes(nodes, ("globals",)) or _writes(outer, ("locals", "vars"))
    return hidden, computed or any(map(_sets_names, nodes))


def _writes(nodes: list[ast.AST], functions: tuple[str, ...]) -> bool:
    """Tell whether code does more than read from the dict of names that a builtin returns."""
    read = {id(node.value) for node in nodes if _is_reading(node)}  # type: ignore[attr-defined]
    return any(_is_call(node, functions) and id(node) not in read for node in nodes)


def _is_reading(node: ast.AST) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Attribute) and node.attr in ("get", "items", "keys", "values")


def _sets_names(node: ast.AST) -> bool:
    """Tell whether a part of code is a call of exec, or changes a module of `sys.modules`."""
    if isinstance(node, ast.Call):
        is_setattr = _is_call(node, ("setattr",)) and bool(node.args)
        return _is_call(node, ("exec",)) or (is_setattr and _is_of_modules(node.args[0]))
    if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
        return _is_of_modules(node) or _is_of_modules(node.value)
    return False


def _is_of_modules(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and unparse(node.value) in (
        "sys.modules",
        "_sys.modules",
        "modules",
    )


def _is_call(node: ast.AST, functions: tuple[str, ...]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that are bound anywhere in a node."""
    for part in walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _stars(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        yield "." * node.level + (node.module or "")


def is_plain(data: bytes) -> bool:
    """Tell whether a text writes each word in the bytes of ASCII: Python reads some other letters as ASCII letters."""
    return data.isascii() and not _ENCODING.search(data)


def parse_quietly(data: bytes) -> ast.Module:
    """Parse a module without a warning, even if the caller has made warnings errors. Nothing of the module runs.

    Raises:
        SyntaxError, ValueError: Python cannot compile it.
        RecursionError, MemoryError: It nests too deep.
    """
    return quietly(parse, data)


def quietly(parse: Callable[[bytes], T], data: bytes) -> T:
    """Return the result of a parser for a module, without a warning."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parse(data)
