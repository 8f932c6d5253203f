"""The router: the calls of one pin's code that import by a name, an anchor or a text.

`module_views` puts each of them in the place of the real function.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from types import ModuleType

from zenml_pin.importing.rewriting.by_path import loader_class, own_path, real_path
from zenml_pin.importing.rewriting.exec_texts import Texts, depth_below
from zenml_pin.importing.rewriting.lazy_imports import LazyImports
from zenml_pin.importing.rewriting.names import VIEWS
from zenml_pin.importing.rewriting.route import PINNED, Route, decide_late, is_first_party
from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from zenml_pin.importing.rewriting.route import Target

_PACKAGE = NAMESPACE.partition(".")[0]


class Router:
    """The calls of one pin's code, routed into the pin where their name is first-party there."""

    def __init__(self, target: Target, view: Callable[[str], object]) -> None:
        self._target = target
        self._find_view = view
        self.texts = Texts(target.root, self._decide, target.decide)
        self.source_file_loader = loader_class(target)
        self.lazy = LazyImports(target, self)
        # Not a method here: it looks at the code that calls it.
        self.bind_lazily = self.lazy.bind

    def routed(self, module: str, name: str) -> Callable[..., Any]:
        """Return what a view's function calls; it finds the code of the pin two frames above."""
        own: dict[str, Callable[..., Any]] = {
            "builtins.__import__": self.import_,
            "builtins.__lazy_import__": self.lazy.import_,
            "builtins.compile": self.texts.compile,
            "builtins.eval": self.texts.eval,
            "builtins.exec": self.texts.exec,
            "importlib.__import__": self.import_,
            "importlib.import_module": self.import_module,
            "importlib.machinery.SourceFileLoader": self.source_file_loader,
            "importlib.util.find_spec": self.find_spec,
            "importlib.util.spec_from_file_location": self.spec_from_file_location,
            "importlib.resources.files": self.files,
            "pkgutil.walk_packages": self.walk_packages,
            "pkgutil.resolve_name": self.resolve_name,
            "runpy.run_module": self.run_module,
            "runpy.run_path": self.run_path,
        }
        if module == "importlib.metadata":
            return self.of_distribution(module, name)
        return own.get(f"{module}.{name}") or self.first_argument(module, name)

    def is_listed(self, name: str, level: int, namespace: dict[str, Any], local: object) -> bool:
        """Tell whether `__lazy_modules__` of a module has a name (PEP 810)."""
        return self.lazy.is_listed(name, level, namespace, local)

    def module_key(self, name: object) -> object:
        """Return the key in `sys.modules` of a name in the pin's code."""
        if not isinstance(name, str):
            return name
        root = name.partition(".")[0]
        return f"{self._target.root}.{name}" if root and is_first_party(self._target, root) else name

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

    def spec_from_file_location(self, name: str, location: Any, *, loader: Any, **options: Any) -> object:
        """Return the spec of a file, as importlib.util.spec_from_file_location does; a file of the commit is routed."""
        from importlib.util import spec_from_file_location

        inside = own_path(self._target, location) if loader is None and location is not None else None
        if inside is not None and inside.endswith(".py"):
            if is_first_party(self._target, name.partition(".")[0]):
                name = self._route(name)
            location = real_path(self._target, inside)
            loader = self.source_file_loader(name, location)
        return spec_from_file_location(name, location, loader=loader, **options)

    def run_path(self, path_name: Any, *args: Any) -> dict[str, object]:
        """Run a file by its path, as runpy.run_path does; a file of the commit is routed."""
        from runpy import run_path

        inside = own_path(self._target, path_name)
        path = real_path(self._target, inside) if inside is not None and inside.endswith(".py") else path_name
        result: dict[str, object] = run_path(path, *args)
        return result

    def resolve_name(self, name: str, **options: object) -> object:
        """Resolve "a.b:c" or "a.b.c", as pkgutil.resolve_name does; Python 3.15 has the option `strict`."""
        from pkgutil import resolve_name

        resolve: Callable[..., object] = resolve_name
        return resolve(self._route(name), **options)

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

    def files(self, *anchors: object) -> object:
        """Return an anchor's resources, as importlib.resources.files does; without one, the caller's.

        Args:
            anchors: The anchor, and from Python 3.12 on its deprecated keyword; their defaults where there is none.
        """
        from importlib.resources import files

        find: Any = files
        if all(anchor is None or anchor in (find.__defaults__ or ()) for anchor in anchors):
            caller = sys._getframe(2).f_globals
            spec = caller.get("__spec__")
            anchors = (spec.name if spec is not None else caller["__name__"],)
        return find(*map(self._anchor, anchors))

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

        return routed

    def of_distribution(self, module: str, name: str) -> Callable[..., Any]:
        """Return a function of importlib.metadata, to which pinned code may give the name of its own package."""

        def routed(distribution_name: object) -> object:
            function = getattr(importlib.import_module(module), name)
            return function(self._distribution_name(distribution_name, sys._getframe(2).f_globals))

        return routed

    def _distribution_name(self, name: object, caller: dict[str, Any]) -> object:
        """Return the name that code means which takes it from its `__name__` or `__package__`."""
        root = self._target.root
        if not isinstance(name, str):
            return name
        if f"{name}.".startswith(f"{root}."):
            return name[len(root) + 1 :]
        spec = caller.get("__spec__")
        if name != _PACKAGE or spec is None or not spec.name.startswith(f"{root}."):
            return name
        # It is the first part of every pinned name. Who means this package itself has written it.
        text = spec.loader.get_source(spec.name)
        return name if _PACKAGE in text else spec.name[len(root) + 1 :].partition(".")[0]

    def _view(self, name: str, module: ModuleType) -> ModuleType:
        """Return the view of a routed module, every other module unchanged."""
        return self._find_view(name) if name in VIEWS else module  # type: ignore[return-value]

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
