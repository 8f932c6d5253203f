"""Likenesses: pinned code that looks at a routed function sees what it sees in a checkout."""

from __future__ import annotations

import builtins
import importlib
import importlib.metadata
import importlib.resources
import importlib.util
import inspect
import pickle
import pkgutil
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import zenml_pin
from tests.support.importing.two_versions import World
from tests.support.repositories import commit, init
from zenml_pin.importing.rewriting.names import VIEWS

Build = Callable[..., World]

MODULES: dict[str, ModuleType] = {
    "importlib": importlib,
    "importlib.metadata": importlib.metadata,
    "importlib.util": importlib.util,
    "importlib.resources": importlib.resources,
    "pkgutil": pkgutil,
    "runpy": runpy,
}
FUNCTIONS = [
    (module, name)
    for module, real in MODULES.items()
    for name in sorted(VIEWS[module])
    if inspect.isfunction(getattr(real, name, None))
]
BUILTINS = [name for name in sorted(VIEWS["builtins"]) if hasattr(builtins, name)]


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """A pinned module that has each routed function in a variable."""
    lines = [f"from {module} import {name} as {_variable(module, name)}" for module, name in FUNCTIONS]
    lines += [f"{_variable('builtins', name)} = {name}" for name in BUILTINS]
    lines += [
        "import importlib, importlib.metadata, importlib.resources, pkgutil, runpy, builtins",
        "class Holder: run = eval",
    ]
    repository = tmp_path_factory.mktemp("repository")
    commit(init(repository), {"shop": {"__init__.py": "", "kept.py": "\n".join(lines) + "\n"}})
    return zenml_pin.import_module("shop.kept", "HEAD", repo=repository)


def _variable(module: str, name: str) -> str:
    return f"{module}_{name}".replace(".", "_")


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_function_looks_like_the_real_one(pinned: ModuleType, module: str, name: str) -> None:
    """Kind, name, parameters, documentation and text are those of a checkout; only its home is the pin."""
    real = getattr(MODULES[module], name)

    function = getattr(pinned, _variable(module, name))

    assert inspect.isfunction(function)
    assert function is not real
    assert function.__name__ == real.__name__
    assert function.__doc__ == real.__doc__
    assert inspect.signature(function) == inspect.signature(real)
    assert inspect.getfullargspec(function) == inspect.getfullargspec(real)
    assert inspect.isgeneratorfunction(function) == inspect.isgeneratorfunction(real)
    assert inspect.getfile(function) == inspect.getfile(real)
    if not inspect.getfile(real).startswith("<frozen"):
        assert inspect.getsource(function) == inspect.getsource(real)
    assert function.__module__ == pinned.__name__.removesuffix(".shop.kept")


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_function_is_the_same_in_each_spelling(pinned: ModuleType, module: str, name: str) -> None:
    """`from importlib import import_module` and `importlib.import_module` give one object."""
    view = pinned
    for part in module.split("."):
        view = getattr(view, part)

    assert getattr(view, name) is getattr(pinned, _variable(module, name))


@pytest.mark.parametrize("name", BUILTINS)
def test_builtin_looks_like_the_real_one(pinned: ModuleType, name: str) -> None:
    """`run = exec` gives something that passes for a builtin."""
    real = getattr(builtins, name)

    routed = getattr(pinned, _variable("builtins", name))

    assert inspect.isbuiltin(routed)
    assert inspect.isroutine(routed)
    assert callable(routed)
    assert not inspect.isfunction(routed)
    assert not inspect.ismethod(routed)
    assert (routed.__name__, routed.__qualname__, routed.__doc__) == (name, name, real.__doc__)
    assert repr(routed) == repr(real)
    assert _signature(routed) == _signature(real)


def _signature(function: Callable[..., object]) -> object:
    try:
        return inspect.signature(function)
    except ValueError:
        return None


def test_builtin_is_not_bound_as_an_attribute_of_a_class(pinned: ModuleType) -> None:
    """A builtin in a class is not a method: it gets only the arguments of the call."""
    assert pinned.Holder().run("1 + 1") == 2


@pytest.mark.parametrize(("module", "name"), [*FUNCTIONS, *[("builtins", name) for name in BUILTINS]])
def test_pickle_gives_the_same_object(pinned: ModuleType, module: str, name: str) -> None:
    """Each is pickled by its name in the pin."""
    routed = getattr(pinned, _variable(module, name))

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(routed, protocol)) is routed


def test_new_process_unpickles_functions_of_the_pin(tmp_path: Path) -> None:
    """In a process that has loaded nothing, the function that comes back imports from the same commit."""
    text = "from importlib import import_module\nVALUE = 1\nrun = exec\n"
    commit_id = commit(init(tmp_path), {"shop": {"__init__.py": "", "kept.py": text}})
    pinned = zenml_pin.import_module("shop.kept", commit_id, repo=tmp_path)
    data = pickle.dumps((pinned.import_module, pinned.run))
    (tmp_path / "shop" / "kept.py").write_text("VALUE = 2\n")
    code = (
        f"import pickle; load, run = pickle.loads({data!r}); out = {{}}; "
        "run('import shop.kept', out); print(load('shop.kept').VALUE, out['shop'].kept.VALUE)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)

    assert done.stdout == "1 1\n", done.stderr


def test_wrong_call_is_refused_as_by_the_real_function(pinned: ModuleType) -> None:
    """The message names the function, not a method of ours."""
    with pytest.raises(TypeError) as refused:
        pinned.importlib_import_module()

    assert "missing 1 required positional argument: 'name'" in str(refused.value)
    assert "Router" not in str(refused.value)


def test_name_that_this_python_does_not_have_is_refused_as_in_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the module that code imports from, not an attribute of ours."""
    monkeypatch.delattr(pkgutil, "get_data")
    commit(init(tmp_path), {"shop": {"__init__.py": "", "kept.py": "from pkgutil import get_data\n"}})

    with pytest.raises(ImportError, match=r"^cannot import name 'get_data' from 'pkgutil' "):
        zenml_pin.import_module("shop.kept", "HEAD", repo=tmp_path)
