"""Views: builtins, importlib, pkgutil and runpy as pinned code sees them, and the calls that rewritten code makes.

A view answers for the few functions that take a module's name, an anchor or a text, so that
`import_module("trainers.x")` stays in the pin; everything else it hands on to the real module, assignments too. Views
are attributes of the pin's root package and are never put into `sys.modules`.

Not routable (N12), so that they may run the working tree: `__builtins__` and `sys.modules["importlib"]`, what imports
by a name or runs a text for others (`importlib.machinery.PathFinder`, `importlib._bootstrap`, `pydoc`, `timeit`,
`code`), a file run by its path (`runpy.run_path`), and trees that were parsed with `ast` and compiled.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from types import ModuleType

from zenml_pin.importing.rewriting.exec_texts import Texts, depth_below
from zenml_pin.importing.rewriting.lazy_imports import LazyImports, get_filter, set_filter
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
    """A module that answers for some names itself and hands all else on to the real one."""

    _answered: frozenset[str]

    def __init__(self, name: str, answers: dict[str, object]) -> None:
        super().__init__(name)
        self.__dict__.clear()
        self.__dict__.update(answers, __name__=name, _answered=frozenset(answers))

    def __getattr__(self, name: str) -> object:
        return getattr(importlib.import_module(self.__name__), name)

    # What the view answers for stays with it: a mock that restores it must not put it into the real module.

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
    """Builtins, whole, since it may be handed to exec as a text's `__builtins__`, and then its dict is what counts."""

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
        mine = name == "_answered" or (name in answered and name in own)
        return own[name] if mine else getattr(builtins, name)


def root_attributes(pin: Target) -> dict[str, object]:
    """Return what rewritten statements find in the root package of a pin."""
    router = Router(pin)
    attributes: dict[str, object] = {
        LATE_NAME: router,
        SOURCE_NAME: router.texts.source,
        VALUE_NAME: router.value,
    }
    # Deepest first, since `importlib` answers for `importlib.util`.
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
    """Tell whether this Python has a function; only pkgutil and importlib.resources have lost some."""
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
    """The calls of one pin's code, led into the pin where their name is first-party there."""

    def __init__(self, pin: Target) -> None:
        self._pin = pin
        self.texts = Texts(pin.root, self._decide, pin.decide)
        self.views: dict[str, ModuleView] = {}
        # Kept, for each access makes another bound method, and `run is exec` is to hold.
        self.builtins: dict[str, Callable[..., Any]] = {
            "__import__": self.import_,
            "compile": self.texts.compile,
            "eval": self.texts.eval,
            "exec": self.texts.exec,
        }
        self.lazy = LazyImports(pin, self)
        if hasattr(builtins, "__lazy_import__"):
            self.builtins["__lazy_import__"] = self.lazy.import_

    def value(self, function: object) -> object:
        """Return what stands for a builtin in the pin's code; what is none of those routed, as it is."""
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

    def found(self, root: str) -> bool:
        """Tell whether a name that was not found when the module was compiled goes into the pin now."""
        return decide_late(self._pin, root).way == PINNED

    def module(self, dotted: str, leaf: bool) -> ModuleType:
        """Import `dotted` in the pin; return it, or what stands for its first part."""
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
        """Bind what `from dotted import *` binds."""
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
        # Its signature differs between the Pythons, and what is handed on is the caller's.
        find: Callable[..., object] = files
        return find(self._anchor(anchor), **rest)

    def run_module(self, mod_name: str, *args: object, **options: object) -> dict[str, object]:
        """Run a module by name, as runpy.run_module does."""
        from runpy import run_module

        run: Callable[..., dict[str, object]] = run_module
        return run(self._route(mod_name), *args, **options)

    def first_argument(self, module: str, name: str) -> Callable[..., Any]:
        """Return a function of a real module with its first argument, a name or an anchor, led into the pin."""

        def routed(anchor: object, *args: object, **options: object) -> object:
            function = getattr(importlib.import_module(module), name)
            return function(self._anchor(anchor), *args, **options)

        routed.__name__ = routed.__qualname__ = name
        return routed

    def _view(self, name: str, module: ModuleType) -> ModuleType:
        """Return the view of a routed module, every other module as it is."""
        return self.views.get(name, module)

    def _excess(self, package: object, level: int) -> int:
        """Return by how much to raise a relative level: one that climbs above the pin's root goes above everything."""
        depth = depth_below(self._pin.root, package)
        return 0 if depth is None or level <= depth else self._pin.root.count(".") + 1

    def _package(self, name: str, package: str | None) -> str | None:
        """Return the package that a relative name starts from, led into the pin.

        Raises:
            ImportError: The name climbs above the pin's root.
        """
        if not name.startswith(".") or not package:
            return package
        package = self._route(package)
        level = len(name) - len(name.lstrip("."))
        if self._excess(package, level):
            raise ImportError("attempted relative import beyond top-level package")
        return package

    def _decide(self, root: str) -> Route:
        return decide_late(self._pin, root)

    def _route(self, dotted: str) -> str:
        """Return a dotted name, led into the pin where it is first-party there; relative ones as they are."""
        root = dotted.partition(":")[0].partition(".")[0]
        if not root:
            return dotted
        route = self._decide(root)
        if route.way != PINNED:
            return dotted
        return f"{self._pin.root}.{route.target}{dotted[len(root) :]}"

    _pinned = _route

    def _anchor(self, anchor: object) -> object:
        return self._route(anchor) if isinstance(anchor, str) else anchor
