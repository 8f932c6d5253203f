"""Lazy imports (PEP 810) when they run: what they import in a pin."""

from __future__ import annotations

import ast
import builtins
import importlib
import sys

from zenml_pin.importing.rewriting.exec_texts import depth_below
from zenml_pin.importing.rewriting.imports import Rewriter
from zenml_pin.importing.rewriting.lazy_filter import written_name
from zenml_pin.importing.rewriting.lazy_statements import import_late, import_lazily
from zenml_pin.importing.rewriting.names import LAZY_PREFIX
from zenml_pin.importing.rewriting.route import LATE, PINNED, PLAIN, Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import Any, Protocol

    from zenml_pin.importing.rewriting.route import Target

    class Imports(Protocol):
        """The part of `router.Router` that lazy imports use."""

        def import_module(self, name: str, package: str | None = None) -> object: ...
        def names(self, dotted: str, names: Sequence[str]) -> tuple[object, ...]: ...
        def import_(self, name: str) -> object: ...


_VALUE = "value"
_AS_WRITTEN = Route(PLAIN)
# What an import statement reads of its module.
_OWN = ("__builtins__", "__name__", "__package__", "__path__", "__spec__")


class LazyImports:
    """The lazy imports of one pin's code.

    Args:
        target: The commit.
        imports: Imports names as the pin's code writes them.
    """

    def __init__(self, target: Target, imports: Imports) -> None:
        self._target = target
        self._root = target.root
        self._imports = imports

    def resolve(self, name: str) -> object:
        """Return the value of a name at its first use; `lazy_statements` describes the names."""
        if name.startswith(LAZY_PREFIX):
            return self._resolve_late(name.removeprefix(LAZY_PREFIX))
        # The rest of the name is lazy too: Python has noted it for the package.
        return importlib.import_module(f"{self._root}.{name.partition(':' if ':' in name else '.')[0]}")

    def _resolve_late(self, request: str) -> object:
        module, colon, name = request.partition(":")
        if colon:
            return self._imports.names(module, [name])[0]
        if module.endswith(" as"):
            return self._imports.import_module(module.removesuffix(" as"))
        return self._imports.import_(module)

    def is_listed(self, name: str, level: int, namespace: dict[str, Any], local: object) -> bool:
        """Tell whether `__lazy_modules__` of a module has a name, as an import statement in the module does.

        Args:
            name: The name as written.
            level: How many dots are before it.
            namespace: The module's globals.
            local: The locals of the statement; no import is lazy where they are not the globals.
        """
        if "__lazy_modules__" not in namespace or local is not namespace:
            return False
        return self._absolute(name, level, namespace) in namespace["__lazy_modules__"]

    def _absolute(self, name: str, level: int, namespace: dict[str, Any]) -> str:
        if not level:
            return name
        package = str(namespace.get("__package__") or "")
        base = package.rsplit(".", level - 1)[0] if level > 1 else package
        return written_name(f"{base}.{name}" if name else base)

    def bind(self, text: str, names: Sequence[str], namespace: dict[str, Any]) -> tuple[object, ...]:
        """Return what a lazy statement binds in a module, not yet imported.

        Args:
            text: The statement, with `lazy`.
            names: The names that it binds.
            namespace: The module's globals.
        """
        caller = sys._getframe(1)
        tree = ast.parse(text)
        depth = depth_below(self._root, namespace.get("__package__"))
        Rewriter(self._root, depth, self._target.decide, is_text=True).rewrite(tree)
        ast.increment_lineno(tree, caller.f_lineno - 1)
        own = {name: namespace[name] for name in _OWN if name in namespace}
        exec(compile(tree, caller.f_code.co_filename, "exec", dont_inherit=True), own)
        return tuple(own[name] for name in names)

    def import_(
        self,
        name: str,
        globals: dict[str, Any] | None = None,
        locals: object = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        """Import lazily as the builtin `__lazy_import__` does, called at the top level of a module."""
        caller = sys._getframe(2)
        globals = caller.f_globals if globals is None else globals
        if caller.f_locals is not caller.f_globals:
            # Python refuses it; it also checks the arguments first, in its own order.
            real: Any = vars(builtins)["__lazy_import__"]
            return real(name, globals, locals, fromlist, level)
        if not isinstance(name, str) or _has_own_builtins(globals):
            return _call(caller, (name, globals, locals, fromlist, level))
        first, _, rest = name.partition(".")
        # An import that the pin refuses is refused at its first use.
        route = _AS_WRITTEN if level else self._target.decide(first)
        if route.way not in (PINNED, LATE):
            return _call(caller, (name, globals, locals, fromlist, level))
        if route.way == PINNED and fromlist:
            pinned = ".".join(part for part in (self._root, route.name, rest) if part)
            return _call(caller, (pinned, globals, locals, fromlist, level))
        alias = ast.alias(name, _VALUE if fromlist else None)
        if route.way == LATE:
            statements = import_late(self._root, alias)
        else:
            statements = import_lazily(self._root, alias, route.name)
        binding = statements[-1]
        assert isinstance(binding, (ast.Import, ast.ImportFrom))
        binding.names[0].asname = _VALUE
        return _run(caller, statements, {})


def _has_own_builtins(namespace: object) -> bool:
    """Tell whether a namespace has its own `__import__`, which gets the name as written."""
    used = namespace.get("__builtins__", builtins) if isinstance(namespace, dict) else builtins
    return used is not builtins and used is not vars(builtins)


def _call(caller: FrameType, arguments: tuple[object, ...]) -> object:
    """Call the real `__lazy_import__` from the top level of a module; it works nowhere else."""
    call = ast.parse(f"{_VALUE} = __lazy_import__(*arguments)").body
    return _run(caller, call, {"arguments": arguments})


def _run(caller: FrameType, statements: list[ast.stmt], namespace: dict[str, object]) -> object:
    """Run statements in a module of the caller's name; return the value that they bind, without importing it."""
    namespace["__name__"] = caller.f_globals.get("__name__")
    tree = ast.fix_missing_locations(ast.Module(statements, []))
    exec(compile(tree, caller.f_code.co_filename, "exec", dont_inherit=True), namespace)
    return namespace[_VALUE]
