"""Filters of lazy imports (PEP 810) get the names that the author of pinned code wrote; libraries may set them too."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.two_versions import World

pytestmark = pytest.mark.skipif(sys.version_info < (3, 15), reason="Python 3.15 has lazy imports")

Build = Callable[..., World]
Call = tuple[str | None, str, object]
HELPERS = {
    "helper.py": "value = 'VERSION'\n",
    "pkg": {"__init__.py": "value = 'VERSION'\n", "sub.py": "value = 'VERSION'\n"},
    "folder": {"deep.py": "value = 'VERSION'\n"},
}
STATEMENTS = (
    "lazy import helper\nlazy import pkg.sub\nlazy import pkg.sub as s\nlazy from pkg import sub, value\n"
    "lazy from .other import value as v\nlazy import no_such_library.x\nlazy from no_such_library import y, z\n"
    "lazy import json\n"
)
# What calls a filter, beside plain statements: a module's text.
CALLING = {
    "statements": STATEMENTS,
    "named list": "__lazy_modules__ = ['helper', 'pkg.sub']\nimport helper, pkg.sub\nfrom pkg.sub import value\n",
    "named list, in else": "__lazy_modules__ = ['helper', 'step.other']\ntry: pass\nexcept E: pass\nelse:\n"
    "    import helper as h\n    from .other import value\n",
    "text": "exec('lazy import helper\\nlazy from .other import value')\n",
    "text in a namespace": "exec('lazy import helper', {'__name__': 'somewhere'})\n",
    "text without a name": "exec('lazy import helper', {})\n",
    "builtin": "x = __lazy_import__('helper', globals())\ny = __lazy_import__('pkg.sub', fromlist=('value',))\n",
    "nested": "lazy import helper\nimport step.below\nlazy import pkg\n",
}


class Recorder:
    """A filter that records what it gets, and makes imports of some names eager."""

    def __init__(self, *eager: str) -> None:
        self.calls: list[Call] = []
        self.eager = eager

    def __call__(self, importer: str | None, name: str, names: object) -> bool:
        self.calls.append((importer and str(importer), name, names))
        return name not in self.eager


@pytest.fixture
def record() -> Iterator[Callable[..., Recorder]]:
    """Set a filter, as an application does; when the test ends, the filter is what it was."""
    before = current()

    def set_filter(*eager: str) -> Recorder:
        recorder = Recorder(*eager)
        sys.set_lazy_imports_filter(recorder)  # type: ignore[attr-defined]
        return recorder

    yield set_filter
    sys.set_lazy_imports_filter(before)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def plain_names() -> Iterator[None]:
    """Take away what a test imports by its plain name."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("helper", "pkg", "step", "folder"):
            del sys.modules[name]


def files_of(text: str) -> dict[str, Any]:
    """Return a repository with a module `step.made` of a text."""
    step = {
        "__init__.py": "",
        "made.py": text,
        "other.py": "value = 'VERSION'\n",
        "below.py": "lazy import pkg.sub\nlazy from helper import value\n",
    }
    return HELPERS | {"step": step}


def kinds(module: ModuleType, names: list[str]) -> list[str]:
    return [type(vars(module)[name]).__name__ for name in names]


def current() -> object:
    """Return the filter that is set, as the application sees it."""
    return sys.get_lazy_imports_filter()  # type: ignore[attr-defined]


def test_filter_of_pinned_code_gets_the_names_that_are_written(build: Build) -> None:
    """A filter that pinned code sets gets what it gets in a checkout."""
    text = (
        "import sys\ncalls = []\n"
        "def note(importer, name, names):\n    calls.append((importer, name, names))\n    return True\n"
        "sys.set_lazy_imports_filter(note)\nsame = sys.get_lazy_imports_filter() is note\n"
        f"{STATEMENTS}sys.set_lazy_imports_filter(None)\nnone = sys.get_lazy_imports_filter()\n"
    )
    world = build(files_of(text))

    plain, pinned = importlib.import_module("step.made"), world.module("step.made")

    assert pinned.calls == plain.calls
    assert len(plain.calls) == 8
    assert (pinned.same, pinned.none) == (plain.same, plain.none) == (True, None)


@pytest.mark.parametrize("way", ["call", "dotted import"])
@pytest.mark.parametrize("text", CALLING.values(), ids=CALLING)
def test_filter_of_an_application_gets_the_names_that_are_written(
    build: Build, record: Callable[..., Recorder], text: str, way: str
) -> None:
    """It gets for pinned code what it gets for a checkout, whichever way the module is imported."""
    world = build(files_of(text))
    zenml_pin.attach(world.repo.path)

    of_checkout = record()
    importlib.import_module("step.made")
    of_pin = record()
    if way == "call":
        world.module("step.made")
    else:
        importlib.import_module(f"{world.root}.step.made")
    sys.set_lazy_imports_filter(None)  # type: ignore[attr-defined]

    # Python's own modules import lazily too, the first time.
    concerned = ("step", "helper", "pkg", "no_such_library")
    expected, found = (
        [call for call in recorder.calls if call[1].partition(".")[0] in concerned or call[1] == "json"]
        for recorder in (of_checkout, of_pin)
    )
    assert found == expected
    assert expected


def test_filter_of_an_application_makes_an_import_of_pinned_code_eager(
    build: Build, record: Callable[..., Recorder]
) -> None:
    """By the name that the author wrote."""
    world = build(files_of("lazy import helper, pkg.sub\nlazy from pkg import value\n"))

    record("helper", "pkg")
    pinned, plain = world.module("step.made"), importlib.import_module("step.made")

    names = ["helper", "pkg", "value"]
    assert kinds(pinned, names) == kinds(plain, names) == ["module", "lazy_import", "str"]
    assert vars(pinned)["value"] == "v1"


def test_filter_is_the_applications_own_after_a_load(build: Build, record: Callable[..., Recorder]) -> None:
    """`load`, `import_module` and `checkout` leave the filter that was set, after an error too."""
    world = build(
        files_of("lazy import helper\nclass T: pass\n") | {"failing.py": "lazy import helper\n1 / 0\n"}
    )
    recorder = record()

    world.module("step.made")
    after_import = current()
    zenml_pin.load(f"step.made.T@{world.second}", repo=world.repo.path, allow_dirty=True)
    after_load = current()
    with pytest.raises(ZeroDivisionError):
        world.module("failing")

    assert after_import is after_load is current() is recorder


def test_filter_that_pinned_code_takes_away_stays_away(build: Build, record: Callable[..., Recorder]) -> None:
    """As in a checkout: pinned code may change the filter of the process."""
    world = build(
        files_of("import sys\nbefore = sys.get_lazy_imports_filter()\nsys.set_lazy_imports_filter(None)\n")
    )
    recorder = record()

    module = world.module("step.made")

    assert module.before is recorder
    assert current() is None


def test_plain_code_that_imports_a_pinned_name_wrote_that_name(
    build: Build, record: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the names in pinned code are shortened."""
    world = build(files_of("lazy import helper\n"))
    zenml_pin.attach(world.repo.path)
    application = ModuleType("application")
    monkeypatch.setitem(sys.modules, "application", application)
    recorder = record()
    importlib.import_module(f"{world.root}.step.made")

    exec(f"lazy import {world.root}.helper as h\nlazy import json", vars(application))

    assert recorder.calls[-2:] == [
        ("application", f"{world.root}.helper", None),
        ("application", "json", None),
    ]


def test_filter_gets_the_names_of_a_pinned_main_module(build: Build) -> None:
    """`python -m` of a pinned module, with a filter that a site's start-up code has set."""
    world = build(files_of("lazy import helper\nlazy from .other import value\nprint(helper.value)\n"))
    code = (
        "import runpy, sys\n"
        "def note(*call):\n    calls.append(call)\n    return True\n"
        "calls = []\nsys.set_lazy_imports_filter(note)\n"
        f"runpy.run_module('{world.root}.step.made', run_name='__main__', alter_sys=True)\n"
        "print([call for call in calls if call[0] == '__main__'])\n"
    )

    done: subprocess.CompletedProcess[str] = world.run("-c", code, env={"ZENML_PIN_PATH": world.repo.path})

    expected = [("__main__", "helper", None), ("__main__", "step.other", ("value",))]
    assert done.stdout.splitlines() == ["v1", str(expected)], done.stderr


def test_filter_makes_an_import_eager(build: Build) -> None:
    """A filter that pinned code sets, by the name that is written."""
    text = (
        "import sys\nsys.set_lazy_imports_filter(lambda importer, name, names: name != 'helper')\n"
        "lazy import helper, pkg.sub\n"
        "sys.set_lazy_imports_filter(lambda importer, name, names: name != 'pkg.sub')\n"
        "lazy import helper as h, pkg.sub as s\nlazy import pkg.sub as p\nlazy import pkg.sub\n"
        "sys.set_lazy_imports_filter(None)\n"
    )
    world = build(files_of(text))
    plain, pinned = importlib.import_module("step.made"), world.module("step.made")

    names = ["helper", "h", "s", "p", "pkg"]
    assert (
        kinds(pinned, names) == kinds(plain, names) == ["module", "lazy_import", "module", "module", "module"]
    )
