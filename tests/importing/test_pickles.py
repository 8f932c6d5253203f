"""Pickles, processes and `-m`: a pinned name is an ordinary name, in this process and in a new one (N1 to N3)."""

from __future__ import annotations

import copy
import importlib
import multiprocessing
import os
import pickle
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.importing.two_versions import World

Build = Callable[..., World]

FILES = {
    "trainers": {
        "__init__.py": "",
        "step.py": "from trainers.helper import LABEL\n"
        "class Trainer:\n    epochs = 'VERSION'\n    def __init__(self, x): self.x = x\n"
        "    def late(self):\n        import trainers.helper\n        return trainers.helper.LABEL\n"
        "class Outer:\n    class Inner:\n        value = 'VERSION'\n"
        "def work(x): return LABEL, x, Trainer.__module__\n",
        "helper.py": "LABEL = 'VERSION'\n",
    },
    "scripts": {
        "train.py": "import sys\nfrom trainers.step import Trainer, work\n"
        "import multiprocessing\n"
        "class Local:\n    value = 'VERSION'\n"
        "def main():\n    print(__name__, Trainer.epochs, sys.argv[1:], __spec__.name.rpartition('.')[2])\n"
        "    method = sys.argv[1] if len(sys.argv) > 1 else ''\n"
        "    if method:\n"
        "        with multiprocessing.get_context(method).Pool(1) as pool:\n"
        "            print(pool.map(work, [1])[0][:2], pool.map(local, [2]))\n"
        "def local(x):\n    import trainers.helper\n    return Local.value, trainers.helper.LABEL, x\n"
        "if __name__ == '__main__':\n    main()\n",
    },
    "pack": {"__init__.py": "",
             "__main__.py": "from . import part\nfrom pack.part import LABEL\nprint(LABEL, part.LABEL)\n",
             "part.py": "LABEL = 'VERSION'\n"},
}  # fmt: skip


@pytest.fixture
def world(build: Build) -> World:
    """Trainers, a script that uses them, and a package with a `__main__`."""
    return build(FILES)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_comes_back_from_its_own_pin(world: World, protocol: int) -> None:
    """Instances, classes, nested classes and functions, of two versions and the working tree at once."""
    first, second = world.module("trainers.step"), world.module("trainers.step", world.second)
    plain = importlib.import_module("trainers.step")
    things = [m.Trainer(3) for m in (first, second, plain)] + [first.Trainer, first.work]
    if protocol >= 4:
        things.append(first.Outer.Inner)

    back = pickle.loads(pickle.dumps(things, protocol))

    assert [type(thing) for thing in back[:3]] == [first.Trainer, second.Trainer, plain.Trainer]
    assert [thing.late() for thing in back[:3]] == ["v1", "v2", "worktree"]
    assert back[3:5] == [first.Trainer, first.work]


def test_pickle_comes_back_after_unload(world: World) -> None:
    """Its module is loaded again."""
    data = pickle.dumps(world.module("trainers.step").Trainer(3))
    zenml_pin.unload(world.first)

    assert pickle.loads(data).late() == "v1"


@pytest.mark.parametrize("way", ["cwd", "ZENML_PIN_PATH"])
def test_fresh_process_unpickles_with_no_setup_call(world: World, tmp_path: Path, way: str) -> None:
    """N3: it finds the commit in the folders above its own, or through ZENML_PIN_PATH."""
    file = tmp_path / "it.pickle"
    file.write_bytes(pickle.dumps(world.module("trainers.step").Trainer(3)))
    code = (
        "import pickle, sys\nit = pickle.load(open(sys.argv[1], 'rb'))\nprint(it.epochs, it.late(), it.x)\n"
    )
    code += "print([n for n in sys.modules if n.startswith('trainers')])"
    environment = {**os.environ, **({"ZENML_PIN_PATH": world.repo.path} if way != "cwd" else {})}

    done = subprocess.run(
        [sys.executable, "-B", "-c", code, str(file)],
        cwd=world.repo.join("scripts") if way == "cwd" else "/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "v1 v1 3\n[]\n", done.stderr


def test_copies_are_of_the_same_class(world: World) -> None:
    """Shallow and deep."""
    trainer = world.module("trainers.step").Trainer([1])

    assert type(copy.copy(trainer)) is type(copy.deepcopy(trainer)) is type(trainer)
    assert copy.deepcopy(type(trainer)) is type(trainer)


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_worker_process_runs_the_commits_code(
    world: World, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function of a pin is called in another process, which loads the same commit."""
    monkeypatch.chdir(world.repo.path)
    monkeypatch.setenv("ZENML_PIN_PATH", world.repo.path)
    work = world.module("trainers.step").work
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # Python 3.12 warns about fork in a process with threads
        with multiprocessing.get_context(method).Pool(1) as pool:
            results = pool.map(work, [1, 2])

    assert results == [("v1", n, f"{world.root}.trainers.step") for n in (1, 2)]


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("method", ["", "spawn", "forkserver"])
def test_dash_m_runs_a_script_of_the_commit(world: World, method: str) -> None:
    """Its own imports and those of its worker processes come from the commit, even inside the edited repository."""
    done = world.run("-m", f"{world.root}.scripts.train", *([method] if method else []))

    lines = done.stdout.splitlines()
    assert lines[0] == f"__main__ v1 {[method] if method else []} train", done.stderr
    assert lines[1:] == (["('v1', 1) [('v1', 'v1', 2)]"] if method else []), done.stderr


def test_dash_m_runs_a_package_of_the_commit(world: World) -> None:
    """Through its `__main__`."""
    done = world.run("-m", f"{world.root}.pack")

    assert done.stdout == "v1 v1\n", done.stderr


def test_runpy_runs_a_module_of_the_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With new globals, and the same imports."""
    monkeypatch.chdir(world.repo.path)

    names = runpy.run_module(f"{world.root}.scripts.train", run_name="not_main")

    assert names["Trainer"].epochs == "v1"
    assert names["Trainer"] is world.module("trainers.step").Trainer
    assert names["local"](1) == ("v1", "v1", 1)
    assert "trainers" not in sys.modules
