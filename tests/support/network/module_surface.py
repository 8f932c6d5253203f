"""What a module looks like from outside: run as a script, once with plain imports and once from pins.

    python surface.py plain FOLDER ROOT NAME...       imports each name with ROOT, which is in FOLDER, first on sys.path
    python surface.py pinned REPOSITORY PLAN.json     PLAN is {commit id: [names]}, all in one process

Prints JSON: {name: surface}, or {commit id: {name: surface}}.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import sys
import types
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

Surface = dict[str, Any]

_PINNED = re.compile(r"zenml_pin\.at\.g[0-9a-f]{40}(?:_r[0-9a-f]{8})?\.?")
# A folder that holds a commit's files: its last part is the pin.
_FOLDER = re.compile(r"/[^\s'\"(),:=]*/[0-9a-f]{40}(?:_r[0-9a-f]{8})?(?![0-9a-f])")
_ROOT = "<root>"
# Installed libraries that import a release by its plain name (N12): with a pin they get another one.
_HIDDEN = ("distributed",)
# Names whose values differ between any two processes, such as ids of objects.
_CHANGING = ("_pid", "_sa_instrumented", "_NO_STATE_SYMBOLS")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
# These names say where a module came from, which always differs.
_PLACE = (
    "__builtins__",
    "__cached__",
    "__file__",
    "__loader__",
    "__path__",
    "__spec__",
    "__warningregistry__",
)
_OWN = ("__annotations__", "__dict__", "__weakref__", "__module__", "__firstlineno__")


# With plain imports, the folder of the unpacked release.
_folders: list[str] = []
# Values that were described, which stay alive for it: many modules have the names of others.
_described: dict[tuple[int, bool], tuple[object, Surface]] = {}


def normal(text: object) -> str:
    """Return a text; pinned prefixes and addresses are removed, and the folder of the files has one name."""
    result = _ADDRESS.sub("", _PINNED.sub("", str(text)))
    for folder in _folders:
        result = result.replace(folder, _ROOT)
    return _FOLDER.sub(_ROOT, result)


def signature(value: object) -> str | None:
    """Return a callable's signature as text; None if it has none."""
    try:
        return normal(inspect.signature(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def kind(value: object) -> str:
    """Return the dotted name of a value's type."""
    if inspect.isbuiltin(value):
        return "builtins.builtin_function_or_method"
    return normal(f"{type(value).__module__}.{type(value).__qualname__}")


def describe(value: object, deep: bool = True) -> Surface:
    """Return what a value is; it is looked at once."""
    key = (id(value), deep)
    if key not in _described:
        _described[key] = (value, look_at(value, deep))
    return _described[key][1]


def look_at(value: object, deep: bool) -> Surface:
    """Return kind, signature and docstring; for a class also bases and members, for a plain value also its text."""
    surface_of_value: Surface = {
        "kind": kind(value),
        "signature": signature(value) if callable(value) else None,
    }
    if isinstance(value, types.ModuleType):
        return {"kind": "module", "name": normal(value.__name__)}
    surface_of_value["doc"] = normal(inspect.getdoc(value) or "")
    if isinstance(value, (str, bytes, int, float, tuple, list, frozenset, os.PathLike)):
        surface_of_value["value"] = normal(repr(value))
    if isinstance(value, type):
        surface_of_value["bases"] = [
            normal(f"{base.__module__}.{base.__qualname__}") for base in value.__mro__
        ]
        surface_of_value["name"] = normal(f"{value.__module__}.{value.__qualname__}")
        if deep:
            members = sorted(set(vars(value)) - set(_OWN) - set(_CHANGING))
            surface_of_value["members"] = {name: describe(vars(value)[name], False) for name in members}
    elif isinstance(value, types.FunctionType):
        surface_of_value["name"] = normal(f"{value.__module__}.{value.__qualname__}")
        surface_of_value["annotations"] = {name: normal(text) for name, text in value.__annotations__.items()}
    return surface_of_value


def surface(load: Callable[[], types.ModuleType]) -> Surface:
    """Return what importing a module gives: its names, or the type of the exception."""
    try:
        module = load()
    except BaseException as error:
        raised = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
        return {"raised": raised, "said": normal(error)}
    public = {
        name: value
        for name, value in vars(module).items()
        if name not in (*_PLACE, *_CHANGING) and not name.startswith("__zenml_pin_")
    }
    names = {name: describe(value) for name, value in sorted(public.items())}
    return {"names": names, "dir": [name for name in dir(module) if not name.startswith("__")]}


def main(mode: str, folder: str, *rest: str) -> object:
    """Import the named modules and return their surfaces."""
    warnings.simplefilter("ignore")
    for name in _HIDDEN:
        sys.modules[name] = None  # type: ignore[assignment]
    if mode == "plain":
        _folders.append(folder)
        sys.path.insert(0, rest[0])
        return {name: surface(partial(importlib.import_module, name)) for name in rest[1:]}
    # A wrong route would lead to the working tree, whose modules raise.
    sys.path[:0] = [folder, f"{folder}/src", f"{folder}/lib"]
    with open(rest[0]) as file:
        plan = json.load(file)
    result = {commit_id: _pinned(commit_id, names, folder) for commit_id, names in plan.items()}
    leaked = [name for name, module in list(sys.modules.items()) if _is_in(module, folder)]
    assert leaked == [], leaked
    return result


def _is_in(module: types.ModuleType, folder: str) -> bool:
    return str(getattr(module, "__file__", "")).startswith(f"{folder}/")


def _pinned(commit_id: str, names: list[str], repository: str) -> dict[str, Surface]:
    import zenml_pin
    from zenml_pin.base.limits import MIB, Limits

    # Some have tables of 5 MB, which the usual limit refuses.
    load = partial(zenml_pin.import_module, commit=commit_id, repo=repository, limits=Limits(source=32 * MIB))
    return {name: surface(partial(load, name)) for name in names}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
