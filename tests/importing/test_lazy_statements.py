"""Lazy imports (PEP 810) in a pin: they are as lazy as in a checkout, and take their own commit's modules (P3, N4)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.two_versions import World

pytestmark = pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has lazy imports")

Build = Callable[..., World]

HELPERS = {
    "helper.py": "value = 'VERSION'\n",
    "bad.py": "raise ValueError('bad')\n",
    "pkg": {
        "__init__.py": "value = 'VERSION'\n",
        "sub.py": "value = 'VERSION'\n",
        "below": {"__init__.py": "", "deep.py": "value = 'VERSION'\n"},
        "noted.py": "import pkg\npkg.noted_by = 'VERSION'\n",
    },
    "folder": {"deep.py": "value = 'VERSION'\n"},
}

# The text of a module that defines get().
STATEMENTS = {
    "import": "lazy import helper\ndef get(): return helper.value\n",
    "as": "lazy import helper as h\ndef get(): return h.value\n",
    "from": "lazy from helper import value\ndef get(): return value\n",
    "from as": "lazy from helper import value as v\ndef get(): return v\n",
    "dotted": "lazy import pkg.sub\ndef get(): return pkg.sub.value\n",
    "dotted, the package alone": "lazy import pkg.sub\ndef get(): return pkg.value\n",
    "dotted, for what it does": "lazy import pkg.noted\ndef get(): return pkg.noted and pkg.noted_by\n",
    "deep": "lazy import pkg.below.deep\ndef get(): return pkg.below.deep.value + pkg.value\n",
    "deep, first the package": "lazy import pkg.below.deep\n"
    "def get(): return pkg.value + pkg.below.__name__[-5:].replace('below', 'VERSION')\n",
    "deep as": "lazy import pkg.below.deep as d\ndef get(): return d.value\n",
    "dotted as": "lazy import pkg.sub as s\ndef get(): return s.value\n",
    "from a package": "lazy from pkg import sub\ndef get(): return sub.value\n",
    "relative": "lazy from . import other\ndef get(): return other.value\n",
    "relative name": "lazy from .other import value\ndef get(): return value\n",
    "list": "x = 1; lazy import json, helper, pkg.sub\ndef get(): return helper.value + pkg.sub.value\n",
    "in if": "if 1: lazy import helper\ndef get(): return helper.value\n",
    "in with": "from contextlib import nullcontext\nwith nullcontext():\n    lazy import helper\n"
    "def get(): return helper.value\n",
    "in for": "for _ in '12':\n    lazy import helper\ndef get(): return helper.value\n",
    "in match": "match 1:\n    case 1:\n        lazy import helper\ndef get(): return helper.value\n",
    "continued": "lazy \\\n  import \\\n helper\ndef get(): return helper.value\n",
    "tab": "lazy\timport helper\ndef get(): return helper.value\n",
    "exec'd": "ns = {}\nexec('lazy import helper\\nv = helper.value', ns)\ndef get(): return ns['v']\n",
    "exec'd dotted": "ns = {}\nexec('lazy import pkg.sub', ns)\ndef get(): return eval('pkg.sub.value', ns)\n",
    "exec here": "exec('lazy import helper')\ndef get(): return helper.value\n",
    "builtin": "x = __lazy_import__('helper', globals())\ndef get(): return x.value\n",
    "builtin, dotted": "x = __lazy_import__('pkg.sub', globals())\ndef get(): return x.sub.value\n",
    "builtin, names": "x = __lazy_import__('pkg.sub', fromlist=('value',))\ndef get(): return x.value\n",
    "builtin, relative": "x = __lazy_import__('other', globals(), None, ('v',), 1)\ndef get(): return x.value\n",
    "builtin of builtins": "import builtins\nx = builtins.__lazy_import__('helper', globals())\n"
    "def get(): return x.value\n",
    "named list": "__lazy_modules__ = ['helper']\nimport helper\ndef get(): return helper.value\n",
    "named list, dotted": "__lazy_modules__ = {'pkg.sub'}\nimport pkg.sub\ndef get(): return pkg.sub.value\n",
    "named list, from": "__lazy_modules__ = ['pkg']\nfrom pkg import sub\ndef get(): return sub.value\n",
    "named list, in else": "__lazy_modules__ = ['pkg.sub']\ntry: pass\nexcept E: pass\nelse:\n    import pkg.sub\n"
    "def get(): return pkg.sub.value + pkg.value\n",
    "named list, in finally": "__lazy_modules__ = ['step.other']\ntry: pass\nfinally:\n    from .other import value\n"
    "def get(): return value\n",
    "next to importlib": "import importlib\nlazy import helper, pkg.sub\n"
    "def get(): return helper.value + pkg.sub.value\n",
    "next to exec": "exec('1')\nlazy from helper import value\ndef get(): return value\n",
    "word before a name": "lazy = 1\nlazy; import helper\ndef get(): return helper.value\n",
    "unicode": "lazy import helper as ñ\ndef get(): return ñ.value\n",
    "view": "lazy import importlib\ndef get(): return importlib.import_module('helper').value\n",
    "view's submodule": "lazy import importlib.util\n"
    "def get():\n    s = importlib.util.find_spec('helper')\n    m = importlib.util.module_from_spec(s)\n"
    "    s.loader.exec_module(m)\n    return m.value\n",
    "function of a view": "lazy from importlib import import_module\ndef get(): return import_module('helper').value\n",
}


@pytest.fixture(autouse=True)
def plain_names() -> Iterator[None]:
    """Take away what a test imports by its plain name."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("helper", "pkg", "step", "bad", "folder"):
            del sys.modules[name]


def lines_of(text: str) -> dict[str, Any]:
    """Return a repository with a module `step.made` of a text."""
    return HELPERS | {"step": {"__init__.py": "", "made.py": text, "other.py": "value = 'VERSION'\n"}}


@pytest.mark.parametrize("text", STATEMENTS.values(), ids=STATEMENTS)
def test_lazy_import_takes_its_own_commits_module(build: Build, text: str) -> None:
    """And leaves no plain name behind; the working tree's own import takes the working tree's."""
    world = build(lines_of(text))

    values = [world.module("step.made", commit).get() for commit in (world.first, world.second)]
    left = [name for name in ("helper", "pkg", "pkg.sub", "step") if name in sys.modules]
    plain = importlib.import_module("step.made").get()

    count = len(plain) // len("worktree")
    assert (values, left, plain) == (["v1" * count, "v2" * count], [], "worktree" * count)


BY_NAME = ("exec", "builtin", "view")  # What a text or a string names, no bundle has by itself.
SEEN = {name: text for name, text in STATEMENTS.items() if not name.startswith(BY_NAME)}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_lazy_import_is_found_in_a_bundle(build: Build, tmp_path: Any, text: str) -> None:
    """Where there is no working tree at all."""
    world = build(lines_of(text + "class T:\n    run = staticmethod(get)\n"))
    bundle = str(tmp_path / "b.bundle")
    zenml_pin.Bundle.create(f"step.made.T@{world.first}", bundle, repo=world.repo.path)

    code = f"import zenml_pin\nprint(zenml_pin.load('step.made.T@{world.first}', repo={bundle!r}).run())"
    done = world.run("-c", "import os, sys; os.chdir('/'); sys.path.remove('')\n" + code)

    assert done.stdout.strip() in ("v1", "v1v1"), done.stderr


ELSE = "try: pass\nexcept E: pass\nelse:\n    "
FINALLY = "try: pass\nfinally:\n    "
# What is bound is a proxy until it is used: (statement, the names that it binds)
LAZY = {
    "import": ("lazy import helper", ["helper"]),
    "dotted": ("lazy import pkg.sub", ["pkg"]),
    "as": ("lazy import pkg.sub as s", ["s"]),
    "from": ("lazy from helper import value", ["value"]),
    "missing library, eval in the file": ("eval('1')\nlazy import no_such_library", ["no_such_library"]),
    "missing library, name of it": ("lazy from no_such_library.a import b as c", ["c"]),
    "missing library, dotted": ("lazy import no_such_library.a", ["no_such_library"]),
    "failing helper, importlib in the file": ("import importlib\nlazy import bad", ["bad"]),
    "failing helper in __lazy_modules__": ("__lazy_modules__ = ['bad']\nimport bad", ["bad"]),
    "missing in __lazy_modules__": ("__lazy_modules__ = ['missing']\nimport missing", ["missing"]),
    "from missing in __lazy_modules__": (
        "__lazy_modules__ = ['missing']\nfrom missing import a, b",
        ["a", "b"],
    ),
    "relative in __lazy_modules__": (
        "__lazy_modules__ = ['step.other']\nfrom .other import value",
        ["value"],
    ),
    "package in __lazy_modules__": ("__lazy_modules__ = ['step']\nfrom . import other", ["other"]),
    "in with, __lazy_modules__": (
        "__lazy_modules__ = ['bad']\nfrom contextlib import nullcontext\nwith nullcontext(): import bad",
        ["bad"],
    ),
    "exec, __lazy_modules__": ("__lazy_modules__ = ['bad']\nexec('import bad')", ["bad"]),
    "substring of __lazy_modules__": ("__lazy_modules__ = 'a bad thing'\nimport bad", ["bad"]),
    "listed, in else": ("__lazy_modules__ = ['bad']\n" + ELSE + "import bad", ["bad"]),
    "listed, in else of except*": (
        "__lazy_modules__ = ['bad']\ntry: pass\nexcept* ValueError: pass\nelse:\n    import bad",
        ["bad"],
    ),
    "listed, in finally": ("__lazy_modules__ = ['bad']\n" + FINALLY + "import bad", ["bad"]),
    "listed, in if in finally": ("__lazy_modules__ = ['bad']\n" + FINALLY + "if 1: import bad", ["bad"]),
    "listed, dotted in else": (
        "__lazy_modules__ = ['pkg.sub', 'bad']\n" + ELSE + "import bad, pkg.sub",
        ["bad", "pkg"],
    ),
    "listed, as in finally": ("__lazy_modules__ = ['pkg.sub']\n" + FINALLY + "import pkg.sub as s", ["s"]),
    "listed, from in else": (
        "__lazy_modules__ = ['helper']\n" + ELSE + "from helper import value as v, value",
        ["v", "value"],
    ),
    "listed, relative in finally": (
        "__lazy_modules__ = ['step.other']\n" + FINALLY + "from .other import value",
        ["value"],
    ),
    "listed, missing in else": (
        "__lazy_modules__ = ['missing', 'missing.x']\n"
        + ELSE
        + "import missing.x\n    from missing import a",
        ["missing", "a"],
    ),
    "all, in else": (
        "import sys\nsys.set_lazy_imports('all')\n"
        + ELSE
        + "import bad, pkg.sub\nsys.set_lazy_imports('normal')",
        ["bad", "pkg"],
    ),
    "view": ("lazy import importlib.util", ["importlib"]),
    "installed": ("lazy import dulwich.repo", ["dulwich"]),
    "builtin": ("x = __lazy_import__('bad')", ["x"]),
    "builtin, missing": ("x = __lazy_import__('no_such_library.a')", ["x"]),
    "all": ("import sys\nsys.set_lazy_imports('all')\nimport bad\nsys.set_lazy_imports('normal')", ["bad"]),
    "all, dotted": (
        "import sys\nsys.set_lazy_imports('all')\nimport pkg.sub\nsys.set_lazy_imports('normal')",
        ["pkg"],
    ),
}
# Natively, each of these is imported at once.
EAGER = {
    "plain": ("import helper", ["helper"]),
    "not listed": ("__lazy_modules__ = ['other', 'step.helper']\nimport helper", ["helper"]),
    "listed, in try": ("__lazy_modules__ = ['helper']\ntry:\n    import helper\nexcept E: pass", ["helper"]),
    "listed, in except": (
        "__lazy_modules__ = ['helper']\ntry: 1 / 0\nexcept ZeroDivisionError:\n    import helper",
        ["helper"],
    ),
    "listed, in else before finally": (
        "__lazy_modules__ = ['helper']\n" + ELSE + "import helper\nfinally: pass",
        ["helper"],
    ),
    "listed, in else in try": (
        "__lazy_modules__ = ['helper']\ntry:\n    try: pass\n    except E: pass\n"
        "    else: import helper\nexcept E: pass",
        ["helper"],
    ),
    "listed, star in else": ("__lazy_modules__ = ['helper']\n" + ELSE + "from helper import *", ["value"]),
    "listed, star": ("__lazy_modules__ = ['helper']\nfrom helper import *", ["value"]),
    "package of a dotted name listed": ("__lazy_modules__ = ['pkg']\nimport pkg.sub", ["pkg"]),
    "exec with locals": (
        "__lazy_modules__ = ['helper']\nns = {}\nexec('import helper', globals(), ns)\nhelper = ns['helper']",
        ["helper"],
    ),
}


def kinds(module: ModuleType, names: list[str]) -> list[str]:
    return [type(vars(module)[name]).__name__ for name in names]


@pytest.mark.parametrize(("text", "names"), [*LAZY.values(), *EAGER.values()], ids=[*LAZY, *EAGER])
def test_lazy_stays_lazy_and_eager_stays_eager(build: Build, text: str, names: list[str]) -> None:
    """What is bound in a pin is what is bound in a checkout."""
    world = build(lines_of(text + "\n"))
    expected = "lazy_import" if (text, names) in LAZY.values() else None

    plain = kinds(importlib.import_module("step.made"), names)
    pinned = kinds(world.module("step.made"), names)

    assert pinned == plain
    assert (set(plain) == {"lazy_import"}) == (expected is not None)


FAILURES = {
    "missing module, in else": (
        "__lazy_modules__ = ['no_such_library']\n" + ELSE + "import no_such_library",
        "no_such_library",
        "ModuleNotFoundError",
    ),
    "failing body, in finally": (
        "__lazy_modules__ = ['bad']\n\n" + FINALLY + "import bad",
        "bad",
        "ValueError",
    ),
    "missing module": ("lazy import no_such_library", "no_such_library", "ModuleNotFoundError"),
    "missing name": ("lazy from helper import nothing", "nothing", "ImportError"),
    "missing submodule": ("lazy import pkg.nothing", "pkg.nothing", "ModuleNotFoundError"),
    "failing body": ("lazy import bad", "bad", "ValueError"),
    "failing body, dotted": ("lazy import folder.deep, bad.x", "bad", "ValueError"),
}


@pytest.mark.parametrize(("text", "name", "error"), FAILURES.values(), ids=FAILURES)
def test_failure_comes_at_the_first_use(build: Build, text: str, name: str, error: str) -> None:
    """It is of the type that Python raises, and its cause names the statement."""
    world = build(lines_of(f"{text}\ndef get(): return {name}\n"))
    raised = []

    for module in (importlib.import_module("step.made"), world.module("step.made")):
        with pytest.raises((ImportError, ValueError)) as caught:
            module.get()
        raised.append(caught.value)

    assert [type(found).__name__ for found in raised] == [error, error]
    assert [type(found.__cause__).__name__ for found in raised] == ["ImportError", "ImportError"]
    plain, pinned = (str(found.__cause__).replace(world.root + ".", "") for found in raised)
    if "no_such" not in name:
        assert pinned == plain


def test_working_trees_own_file_is_refused_at_the_first_use(build: Build) -> None:
    """A lazy import never runs a file that the commit does not have."""
    world = build(
        lines_of("lazy import stray\ndef get(): return stray.value\n"), {"stray.py": "value = 'VERSION'\n"}
    )
    module = world.module("step.made")

    with pytest.raises(zenml_pin.PinnedImportError, match=r"working tree's file .*stray\.py"):
        module.get()

    assert "stray" not in sys.modules


def test_circle_of_lazy_modules(build: Build) -> None:
    """Two modules that import from each other, both by `__lazy_modules__`, load as in a checkout."""
    world = build(
        {
            "step": {
                "__init__.py": "",
                "made.py": "__lazy_modules__ = ['step.other']\nfrom step.other import o\nv = 'VERSION'\n"
                "def get(): return o()\n",
                "other.py": "__lazy_modules__ = ['step.made']\nfrom step.made import v\ndef o(): return v\n",
            }
        }
    )

    assert [world.module("step.made").get(), importlib.import_module("step.made").get()] == ["v1", "worktree"]


REFUSED = {
    "in a function": "def f():\n    lazy import helper\n",
    "in a class": "class C:\n    lazy import pkg.sub\n",
    "in try": "try:\n    lazy import missing\nexcept E: pass\n",
    "in finally": "try: pass\nfinally:\n    lazy from missing import a\n",
    "star": "lazy from helper import *\n",
    "star of missing": "lazy from missing import *\n",
    "future": "lazy from __future__ import annotations\n",
    "next to importlib": "import importlib\ndef f():\n    lazy import helper\n",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_python_refuses_lazy_where_it_may_not_be(build: Build, text: str) -> None:
    """In the same words and at the same line as in a checkout."""
    world = build(lines_of(text))
    raised = []

    for load in (importlib.import_module, world.module):
        with pytest.raises(SyntaxError) as caught:
            load("step.made")
        raised.append((caught.value.msg, caught.value.lineno, caught.value.offset))

    assert raised[0] == raised[1]


def test_names_of_a_module_are_those_of_a_checkout(build: Build) -> None:
    """`vars`, `dir`, a star import and `__all__` show no name of ours."""
    text = (
        "import importlib\n__lazy_modules__ = ['helper']\nimport helper\nlazy import pkg.sub\n"
        "lazy from helper import value\n__all__ = ['value', 'pkg']\n"
    )
    user = (
        "from step.made import *\nnames = sorted(n for n in globals() if n[:1] != '_')\n"
        "def get(): return value + pkg.sub.value\n"
    )
    world = build(lines_of(text) | {"user.py": user})

    plain, pinned = importlib.import_module("step.made"), world.module("step.made")
    plain_user, pinned_user = importlib.import_module("user"), world.module("user")

    ours = {name for name in vars(pinned) if name.startswith("__zenml_pin")}
    assert set(vars(pinned)) - ours == set(vars(plain))
    assert pinned_user.names == plain_user.names
    assert pinned_user.get() == "v1v1"
    del sys.modules["user"]
