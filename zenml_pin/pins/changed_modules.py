r"""Changes of what modules are and have, in a syntax tree: they give import statements of other texts another meaning.

    changed      a name, attribute or item that is assigned, deleted or augmented; a method that changes it; a function
                 that gets it; another name for it of which one of these is true
    only read    all the rest: `for x in __path__`, `x in sys.modules`, `sys.modules[x].y`, `len(lib.__all__)`

>>> from zenml_pin.base.syntax_tree import parse
>>> changes_others(parse(b"import sys\nsys.modules[names[0]] = x")), changes_others(parse(b"self.modules[x] = y"))
(True, False)
>>> changes_packages(parse(b"names = lib.__all__\nnames.append('a')")), changes_packages(parse(b"__all__ = ['a']"))
(True, False)
"""

from __future__ import annotations

import _ast as ast  # ast takes its classes from there, and needs milliseconds to import

from zenml_pin.base.syntax_tree import iter_child_nodes, walk
from zenml_pin.pins.path_edits import sys_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MODULES, _PATH, _ALL = "modules", "__path__", "__all__"
_ADDS = {"__ior__", "__setitem__", "setdefault", "update"}
_CHANGES = _ADDS | {
    "__delitem__",
    "__iadd__",
    "append",
    "clear",
    "extend",
    "insert",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "sort",
}
# Functions that only read what they get: builtins, and those of pkgutil and importlib that search a path.
_READERS = {
    "dict",
    "enumerate",
    "frozenset",
    "id",
    "isinstance",
    "iter",
    "len",
    "list",
    "print",
    "repr",
    "set",
}
_READERS |= {"sorted", "str", "tuple", "type", "zip", "extend_path", "iter_modules", "walk_packages"}
_READERS |= {
    "find_module",
    "find_spec",
    "all",
    "any",
    "chain",
    "extend",
    "filter",
    "join",
    "map",
    "union",
    "update",
}
_READERS |= {"difference", "intersection", "issubset", "issuperset", "pformat", "pprint"}
_SETTERS = {"setattr", "delattr", "__setattr__"}
_NAMESPACES = {"globals", "vars"}
_SEARCHED = {ast.Attribute, ast.Call, ast.ImportFrom, ast.Name, ast.Subscript, ast.alias}
_LEAVES = {ast.Load, ast.Store, ast.Del, ast.Constant}


def changes_others(module: ast.Module | SearchedTree) -> bool:
    """Tell whether a module changes `sys.modules`, a TYPE_CHECKING of another module, or its own `__package__`."""
    tree = module if isinstance(module, SearchedTree) else SearchedTree(module)
    return (
        tree.has_stored("__package__", own=True)
        or tree.has_stored("TYPE_CHECKING", own=False)
        or tree.has_changed(tree.sys_modules(), _ADDS)
    )


def changes_packages(module: ast.Module | SearchedTree) -> bool:
    """Tell whether a module changes where a package has its modules, or the `__all__` of another module."""
    tree = module if isinstance(module, SearchedTree) else SearchedTree(module)
    return (
        any(tree.has_stored(name, own=own) for name, own in ((_ALL, False), (_PATH, True), (_PATH, False)))
        or tree.has_changed(tree.named(_ALL, own=False), _CHANGES)
        or tree.has_changed(tree.named(_PATH, own=True), _CHANGES)
        # Code that finds modules hands over the `__path__` of others, to read it.
        or tree.has_changed(tree.named(_PATH, own=False), _CHANGES, by_others=False)
    )


class SearchedTree:
    """The nodes of a module that may be such a change, with the parent of each expression."""

    def __init__(self, module: ast.Module) -> None:
        self._nodes: list[ast.AST] = []
        self._parents: dict[int, ast.AST] = {}
        level: list[ast.AST] = [module]
        while level:
            self._nodes += [node for node in level if type(node) in _SEARCHED]
            children = [(child, node) for node in level for child in iter_child_nodes(node)]
            self._parents.update([(id(child), node) for child, node in children])
            level = [child for child, _ in children if type(child) not in _LEAVES]

    def has_stored(self, name: str, *, own: bool) -> bool:
        """Tell whether a module's name is assigned or deleted: by the module itself, or as that of another one."""
        if own:
            names = (node for node in self._nodes if isinstance(node, ast.Name) and node.id == name)
            return any(self._is_stored(node) for node in names)
        return any(self._is_stored_elsewhere(node, name) for node in self._nodes)

    def named(self, name: str, *, own: bool) -> list[ast.AST]:
        """Return the expressions that are a module's name: in the module itself, or that of another one."""
        if own:
            return [node for node in self._nodes if _is_name(node, {name})]
        expressions = [node for node in self._nodes if _is_of_module(node, name)]
        return expressions + self._imported(name)

    def sys_modules(self) -> list[ast.AST]:
        """Return the expressions that are `sys.modules`."""
        names = sys_names(self._nodes)
        found = [node for node in self._nodes if isinstance(node, ast.Attribute) and node.attr == _MODULES]
        found = [node for node in found if _is_name(node.value, names) or _is_attribute(node.value, "sys")]
        return [*found, *self._imported(_MODULES, "sys")]

    def has_changed(self, expressions: list[ast.AST], methods: set[str], *, by_others: bool = True) -> bool:
        """Tell whether one of some expressions, or another name for one, is changed.

        Args:
            expressions: The expressions.
            methods: The methods that change it.
            by_others: Whether a function or an attribute that gets it may change it.
        """
        known: set[str] = set()
        todo = expressions
        while todo:
            if any(self._is_changed(node, methods) for node in todo):
                return True
            if by_others and any(self._is_handed_over(node) for node in todo):
                return True
            aliases = {name for node in todo for name in self._aliases(node)} - known
            known |= aliases
            todo = [node for node in self._nodes if _is_name(node, aliases) and self._is_used(node)]
        return False

    def _imported(self, name: str, module: str | None = None) -> list[ast.AST]:
        """Return the uses of a name that is imported from another module, by the other name that it may have."""
        froms = [node for node in self._nodes if isinstance(node, ast.ImportFrom)]
        aliases = [alias for node in froms if module in (None, node.module) for alias in node.names]
        names = {alias.asname or name for alias in aliases if alias.name == name}
        # One's own `__all__` is what `exports` reads.
        names -= {_ALL}
        return [node for node in self._nodes if _is_name(node, names) and self._is_used(node)]

    def _is_stored(self, node: ast.Name) -> bool:
        if isinstance(node.ctx, ast.Load):
            return False
        parent = self._parents[id(node)]
        return not (isinstance(parent, ast.Assign) and _extends_path(parent))

    def _is_stored_elsewhere(self, node: ast.AST, name: str) -> bool:
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            return not isinstance(node.ctx, ast.Load) and _is_of_module(node, name)
        return isinstance(node, ast.Call) and _is_set_by(node, name)

    def _is_used(self, node: ast.AST) -> bool:
        """Tell whether a name is used, and not bound."""
        return isinstance(getattr(node, "ctx", None), ast.Load) or isinstance(
            self._parents[id(node)], ast.AugAssign
        )

    def _aliases(self, node: ast.AST) -> Iterator[str]:
        """Yield the names that become other names for an expression."""
        parent = self._parents[id(node)]
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and parent.value is node:
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))

    def _is_changed(self, node: ast.AST, methods: set[str]) -> bool:
        parent = self._parents[id(node)]
        if not isinstance(getattr(node, "ctx", None), (ast.Load, type(None))):
            # `sys.modules = x` changes nothing for an import; who assigns a name is found by `has_stored`.
            return isinstance(parent, ast.AugAssign)
        if isinstance(parent, ast.Attribute):
            return parent.attr in methods
        if not isinstance(parent, ast.Subscript) or parent.value is not node:
            return False
        is_deleted = isinstance(parent.ctx, ast.Del) and "remove" in methods
        return isinstance(parent.ctx, ast.Store) or is_deleted

    def _is_handed_over(self, node: ast.AST) -> bool:
        """Tell whether an expression becomes what others may change: an argument, an attribute, an item."""
        parent = self._parents[id(node)]
        if not isinstance(getattr(node, "ctx", None), (ast.Load, type(None))):
            return False
        if isinstance(parent, (ast.Assign, ast.AnnAssign)):
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            return parent.value is node and not all(isinstance(target, ast.Name) for target in targets)
        if isinstance(parent, ast.keyword):
            parent = self._parents[id(parent)]
        return isinstance(parent, ast.Call) and parent.func is not node and _called(parent) not in _READERS


def _is_name(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _is_attribute(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == name


def _is_of_module(node: ast.AST, name: str) -> bool:
    """Tell whether an expression is a name of another module, or of one that is given as a dict."""
    if isinstance(node, ast.Attribute):
        return node.attr == name
    if isinstance(node, ast.Subscript):
        return _is_text(node.slice, name) and _is_namespace(node.value)
    if not isinstance(node, ast.Call) or not any(_is_text(argument, name) for argument in node.args):
        return False
    is_default = _called(node) == "setdefault" and _is_namespace(_owner(node))
    return _called(node) == "getattr" or is_default


def _is_set_by(call: ast.Call, name: str) -> bool:
    """Tell whether a call may set a name of another module."""
    if _called(call) in _SETTERS:
        return any(_is_text(argument, name) for argument in call.args)
    if _called(call) not in _ADDS or not _is_namespace(_owner(call)):
        return False
    texts = (part for argument in call.args for part in walk(argument))
    return any(keyword.arg == name for keyword in call.keywords) or any(
        _is_text(part, name) for part in texts
    )


def _is_namespace(node: ast.AST | None) -> bool:
    """Tell whether an expression is the names of a module, as a dict: other dicts may have a key of that name."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("__dict__", "f_globals")
    return isinstance(node, ast.Call) and _called(node) in _NAMESPACES


def _extends_path(node: ast.Assign) -> bool:
    """Tell whether a statement is `__path__ = extend_path(__path__, __name__)`.

    It only adds the folders of the same package in other roots.
    """
    call = node.value
    return (
        len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and isinstance(call, ast.Call)
        and _called(call) == "extend_path"
        and len(call.args) == 2
        and _is_name(call.args[0], {_PATH})
        and _is_name(call.args[1], {"__name__"})
    )


def _called(call: ast.Call) -> str:
    """Return the last name of what is called; "" if it has none."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _owner(call: ast.Call) -> ast.AST | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _is_text(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
