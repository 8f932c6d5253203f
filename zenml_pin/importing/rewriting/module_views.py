"""Views: builtins, importlib, pkgutil and runpy as pinned code sees them.

A view replaces the few functions that take a module's name, an anchor or a text, so that
`import_module("trainers.x")` stays in the pin. It passes all other names to the real module, assignments too. Views
are attributes of the pin's root package and are never put into `sys.modules`.

Not routable (N12), so that code of the working tree may run: `__builtins__` and `sys.modules["importlib"]`, modules
that import by name or run a text for other code (`importlib.machinery.PathFinder`, `importlib._bootstrap`, `pydoc`,
`timeit`, `code`), and trees that were parsed with `ast` and compiled.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from types import MethodType, ModuleType

from zenml_pin.importing.rewriting.lazy_filter import get_filter, set_filter
from zenml_pin.importing.rewriting.likenesses import make_like
from zenml_pin.importing.rewriting.modules_view import ModulesView
from zenml_pin.importing.rewriting.names import (
    BUILTINS,
    FILTERS,
    IS_TEXT_NAME,
    LATE_NAME,
    MODULES,
    SOURCE_NAME,
    VALUE_NAME,
    VIEWS,
    view_name,
)
from zenml_pin.importing.rewriting.router import Router

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from zenml_pin.importing.rewriting.route import Target


# The names that a view has itself; its `__dict__` has those of the real module too.
_own_names: Callable[[ModuleType], dict[str, Any]] = vars(ModuleType)["__dict__"].__get__


class ModuleView(ModuleType):
    """A module that has some names itself and passes all others to the real module.

    Args:
        name: The real module's name.
        answers: The names that it has itself, with their values.
        find: Returns the value of a name that it has itself and that is not among these, else None.
    """

    _answered: frozenset[str]
    _find: Callable[[str], object]

    def __init__(self, name: str, answers: dict[str, object], find: Callable[[str], object]) -> None:
        super().__init__(name)
        own = _own_names(self)
        own.clear()
        own.update(answers, __name__=name, _answered=VIEWS[name], _find=find)

    def __getattr__(self, name: str) -> object:
        value = self._find(name) if name in self._answered else None
        return getattr(importlib.import_module(self.__name__), name) if value is None else value

    # A mock reads a name here before it replaces it, and deletes the name afterwards if it is not here.
    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return {name: getattr(self, name) for name in tuple(vars(importlib.import_module(self.__name__)))}

    # The view keeps its own names: a mock that restores one must not put it into the real module.

    def __setattr__(self, name: str, value: object) -> None:
        if name in self._answered:
            super().__setattr__(name, value)
        else:
            setattr(importlib.import_module(self.__name__), name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._answered:
            super().__delattr__(name)
        else:
            delattr(importlib.import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(self.__name__))


class BuiltinsView(ModuleView):
    """Builtins with all names: code may pass it to exec as `__builtins__`, and exec uses only its dict."""

    def __init__(self, name: str, answers: dict[str, object]) -> None:
        ModuleType.__init__(self, name)
        own = _own_names(self)
        own.update(vars(builtins), **answers, _answered=frozenset(answers))

    def __getattribute__(self, name: str) -> Any:
        own = _own_names(self)
        answered = own["_answered"]
        if name == "__dict__":
            own.update((key, value) for key, value in vars(builtins).items() if key not in answered)
            return own
        is_own = name == "_answered" or (name in answered and name in own)
        return own[name] if is_own else getattr(builtins, name)


class RootAttributes:
    """The attributes of a pin's root package that rewritten statements use, each made at its first use."""

    def __init__(self, target: Target) -> None:
        self._home = target.root
        self._router = Router(target, self._view)
        self._modules = ModulesView(self._router.module_key)
        self._made: dict[str, object] = {
            LATE_NAME: self._router,
            IS_TEXT_NAME: False,
            SOURCE_NAME: self._router.texts.source,
            VALUE_NAME: self._value,
            view_name(f"sys.{MODULES}"): self._modules,
        }

    def get(self, attribute: str) -> object:
        """Return the value of an attribute; None if there is none of this name.

        Raises:
            ImportError: It stands for a name that the real module does not have in this Python.
        """
        value = self._made.get(attribute)
        if value is None:
            dotted = _VIEWED.get(attribute)
            new_value = None if dotted is None else self._make(*dotted)
            # Two threads may make it at once; all code gets the same one.
            value = None if new_value is None else self._made.setdefault(attribute, new_value)
        return value

    def _make(self, module: str, name: str) -> object:
        if not name:
            return self._make_view(module)
        real = importlib.import_module(module)
        if not hasattr(real, name):
            file = getattr(real, "__file__", None) or "unknown location"
            raise ImportError(f"cannot import name '{name}' from '{module}' ({file})", name=module, path=file)
        routed = self._router.routed(module, name)
        if isinstance(routed, type):
            return routed
        return make_like(getattr(real, name), routed, self._home, view_name(f"{module}.{name}"))

    def _make_view(self, module: str) -> ModuleView:
        real = importlib.import_module(module)

        def find(name: str) -> object:
            return self.get(view_name(f"{module}.{name}")) if self._has(module, name) else None

        # A submodule is imported when it is used, as the view of a package has it at any time.
        now = [name for name in VIEWS[module] if f"{module}.{name}" not in VIEWS or name in vars(real)]
        answers = {name: value for name in now if (value := find(name)) is not None}
        return BuiltinsView(module, answers) if module == "builtins" else ModuleView(module, answers, find)

    def _has(self, module: str, name: str) -> bool:
        """Tell whether this Python has a name; newer ones removed some of pkgutil and importlib.resources."""
        return f"{module}.{name}" in VIEWS or hasattr(importlib.import_module(module), name)

    def _view(self, module: str) -> object:
        return self.get(view_name(module))

    def _value(self, function: object) -> object:
        """Return what replaces a builtin or `sys.modules` in the pin's code; every other value unchanged."""
        if function is sys.modules:
            return self._modules
        for name in BUILTINS:
            if function is getattr(builtins, name, None):
                return self.get(view_name(f"builtins.{name}"))
        for name in FILTERS:
            if function is getattr(sys, name, self):
                return set_filter if name.startswith("set") else get_filter
        return self._router.texts.in_interpreter(function) if isinstance(function, MethodType) else function


# By attribute, the module and the name in it that it stands for; "" for the module itself.
_VIEWED = {
    view_name(f"{module}.{name}" if name else module): (module, name)
    for module, names in VIEWS.items()
    for name in ("", *names)
}
