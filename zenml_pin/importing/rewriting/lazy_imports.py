"""Lazy imports (PEP 810) when they run: what they import in a pin, and what a filter of lazy imports sees.

If pinned code sets a filter of lazy imports, the filter gets the names as they are written in code: the first part of a
pinned name, `zenml_pin.at.g<commit id>`, is removed before the filter is called.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys

from zenml_pin.importing.rewriting.lazy_statements import import_late, import_lazily
from zenml_pin.importing.rewriting.names import LAZY_PREFIX, is_lazy_name
from zenml_pin.importing.rewriting.route import LATE, PINNED, PLAIN, Route
from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any, Protocol

    from zenml_pin.importing.rewriting.route import Target

    class Imports(Protocol):
        """The part of `module_views.Router` that lazy imports use."""

        def import_module(self, name: str, package: str | None = None) -> object: ...
        def names(self, dotted: str, names: Sequence[str]) -> tuple[object, ...]: ...
        def import_(self, name: str) -> object: ...

    Filter = Callable[[str, str, Any], object]

_BELOW = NAMESPACE + "."
_VALUE = "value"
_AS_WRITTEN = Route(PLAIN)


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

    def import_(
        self,
        name: str,
        globals: dict[str, Any] | None = None,
        locals: object = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        """Import lazily as the builtin `__lazy_import__` does, called at the top level of a module."""
        caller = sys._getframe(1)
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


# --- Filters ---


def written_name(name: str) -> str:
    """Return the name that code writes for a module; it differs for pinned modules only.

    >>> written_name("zenml_pin.at.g0123.trainers.step"), written_name("json")
    ('trainers.step', 'json')
    """
    return name[len(_BELOW) :].partition(".")[2] if name.startswith(_BELOW) else name


class Importer(str):
    """The name of the importing module, as code writes it; it also equals that module's `__name__`.

    Args:
        name: The name in `sys.modules`.
    """

    name: str
    __hash__ = str.__hash__

    def __new__(cls, name: str) -> Importer:
        importer = super().__new__(cls, written_name(name))
        importer.name = name
        return importer

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True or self.name == other

    def __ne__(self, other: object) -> bool:
        return not self == other


class WrittenNames:
    """A filter of lazy imports that gets names as they are written in the code of pins.

    Args:
        filter: The caller's filter.
    """

    def __init__(self, filter: Filter) -> None:
        self.filter = filter
        self._answers: dict[tuple[str, str], object] = {}

    def __call__(self, importer: str, name: str, names: Any) -> object:
        """Tell whether an import stays lazy, as the filter says."""
        if not name.startswith(_BELOW):
            return self.filter(Importer(importer), name, names)
        if "." not in name[len(_BELOW) :]:
            return self._of_root(importer, name, names or ("",))
        # In rewritten code `import a.b` calls the filter twice.
        answer = self.filter(Importer(importer), written_name(name), _written_names(names))
        self._answers[importer, name] = answer
        return answer

    def _of_root(self, importer: str, root: str, names: tuple[str, ...]) -> object:
        """Tell it for a statement that imports names from a root package, as only rewritten code does."""
        if names[0].startswith(LAZY_PREFIX):
            module, colon, _ = names[0].removeprefix(LAZY_PREFIX).partition(":")
            imported = tuple(name.partition(":")[2] for name in names) if colon else None
            return self.filter(Importer(importer), module.removesuffix(" as"), imported)
        if is_lazy_name(names[0]):
            return self._answers.pop((importer, f"{root}.{names[0].replace(':', '.')}"), True)
        return True


def _written_names(names: Any) -> Any:
    """Return the names of a from-import; in rewritten code `__class__` alone means the module itself."""
    return None if names == ("__class__",) else names


def set_filter(filter: Any) -> None:
    """Set the filter of lazy imports, as sys.set_lazy_imports_filter does."""
    _sys("set_lazy_imports_filter")(WrittenNames(filter) if callable(filter) else filter)


def get_filter() -> object:
    """Return the filter of lazy imports that was set, as sys.get_lazy_imports_filter does."""
    current = _sys("get_lazy_imports_filter")()
    return current.filter if isinstance(current, WrittenNames) else current


def _sys(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(sys, name)
    return function
