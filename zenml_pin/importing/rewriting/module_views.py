"""Views: builtins, importlib, pkgutil and runpy as pinned code sees them, and the calls that rewritten code makes.

A view replaces the few functions that take a module's name, an anchor or a text, so that
`import_module("trainers.x")` stays in the pin. It passes all other names to the real module, assignments too. Views
are attributes of the pin's root package and are never put into `sys.modules`.

Not routable (N12), so that code of the working tree may run: `__builtins__` and `sys.modules["importlib"]`, modules
that import by name or run a text for other code (`importlib.machinery.PathFinder`, `importlib._bootstrap`, `pydoc`,
`timeit`, `code`), files that are run by path (`runpy.run_path`), and trees that were parsed with `ast` and compiled.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from types import ModuleType

from zenml_pin.importing.rewriting.exec_texts import Texts, depth_below
from zenml_pin.importing.rewriting.lazy_filter import get_filter, set_filter
from zenml_pin.importing.rewriting.lazy_imports import LazyImports
from zenml_pin.importing.rewriting.names import (
    FILTERS,
    LATE_NAME,
    SOURCE_NAME,
    VALUE_NAME,
    VIEWS,
    view_name,
)
from zenml_pin.importing.rewriting.route import PINNED, Route, decide_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from zenml_pin.importing.rewriting.route import Target


class ModuleView(ModuleType):
    """A module that has some names itself and passes all others to the real module."""

    _answered: frozenset[str]

    def __init__(self, name: str, answers: dict[str, object]) -> None:
        super().__init__(name)
        self.__dict__.clear()
        self.__dict__.update(answers, __name__=name, _answered=frozenset(answers))

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module(self.__name__), name)

    # The view keeps its own names: a mock that restores one must not put it into the real module.

    def __setattr__(self, name: str, value: object) -> None:
        if name in self._answered:
            self.__dict__[name] = value
        else:
            setattr(importlib.import_module(self.__name__), name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._answered:
            del self.__dict__[name]
        else:
            delattr(importlib.import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(self.__name__))


class BuiltinsView(ModuleView):
    """Builtins with all names: code may pass it to exec as `__builtins__`, and exec uses only its dict."""

    def __init__(self, name: str, answers: dict[str, object]) -> None:
        ModuleType.__init__(self, name)
        own = ModuleType.__getattribute__(self, "__dict__")
        own.update(vars(builtins), **answers, _answered=frozenset(answers))

    def __getattribute__(self, name: str) -> Any:
        own = ModuleType.__getattribute__(self, "__dict__")
        answered = own["_answered"]
        if name == "__dict__":
            own.update((key, value) for key, value in vars(builtins).items() if key not in answered)
            return own
        is_own = name == "_answered" or (name in answered and name in own)
        return own[name] if is_own else getattr(builtins, name)


def root_attributes(target: Target) -> dict[str, object]:
    """Return the attributes of a pin's root package that rewritten statements use."""
    router = Router(target)
    attributes: dict[str, object] = {
        LATE_NAME: router,
        SOURCE_NAME: router.texts.source,
        VALUE_NAME: router.value,
    }
    # Deepest first, because the view of `importlib` has the view of `importlib.util`.
    for module in sorted(VIEWS, key=lambda dotted: -dotted.count(".")):
        answers = {
            name: attributes.get(view_name(f"{module}.{name}")) or _answer(router, module, name)
            for name in VIEWS[module]
            if f"{module}.{name}" in VIEWS or _exists(module, name)
        }
        view = (BuiltinsView if module == "builtins" else ModuleView)(module, answers)
        attributes[view_name(module)] = router.views[module] = view
        attributes |= {view_name(f"{module}.{name}"): answer for name, answer in answers.items()}
    return attributes


def _exists(module: str, name: str) -> bool:
    """Tell whether this Python has a function; newer ones removed some of pkgutil and importlib.resources."""
    loaded = sys.modules.get(module)
    return loaded is None or hasattr(loaded, name)


def _answer(router: Router, module: str, name: str) -> Callable[..., Any]:
    if module == "builtins":
        return router.builtins[name]
    own: dict[str, Callable[..., Any]] = {
        "importlib.__import__": router.import_,
        "importlib.import_module": router.import_module,
        "importlib.util.find_spec": router.find_spec,
        "importlib.resources.files": router.files,
        "pkgutil.walk_packages": router.walk_packages,
        "pkgutil.resolve_name": router.resolve_name,
        "runpy.run_module": router.run_module,
    }
    return own.get(f"{module}.{name}") or router.first_argument(module, name)


class Router:
    """The calls of one pin's code, routed into the pin where their name is first-party there."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.texts = Texts(target.root, self._decide, target.decide)
        self.views: dict[str, ModuleView] = {}
        # Stored, because each access makes a new bound method, and `run is exec` must stay true.
        self.builtins: dict[str, Callable[..., Any]] = {
            "__import__": self.import_,
            "compile": self.texts.compile,
            "eval": self.texts.eval,
            "exec": self.texts.exec,
        }
        self.lazy = LazyImports(target, self)
        # Not a method here: it looks at the code that calls it.
        self.bind_lazily = self.lazy.bind
        if hasattr(builtins, "__lazy_import__"):
            self.builtins["__lazy_import__"] = self.lazy.import_

    def value(self, function: object) -> object:
        """Return the function that replaces a builtin in the pin's code; a function that is not routed, unchanged."""
        for name, routed in self.builtins.items():
            if function is getattr(builtins, name, None):
                return routed
        for name in FILTERS:
            if function is getattr(sys, name, self):
                return set_filter if name.startswith("set") else get_filter
        return function

    def is_listed(self, name: str, level: int, namespace: dict[str, Any], local: object) -> bool:
        """Tell whether `__lazy_modules__` of a module has a name (PEP 810)."""
        return self.lazy.is_listed(name, level, namespace, local)

    def is_pinned(self, root: str) -> bool:
        """Tell whether a name that did not exist when the module was compiled goes into the pin now."""
        return decide_late(self._target, root).way == PINNED

    def module(self, dotted: str, leaf: bool) -> ModuleType:
        """Import `dotted` in the pin; return it, or the module of its first part unless `leaf`."""
        module = importlib.import_module(self._pinned(dotted))
        return module if leaf else sys.modules[self._pinned(dotted.partition(".")[0])]

    def names(self, dotted: str, names: Sequence[str]) -> tuple[object, ...]:
        """Return the values of `from dotted import names` in the pin."""
        pinned = self._pinned(dotted)
        namespace: dict[str, object] = {}
        statement = ast.ImportFrom(pinned, [ast.alias(name) for name in names], 0)
        tree = ast.fix_missing_locations(ast.Module([statement], []))
        exec(compile(tree, pinned, "exec"), namespace)
        return tuple(namespace[name] for name in names)

    def star(self, dotted: str, namespace: dict[str, object]) -> None:
        """Bind the names that `from dotted import *` binds."""
        bound: dict[str, object] = {}
        exec(f"from {self._pinned(dotted)} import *", bound)
        bound.pop("__builtins__", None)
        namespace.update(bound)

    def import_(
        self,
        name: str,
        globals: dict[str, object] | None = None,
        locals: dict[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        """Import as the builtin `__import__` does."""
        pinned = name if level else self._route(name)
        if level:
            level += self._excess((globals or {}).get("__package__"), level)
        module = builtins.__import__(pinned, globals, locals, fromlist, level)
        if pinned == name:
            return self._view(name if fromlist else name.partition(".")[0], module)
        if fromlist:
            return module
        return sys.modules[self._pinned(name.partition(".")[0])]

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """Import a module by name, as importlib.import_module does."""
        pinned = self._route(name)
        module = importlib.import_module(pinned, self._package(name, package))
        return self._view(name, module) if pinned == name else module

    def find_spec(self, name: str, package: str | None = None) -> object:
        """Find a module's spec, as importlib.util.find_spec does."""
        from importlib.util import find_spec

        return find_spec(self._route(name), self._package(name, package))

    def resolve_name(self, name: str) -> object:
        """Resolve "a.b:c" or "a.b.c", as pkgutil.resolve_name does."""
        from pkgutil import resolve_name

        return resolve_name(self._route(name))

    def walk_packages(
        self,
        path: Sequence[str] | None = None,
        prefix: str = "",
        onerror: Callable[[str], None] | None = None,
    ) -> Iterator[Any]:
        """Yield modules below a path, as pkgutil.walk_packages does; it imports packages by prefix and name."""
        from pkgutil import walk_packages

        pinned = self._route(prefix) if prefix else prefix
        shift = len(pinned) - len(prefix)
        for info in walk_packages(path, pinned, onerror):
            yield info._replace(name=prefix + info.name[len(prefix) + shift :])

    def files(self, anchor: object = None, **rest: object) -> object:
        """Return an anchor's resources, as importlib.resources.files does; without one, the caller's."""
        from importlib.resources import files

        package = rest.pop("package", None)
        anchor = package if anchor is None else anchor
        if anchor is None:
            caller = sys._getframe(1).f_globals
            spec = caller.get("__spec__")
            anchor = spec.name if spec is not None else caller["__name__"]
        # Its signature differs between Pythons, and the arguments are the caller's.
        find: Callable[..., object] = files
        return find(self._anchor(anchor), **rest)

    def run_module(self, mod_name: str, *args: object, **options: object) -> dict[str, object]:
        """Run a module by name, as runpy.run_module does."""
        from runpy import run_module

        run: Callable[..., dict[str, object]] = run_module
        return run(self._route(mod_name), *args, **options)

    def first_argument(self, module: str, name: str) -> Callable[..., Any]:
        """Return a function of a real module whose first argument, a name or an anchor, is routed into the pin."""

        def routed(anchor: object, *args: object, **options: object) -> object:
            function = getattr(importlib.import_module(module), name)
            return function(self._anchor(anchor), *args, **options)

        routed.__name__ = routed.__qualname__ = name
        return routed

    def _view(self, name: str, module: ModuleType) -> ModuleType:
        """Return the view of a routed module, every other module unchanged."""
        return self.views.get(name, module)

    def _excess(self, package: object, level: int) -> int:
        """Return what to add to a relative level: one above the pin's root becomes too high for any package."""
        depth = depth_below(self._target.root, package)
        return 0 if depth is None or level <= depth else self._target.root.count(".") + 1

    def _package(self, name: str, package: str | None) -> str | None:
        """Return the package from which a relative name starts, routed into the pin.

        Raises:
            ImportError: The name goes above the pin's root.
        """
        if not name.startswith(".") or not package:
            return package
        package = self._route(package)
        level = len(name) - len(name.lstrip("."))
        if self._excess(package, level):
            raise ImportError("attempted relative import beyond top-level package")
        return package

    def _decide(self, root: str) -> Route:
        return decide_late(self._target, root)

    def _route(self, dotted: str) -> str:
        """Return a dotted name, routed into the pin where it is first-party there; a relative name unchanged."""
        root = dotted.partition(":")[0].partition(".")[0]
        if not root:
            return dotted
        route = self._decide(root)
        if route.way != PINNED:
            return dotted
        return f"{self._target.root}.{route.name}{dotted[len(root) :]}"

    _pinned = _route

    def _anchor(self, anchor: object) -> object:
        return self._route(anchor) if isinstance(anchor, str) else anchor
