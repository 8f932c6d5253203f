"""What a pinned load leaves behind: only its own names (P2, N1, N2, N11), in threads and after failures."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.two_versions import World
from tests.support.repositories import commit, detach, make_bare, pack, snapshot
from tests.support.thorough import usually
from zenml_pin import PinnedImportError
from zenml_pin.importing.rewriting.names import view_name
from zenml_pin.pins.checkout import Checkout

Build = Callable[..., World]

FILES = {
    "trainers": {
        "__init__.py": "from .step import Trainer\n",
        "step.py": "import json, importlib\nfrom trainers.helper import LABEL\nclass Trainer:\n    value = LABEL\n"
        "    def late(self):\n        import trainers.lazily\n        return trainers.lazily.LABEL\n",
        "helper.py": "LABEL = 'VERSION'\n",
        "lazily.py": "import trainers.step\nLABEL = 'VERSION'\n",
        "d.txt": "VERSION",
    }
}


@pytest.fixture
def world(build: Build) -> World:
    """A small package."""
    return build(FILES)


def test_load_changes_nothing_outside_memory(world: World) -> None:
    """P2: sys.path, finders, hooks, cwd, environment, plain names, the working tree and .git byte for byte."""
    from importlib import resources

    import zenml_pin.at  # this installs the finder; a load never does

    os.chmod(world.repo.join("trainers", "step.py"), 0o640)

    def state() -> list[object]:
        return [
            sys.path[:],
            sys.meta_path[:],
            sys.path_hooks[:],
            os.getcwd(),
            dict(os.environ),
            snapshot(world.repo.path),
            {name for name in sys.modules if name.partition(".")[0] == "trainers"},
        ]

    before = state()

    cls: Any = zenml_pin.load(f"trainers.step.Trainer@{world.first}", repo=world.repo.path, allow_dirty=True)
    assert (cls.value, cls().late()) == ("v1", "v1")
    world.module("trainers.step", world.second)
    assert resources.files(cls.__module__.rpartition(".")[0]).joinpath("d.txt").read_text() == "v1"
    with pytest.raises(ModuleNotFoundError):
        world.module("trainers.nothing")
    with zenml_pin.checkout(world.first, repo=world.repo.path) as tree:
        tree.import_module("trainers.lazily")
    zenml_pin.unload(world.first)

    assert state() == before


LOST = {
    "replaced": "sys.modules[{name!r}] = 1",
    "deleted": "del sys.modules[{name!r}]",
    "deleted and set again": "sys.modules[{name!r}] = sys.modules.pop({name!r})",
    "refused": "sys.modules[{name!r}] = None",
}


@pytest.mark.parametrize("name", ["zenml_pin.source", "zenml_pin.refused"])
@pytest.mark.parametrize("text", LOST.values(), ids=LOST)
def test_our_modules_stay_in_place(
    build: Build, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    """Whatever a body does to them, even with a None that blocks an import; again and again."""
    monkeypatch.setitem(sys.modules, "zenml_pin.refused", None)
    body = f"import sys\n{text.format(name=name)}\nclass A: pass\n"
    world = build({"one.py": body, "two.py": body})
    before = sys.modules[name]

    for module in ("one", "two"):
        zenml_pin.load(f"{module}.A@{world.first}", repo=world.repo.path)

        assert sys.modules.get(name, "absent") is before


def test_finder_is_installed_once(world: World) -> None:
    """N2: one finder, one hook, however often anything is loaded."""
    world.module("trainers")
    world.module("trainers", world.second)

    assert sum(type(finder).__name__ == "PinFinder" for finder in sys.meta_path) == 1
    assert sum(type(hook).__name__ == "FolderHook" for hook in sys.path_hooks) == 1


def test_module_has_its_pinned_name_only(world: World) -> None:
    """N1: in sys.modules, `__name__`, `__spec__` and `cls.__module__`."""
    module = world.module("trainers.step")

    names = [name for name, value in list(sys.modules.items()) if value is module]
    name = f"{world.root}.trainers.step"
    assert names == [name]
    assert module.__spec__ is not None
    assert {module.__name__, module.__spec__.name, module.Trainer.__module__} == {name}
    assert module.__package__ == f"{world.root}.trainers"


@pytest.mark.parametrize("form", ["packed", "bare", "detached", "read-only"])
def test_repository_of_every_form_serves_modules(
    world: World, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """P8."""
    path = world.repo.path
    if form == "packed":
        pack(world.repo, deltas=True)
    elif form == "bare":
        path = make_bare(world.repo, tmp_path_factory.mktemp("bare") / "x.git").path
    elif form == "detached":
        detach(world.repo, world.first)
    else:
        os.chmod(world.repo.gitdir, 0o555)

    module = zenml_pin.import_module("trainers.step", world.first, repo=path)

    assert module.Trainer().late() == "v1"
    os.chmod(world.repo.gitdir, 0o755)


FAILURES = {
    "error": ("1 / 0", ZeroDivisionError),
    "exit": ("raise SystemExit(3)", SystemExit),
    "interrupt": ("raise KeyboardInterrupt", KeyboardInterrupt),
    "recursion": ("def f(): f()\nf()", RecursionError),
    "missing library": ("import library_of_nobody", ModuleNotFoundError),
    "missing without a name": ("raise ModuleNotFoundError('no', name=3)", ModuleNotFoundError),
    "memory": ("raise MemoryError", MemoryError),
    "generator exit": ("raise GeneratorExit", GeneratorExit),
    "base exception": ("class Odd(BaseException): pass\nraise Odd('x')", BaseException),
}


@pytest.mark.parametrize(("text", "kind"), FAILURES.values(), ids=FAILURES)
def test_failing_body_leaves_no_residue_and_runs_again(
    build: Build, text: str, kind: type[BaseException]
) -> None:
    """N11: `import_module` passes on the exception unchanged; a second try runs the body again."""
    world = build({"pkg": {"__init__.py": "", "good.py": "", "bad.py": f"import builtins, pkg.good\n"
                  f"builtins.runs_of_bad = getattr(builtins, 'runs_of_bad', 0) + 1\n{text}\n"}})  # fmt: skip
    import builtins

    try:
        for _ in range(2):
            with pytest.raises(kind) as caught:
                world.module("pkg.bad")
            assert not isinstance(caught.value, zenml_pin.PinError)
            assert f"{world.root}.pkg.bad" not in sys.modules
            assert not hasattr(sys.modules[f"{world.root}.pkg"], "bad")
        assert builtins.runs_of_bad == 2  # type: ignore[attr-defined]
        # Modules that finished stay, as after a plain import.
        assert f"{world.root}.pkg.good" in sys.modules
        if kind is KeyboardInterrupt:
            with pytest.raises(KeyboardInterrupt):
                zenml_pin.load(f"pkg.bad.X@{world.first}", repo=world.repo.path, allow_dirty=True)
        else:
            with pytest.raises(PinnedImportError, match="failed while it was imported") as refused:
                zenml_pin.load(f"pkg.bad.X@{world.first}", repo=world.repo.path, allow_dirty=True)
            assert isinstance(refused.value.__cause__, kind)
            assert type(refused.value.__cause__).__name__ in str(refused.value)
    finally:
        del builtins.runs_of_bad  # type: ignore[attr-defined]


def test_missing_library_names_its_requirement(build: Build) -> None:
    """If the commit's requirements list it."""
    world = build({"step.py": "import library_of_nobody\n", "requirements.txt": "library-of-nobody==1.2\n"})

    with pytest.raises(PinnedImportError) as caught:
        zenml_pin.load(f"step.A@{world.first}", repo=world.repo.path, allow_dirty=True)

    assert "library-of-nobody==1.2" in caught.value.hint


def test_sixteen_threads_load_two_versions_and_the_working_tree(world: World) -> None:
    """P4: each gets its own, at the same time."""
    start = threading.Barrier(16)

    def run(n: int) -> tuple[int, str, str, int]:
        start.wait()
        if n % 3 == 2:
            cls = importlib.import_module("trainers.step").Trainer
        else:
            commit_id = (world.first, world.second)[n % 3]
            cls = zenml_pin.load(f"trainers.step.Trainer@{commit_id}", repo=world.repo.path, allow_dirty=True)
        return n % 3, cls.value, cls().late(), id(cls)

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(run, range(16)))

    versions = ["v1", "v2", "worktree"]
    assert [(value, late) for _, value, late, _ in results] == [
        (versions[n], versions[n]) for n, *_ in results
    ]
    assert len({identity for *_, identity in results}) == 3


@pytest.mark.slow
def test_threads_load_and_unload_blocks_at_once(world: World) -> None:
    """A plain load's module stays, even if blocks of the same commit end meanwhile."""
    rounds, barrier = 20, threading.Barrier(4)
    faults: list[BaseException] = []

    def churn() -> None:
        try:
            for _ in range(rounds):
                barrier.wait(60)
                for _ in range(3):
                    with zenml_pin.checkout(world.first, repo=world.repo.path) as tree:
                        cls = tree.load("trainers.step.Trainer", allow_dirty=True)
                        assert vars(cls)["value"] == "v1"
                barrier.wait(60)
        except BaseException as error:
            faults.append(error)
            barrier.abort()

    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(rounds):
            barrier.wait(60)
            cls = zenml_pin.load(
                f"trainers.step.Trainer@{world.first}", repo=world.repo.path, allow_dirty=True
            )
            barrier.wait(60)
            assert sys.modules[cls.__module__].Trainer is cls
            # Only now: `unload` is not for a commit from which another thread loads.
            zenml_pin.unload(world.first)
    finally:
        barrier.abort()
        for thread in threads:
            thread.join()
    assert [error for error in faults if not isinstance(error, threading.BrokenBarrierError)] == []


@pytest.mark.slow
def test_unload_drops_modules_and_frees_them(world: World) -> None:
    """N1; classes in use continue to work until the last reference is gone."""
    module = world.module("trainers.step")
    cls = module.Trainer
    watch = weakref.ref(module)
    del module

    zenml_pin.unload(world.first)

    assert [name for name in sys.modules if name.startswith(world.root)] == []
    assert not hasattr(sys.modules["zenml_pin.at"], world.root.rpartition(".")[2])
    assert cls.value == "v1"
    assert world.module("trainers.step").Trainer is not cls
    zenml_pin.unload(world.first)
    gone = weakref.ref(cls)
    del cls
    gc.collect()
    assert watch() is None
    assert gone() is None


def test_block_unloads_what_it_loaded(world: World) -> None:
    """At the end of the block, also after an error."""

    def use(tree: Checkout) -> None:
        assert vars(tree.load("trainers.step.Trainer", allow_dirty=True))["value"] == "v1"
        assert tree.import_module("trainers.lazily").LABEL == "v1"
        assert tree.read_bytes("trainers/d.txt") == b"v1"
        assert next(tree.entries("trainers")).path == "trainers/__init__.py"
        raise KeyError

    with pytest.raises(KeyError), zenml_pin.checkout(world.first, repo=world.repo.path) as tree:
        use(tree)

    assert [name for name in sys.modules if name.startswith(world.root)] == []


def test_block_keeps_what_was_loaded_before_and_what_another_uses(world: World) -> None:
    """Nested blocks of one commit, and a plain load within."""
    helper = world.module("trainers.helper")
    with zenml_pin.checkout(world.first, repo=world.repo.path) as outer:
        step = outer.import_module("trainers.step")
        with zenml_pin.checkout(world.first, repo=world.repo.path) as inner:
            assert inner.import_module("trainers.step") is step
            inner.import_module("trainers.lazily")
        assert sys.modules[step.__name__] is step

    assert sys.modules[helper.__name__] is helper
    assert f"{world.root}.trainers.lazily" not in sys.modules
    with zenml_pin.checkout(world.first, repo=world.repo.path):
        kept = world.module("trainers.lazily")
    assert sys.modules[kept.__name__] is kept


def test_unload_during_a_block_is_not_an_error(world: World) -> None:
    """Then the block has nothing to unload."""
    with zenml_pin.checkout(world.first, repo=world.repo.path) as tree:
        tree.import_module("trainers.step")
        zenml_pin.unload(world.first)

    assert [name for name in sys.modules if name.startswith(world.root)] == []


def test_swapped_module_object_is_unloaded_too(build: Build) -> None:
    """When a module has put another object into sys.modules, its lines are also forgotten."""
    import linecache

    world = build(
        {"odd.py": "import sys\nclass Odd:\n    value = 'VERSION'\nsys.modules[__name__] = Odd()\n"}
    )
    assert world.module("odd").value == "v1"

    zenml_pin.unload(world.first)

    assert [name for name in linecache.cache if world.first in str(name)] == []
    assert [name for name in sys.path_importer_cache if world.first in str(name)] == []


def test_odd_entries_of_sys_path_do_no_harm(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs put objects of every type there."""
    from pathlib import Path

    monkeypatch.setattr(sys, "path", [*sys.path, Path("/nowhere"), b"/nowhere", 3, ""])
    world = build({"step.py": "try:\n    import nothing_here\nexcept ImportError:\n    VALUE = 'VERSION'\n"})

    assert world.module("step").VALUE == "v1"


@pytest.mark.slow
def test_thousands_of_loads_leak_nothing(world: World) -> None:
    """The numbers of objects and file descriptors do not grow."""

    def load(times: int) -> None:
        for n in range(times):
            commit_id = (world.first, world.second)[n % 2]
            assert world.module("trainers.step", commit_id).Trainer().late() == ("v1", "v2")[n % 2]
            zenml_pin.unload(commit_id)

    load(200)
    gc.collect()
    objects, files = len(gc.get_objects()), len(os.listdir("/proc/self/fd"))

    load(usually(2_000, 10_000))

    gc.collect()
    assert len(gc.get_objects()) - objects < 500
    assert len(os.listdir("/proc/self/fd")) == files


def test_mock_patches_a_view(build: Build) -> None:
    """`mock.patch.object(importlib, ...)` inside pinned code, of a routed function and of another."""
    text = (
        "import importlib, pkgutil\nfrom unittest import mock\n"
        "def get():\n"
        "    with mock.patch.object(importlib, 'import_module', lambda name: 'patched'):\n"
        "        one = importlib.import_module('x')\n"
        "    with mock.patch.object(importlib, 'reload', lambda name: 'patched'):\n"
        "        two = importlib.reload('x')\n"
        "    with mock.patch('pkgutil.get_data', lambda *a: 'patched'):\n"
        "        three = pkgutil.extend_path is not None\n"
        "    importlib.import_module('other')\n"
        "    return one, two, three, importlib.import_module('other').VALUE\n"
    )
    world = build({"step.py": text, "other.py": "VALUE = 'VERSION'\n"})
    real = importlib.import_module, importlib.reload

    assert world.module("step").get() == ("patched", "patched", True, "v1")
    assert (importlib.import_module, importlib.reload) == real


def test_monkeypatch_of_a_view_leaves_the_real_module_as_it_was(build: Build) -> None:
    """Pytest looks into a module's `__dict__`, and deletes afterwards what it did not find there."""
    text = (
        "import importlib.metadata\nimport pytest\n"
        "def get():\n"
        "    with pytest.MonkeyPatch.context() as patch:\n"
        "        patch.setattr(importlib.metadata, 'distributions', lambda: 'patched')\n"
        "        patch.setattr(importlib, 'import_module', lambda name: 'patched')\n"
        "        inside = importlib.metadata.distributions(), importlib.import_module('x')\n"
        "    return inside, importlib.metadata.distributions, importlib.import_module('other').VALUE\n"
    )
    world = build({"step.py": text, "other.py": "VALUE = 'VERSION'\n"})
    real = importlib.metadata.distributions

    inside, distributions, value = world.module("step").get()

    assert (inside, value) == (("patched", "patched"), "v1")
    assert distributions is real is importlib.metadata.distributions


def test_view_has_the_names_of_the_real_module(build: Build) -> None:
    """`vars()` of one lists what the real module has, with the pin's functions."""
    world = build({"step.py": "import importlib\nimport importlib.metadata\nFOUND = vars(importlib)\n"})

    found = world.module("step").FOUND

    assert found.keys() == vars(importlib).keys()
    assert found["reload"] is importlib.reload
    assert found["import_module"] is not importlib.import_module
    assert found["metadata"] is not importlib.metadata


def test_view_is_not_in_sys_modules(world: World) -> None:
    """Views are attributes of the pin's root; sys.modules holds the real modules."""
    module = world.module("trainers.step")

    assert module.importlib is not importlib
    assert sys.modules["importlib"] is importlib
    assert module.importlib not in list(sys.modules.values())
    assert module.json is sys.modules["json"]


def test_root_package_answers_two_threads_at_once(world: World) -> None:
    """P4: one thread's first import adds an attribute after the other thread has looked for it."""
    world.module("trainers.helper")
    root = sys.modules[world.root]
    name = view_name("importlib")
    view = getattr(root, name)

    missed = root.__getattr__

    assert missed(name) is view
    with pytest.raises(AttributeError, match="has no attribute"):
        missed(view_name("nothing"))


def test_commit_of_a_sha256_repository(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Its names are longer."""
    from tests.support.repositories import init

    repo = init(tmp_path_factory.mktemp("long") / "repo", object_format="sha256")
    commit_id = commit(repo, {"a.py": "import b\nVALUE = b.VALUE\n", "b.py": "VALUE = 'v1'\n"})

    module = zenml_pin.import_module("a", commit_id, repo=repo.path)

    assert module.VALUE == "v1"
    assert module.b.__name__ == f"zenml_pin.at.g{commit_id}.b"
