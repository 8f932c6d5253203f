"""Subinterpreters (PEP 734): each is a process of its own for pins, and pinned names go between them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.two_versions import World

HAS_INTERPRETERS = find_spec("concurrent.interpreters") is not None
pytestmark = pytest.mark.skipif(not HAS_INTERPRETERS, reason="Python 3.14 has concurrent.interpreters")
interpreters: Any = importlib.import_module("concurrent.interpreters") if HAS_INTERPRETERS else None
pools: Any = importlib.import_module("concurrent.futures")
Build = Callable[..., World]

FILES = {
    "helper.py": "value = 'VERSION'\n",
    "step": {
        "__init__.py": "",
        "made.py": "import helper\nclass T:\n    def __init__(self, n): self.n = n\n"
        "    def run(self, m=0): return helper.value, self.n + m\n"
        "def add(a, b): return helper.value, a + b\ndef fail(): raise KeyError(helper.value)\n",
    },
}


@pytest.fixture
def world(build: Build, monkeypatch: pytest.MonkeyPatch) -> World:
    """The two versions; other interpreters find them by ZENML_PIN_PATH."""
    made = build(FILES)
    monkeypatch.setenv("ZENML_PIN_PATH", made.repo.path)
    return made


@pytest.fixture
def other() -> Any:
    interpreter = interpreters.create()
    interpreter.exec(f"import sys; sys.path[:] = {sys.path!r}")
    yield interpreter
    interpreter.close()


def test_load_in_another_interpreter(world: World, other: Any) -> None:
    """Its modules are its own."""
    queue = interpreters.create_queue()
    other.prepare_main(queue=queue, pins=(world.first, world.second), root=world.repo.path)

    other.exec(
        "import zenml_pin\n"
        "for pin in pins:\n"
        "    T = zenml_pin.load(f'step.made.T@{pin}', repo=root, allow_dirty=True)\n"
        "    queue.put(T(1).run())\n"
    )

    assert [queue.get(timeout=60), queue.get(timeout=60)] == [("v1", 1), ("v2", 1)]
    assert "zenml_pin.at.g" + world.first not in sys.modules


def test_functions_methods_and_classes_are_called_there(world: World, other: Any) -> None:
    """They go by their pinned name."""
    for commit, value in ((world.first, "v1"), (world.second, "v2")):
        module = world.module("step.made", commit)

        assert other.call(module.add, 1, 2) == (value, 3)
        assert other.call(module.T(3).run, 4) == (value, 7)


def test_pool(world: World) -> None:
    """Results come back, and the code's own exception."""
    module = world.module("step.made")
    with pools.InterpreterPoolExecutor(2) as pool:
        futures = [pool.submit(module.add, number, 1) for number in range(4)]
        assert [future.result(60) for future in futures] == [("v1", number + 1) for number in range(4)]
        with pytest.raises(KeyError, match="v1"):
            pool.submit(module.fail).result(60)
        assert type(pool.submit(module.T, 5).result(60)) is module.T


def test_what_is_shipped_opens_where_nothing_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """The code travels with the object."""
    shipped = zenml_pin.ship(world.module("step.made").T(2).run)
    monkeypatch.delenv("ZENML_PIN_PATH")
    monkeypatch.chdir(tmp_path)

    with pools.InterpreterPoolExecutor(1) as pool:
        assert pool.submit(shipped, 5).result(60) == ("v1", 7)


def test_clean_check_in_another_interpreter(world: World, other: Any) -> None:
    """It reads the index and the disk there."""
    assert other.call(zenml_pin.status, "", repo=world.repo.path).clean is False
