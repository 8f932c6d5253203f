"""The table of what the standard library has lost, held against the Python that runs; and the hints made of it."""

from __future__ import annotations

import importlib
import sys
import warnings

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit
from zenml_pin.pins.removed_names import MODULES, NAMES, find_version

HERE = sys.version_info[:2]
# Never on Linux, or not in each build of it.
ELSEWHERE = {
    "msilib",
    "nis",
    "ossaudiodev",
    "tkinter.tix",
    "crypt",
    "spwd",
    "lib2to3",
    "distutils",
    "webbrowser.MacOSX",
}
ITEMS = [
    (version, name)
    for table in (MODULES, NAMES)
    for version, names in table.items()
    for name in names.split()
]


def is_here(dotted: str) -> bool:
    """Tell whether a dotted name is a module, or a name in one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module, _, name = dotted.rpartition(".")
        try:
            importlib.import_module(dotted)
        except ImportError:
            try:
                return bool(module) and hasattr(importlib.import_module(module), name)
            except ImportError:
                return False
    return True


def test_table_is_right_for_this_python() -> None:
    """What it says is removed is not here, and what a later Python removes still is, if each build has it."""
    in_question = [(version, name) for version, name in ITEMS if version <= HERE or name not in ELSEWHERE]

    assert [name for version, name in in_question if is_here(name) != (version > HERE)] == []


def test_what_is_below_a_removed_package_is_removed_with_it() -> None:
    assert find_version("distutils.command.build") == (3, 12)
    assert find_version("distutils", "core") == (3, 12)
    assert find_version("collections", "Counter") is None
    assert find_version("impossible") is None


CODE = {
    "module": (
        "import parser\n",
        "Python 3.10 removed 'parser': use Python 3.9 or older, or a library that has it",
    ),
    "from": ("from binhex import x\n", "Python 3.11 removed 'binhex'"),
    "name": (
        "from collections import Mapping\n",
        "Python 3.10 removed 'collections.Mapping': use Python 3.9 or older",
    ),
    "attribute": ("import inspect\ninspect.getargspec\n", "Python 3.11 removed 'inspect.getargspec'"),
    "another": ("import json\njson.nothing\n", "its own code raised this"),
    "library": ("import no_such_library\n", "install 'no_such_library', which the code imports"),
}
if HERE >= (3, 12):
    CODE["imp"] = ("import imp\n", "Python 3.12 removed 'imp': use Python 3.11 or older")
if HERE >= (3, 14):
    CODE["ast"] = ("import ast\nast.Num\n", "Python 3.14 removed 'ast.Num': use Python 3.13 or older")


@pytest.mark.parametrize(("code", "hint"), CODE.values(), ids=CODE)
def test_load_says_which_python_removed_it(repo: Repo, code: str, hint: str) -> None:
    """Instead of a library to install, which there is none of."""
    commit_id = commit(repo, {"trainers": {"step.py": f"{code}class T: pass\n"}})

    with pytest.raises(zenml_pin.PinnedImportError) as caught:
        zenml_pin.load(f"trainers.step.T@{commit_id}", repo=repo.path)

    assert caught.value.hint.startswith(hint)
