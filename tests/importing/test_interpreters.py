"""Subinterpreters (PEP 734): each is a process of its own for pins, and pinned names go between them."""

from __future__ import annotations

import importlib
import subprocess
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

SCRIPT = """
from concurrent import interpreters
from concurrent.futures import InterpreterPoolExecutor
import helper

class P:
    def __init__(self): self.value = helper.value

def work(*args): return helper.value, [arg.value for arg in args]

if __name__ == "__main__":
    interpreter = interpreters.create()
    print(interpreter.call(work, P()))
    interpreter.close()
    with InterpreterPoolExecutor(1) as pool:
        print(*pool.map(work, [P()]))
"""
FILES = {
    "helper.py": "value = 'VERSION'\n",
    "step": {
        "__init__.py": "",
        "made.py": "import helper\nclass T:\n    def __init__(self, n): self.n = n\n"
        "    def run(self, m=0): return helper.value, self.n + m\n"
        "def add(a, b): return helper.value, a + b\ndef fail(): raise KeyError(helper.value)\n",
    },
    "texts.py": """
from concurrent import interpreters

def run(interpreter, text):
    queue = interpreters.create_queue()
    interpreter.prepare_main(queue=queue)
    interpreter.exec(text)
    return queue.get(timeout=60)

def run_by_call(interpreter, text):
    queue = interpreters.create_queue()
    interpreter.prepare_main(queue=queue)
    interpreter.call(exec, text)
    return queue.get(timeout=60), interpreter.call(eval, "__import__('helper').value")

def run_later(interpreter, text):
    queue = interpreters.create_queue()
    interpreter.prepare_main(queue=queue)
    method = interpreter.exec
    method(text)
    return queue.get(timeout=60)
""",
    "script.py": SCRIPT,
    "files.py": f"open(__file__.replace('files.py', 'helper.py')).close()\n{SCRIPT}",
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


@pytest.mark.parametrize("name", ["script", "files"])
def test_function_of_a_pinned_main_runs_the_commits_code_there(world: World, name: str) -> None:
    """With a virtual `__file__`, and with a real one, which Python would run there outside the pin."""
    command = [sys.executable, "-m", f"zenml_pin.at.g{world.first}.{name}"]
    result = subprocess.run(command, cwd=world.repo.path, capture_output=True, text=True, check=False)

    assert (result.stderr, result.stdout) == ("", "('v1', ['v1'])\n" * 2)


def test_interpreters_are_made_as_always_where_main_is_not_pinned(other: Any) -> None:
    """The function of the standard library stays as it is."""
    other.exec("assert '__getattr__' not in globals()")

    assert not hasattr(interpreters.create, "__wrapped__")


TEXTS = {
    "import": "import helper\nqueue.put(helper.value)",
    "from": "from step.made import T\nqueue.put(T(1).run()[0])",
    "by name": "import importlib\nqueue.put(importlib.import_module('helper').value)",
    "builtin": "queue.put(__import__('helper').value)",
    "text in a text": "exec('import helper')\nqueue.put(helper.value)",
    "function": "def f():\n    import helper\n    return helper.value\nqueue.put(f())",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_for_another_interpreter_is_routed_into_the_pin(world: World, other: Any, text: str) -> None:
    """As a text for exec is, also where the working tree is on that interpreter's `sys.path`."""
    other.exec(f"import sys; sys.path.insert(0, {world.repo.path!r})")

    assert world.module("texts").run(other, text) == "v1"


def test_method_that_runs_a_text_may_be_kept(world: World, other: Any) -> None:
    """In a variable."""
    module = world.module("texts")

    assert module.run_later(other, TEXTS["import"]) == "v1"


def test_exec_and_eval_may_be_called_there(world: World, other: Any) -> None:
    """In its `__main__`, as no code there calls them."""
    assert world.module("texts").run_by_call(other, TEXTS["import"]) == ("v1", "v1")


def test_what_is_wrong_with_a_text_is_said_as_always(world: World, other: Any) -> None:
    """The text that fails is shown with its own lines."""
    run = world.module("texts").run

    with pytest.raises(SyntaxError, match="<script>, line 2"):
        run(other, "import helper\ndef f(:")
    with pytest.raises(interpreters.ExecutionFailed, match=r'(?s)"<script>", line 2.*ZeroDivisionError'):
        run(other, "import helper\n1 / 0")


def test_other_methods_of_the_name_are_called_as_they_are(build: Build) -> None:
    """Only that of an interpreter is replaced."""
    made = build(
        {
            "helper.py": "",
            "session.py": "class S:\n    def exec(self, x): return x\nR = S().exec('import helper')\n",
        }
    )

    assert made.module("session").R == "import helper"
