"""Code that misbehaves while it is imported. Afterwards P2 holds for our parts: the next load is right.

Each body is loaded in a new process. Its changes to other parts of the interpreter are its own, as with every
import. Deliberate attacks on our parts are beyond any promise, because the code has all rights of its process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.repositories import Files, Repo, commit, init, snapshot

FAILED, INTERRUPTED, LOADED = "PinnedImportError", "KeyboardInterrupt", "loaded"
# The body, and the outcome of its load.
BODIES: dict[str, tuple[str, str]] = {
    "raises": ("raise ValueError('no')", FAILED),
    "raises a group": ("raise BaseException('no')", FAILED),
    "exits": ("import sys; sys.exit()", FAILED),
    "exits with a text": ("raise SystemExit('bye\\x1b[2J')", FAILED),
    "is interrupted": ("raise KeyboardInterrupt", INTERRUPTED),
    "stops as a generator": ("raise GeneratorExit", FAILED),
    "stops an iteration": ("raise StopIteration", FAILED),
    "recurses without end": ("def f(): f()\nf()", FAILED),
    "is out of memory": ("raise MemoryError", FAILED),
    "asserts": ("assert not 1", FAILED),
    "imports what is not there": ("import nowhere_at_all", FAILED),
    "imports itself": ("import importlib; importlib.import_module(__name__)\nclass A: pass", LOADED),
    "takes itself out": ("import sys; del sys.modules[__name__]\nclass A: pass", FAILED),
    "puts another in its place": ("import sys; sys.modules[__name__] = 3", "PinnedAttributeError"),
    "raises in __getattr__": ("def __getattr__(name): raise ValueError(name)", FAILED),
    "raises a broken exception": (
        "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
        FAILED,
    ),
    "raises what exits when asked": (
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
        FAILED,
    ),
    "raises what gives no text": ("class E(Exception):\n    def __str__(self): return 3\nraise E", FAILED),
    "misses what has no name": ("raise ModuleNotFoundError('no', name=3)", FAILED),
    "misses what has an odd name": ("raise ModuleNotFoundError('no', name='\\0/../\\udc80')", FAILED),
    "spawns threads": (
        "import threading, time\n"
        "for n in range(20): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nclass A: pass",
        LOADED,
    ),
    "imports in threads": (
        "import threading, importlib\n"
        "for n in range(8): threading.Thread(target=importlib.import_module, args=('pkg.step',)).start()\n"
        "class A: pass",
        LOADED,
    ),
    "starts processes": ("import os\nif not os.fork(): os._exit(0)\nos.wait()\nclass A: pass", LOADED),
    "changes the folder": ("import os; os.chdir('/')\nclass A: pass", LOADED),
    "loses the folder": (
        "import os, tempfile\nd = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)\nclass A: pass",
        LOADED,
    ),
    "empties the environment": ("import os; os.environ.clear()\nclass A: pass", LOADED),
    "lies in the environment": (
        "import os; os.environ.update(GIT_DIR='/nowhere', ZENML_PIN_PATH='/nowhere:\\x7f', HOME='')\nclass A: pass",
        LOADED,
    ),
    "empties sys.path": ("import sys; sys.path.clear()\nclass A: pass", LOADED),
    "fills sys.path": ("import sys; sys.path[:] = ['/nowhere', None, 3, b'x']\nclass A: pass", LOADED),
    "empties sys.meta_path": ("import sys; sys.meta_path.clear()\nclass A: pass", LOADED),
    "replaces sys.meta_path": ("import sys; sys.meta_path = []\nclass A: pass", LOADED),
    "empties sys.path_hooks": ("import sys; sys.path_hooks.clear()\nclass A: pass", LOADED),
    "empties the importer cache": ("import sys; sys.path_importer_cache.clear()\nclass A: pass", LOADED),
    "installs a greedy finder": (
        "import sys, types\nfrom importlib.machinery import ModuleSpec\n"
        "class Greedy:\n"
        "    def find_spec(self, name, path=None, target=None): return ModuleSpec(name, self, is_package=True)\n"
        "    def create_module(self, spec): return None\n"
        "    def exec_module(self, module): module.A = type('A', (), {'epochs': 666})\n"
        "sys.meta_path.insert(0, Greedy())\nclass A: pass",
        LOADED,
    ),
    "installs a failing finder": (
        "import sys\nclass Failing:\n    def find_spec(self, *args): raise ValueError('no')\n"
        "sys.meta_path.insert(0, Failing())\nclass A: pass",
        LOADED,
    ),
    "installs a failing hook": (
        "import sys\ndef hook(path): raise ValueError(path)\nsys.path_hooks.insert(0, hook)\nclass A: pass",
        LOADED,
    ),
    "forgets our package": (
        "import sys\nfor name in [n for n in sys.modules if n.split('.')[0] == 'zenml_pin' and '.at.' not in n]:\n"
        "    del sys.modules[name]\nclass A: pass",
        LOADED,
    ),
    "replaces our package": (
        "import sys, types\nsys.modules['zenml_pin.at'] = types.ModuleType('zenml_pin.at')\nclass A: pass",
        LOADED,
    ),
    "plants plain modules": (
        "import operator, sys, types\nmodules = operator.attrgetter('modules')(sys)\n"
        "for n in ('pkg', 'pkg.step'):\n    modules[n] = types.ModuleType(n)\nclass A: pass",
        LOADED,
    ),
    "replaces __import__": (
        "import builtins\nbuiltins.__import__ = lambda *args, **options: 1 / 0\nclass A: pass",
        LOADED,
    ),
    "makes warnings errors": ("import warnings; warnings.simplefilter('error')\nclass A: pass", LOADED),
    "closes what is open": ("import os; os.closerange(3, 200)\nclass A: pass", LOADED),
    "uses up what can be open": (
        "import os\nheld = []\ntry:\n    while True: held.append(os.open('/dev/null', 0))\nexcept OSError: pass\n"
        "os.closerange(40, 5000)\nclass A: pass",
        LOADED,
    ),
    "traces": ("import sys; sys.settrace(lambda *args: None)\nclass A: pass", LOADED),
    "ignores signals": (
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN); signal.alarm(1)\nclass A: pass",
        LOADED,
    ),
    "closes the streams": ("import sys; sys.stderr = sys.stdin = None\nclass A: pass", LOADED),
    "freezes the collector": ("import gc; gc.disable(); gc.freeze()\nclass A: pass", LOADED),
    "has a bad exit": ("import atexit; atexit.register(lambda: 1 / 0)\nclass A: pass", LOADED),
}
# Loads that fail although the body ran to its end, so its module stays.
FINISHES = {"raises in __getattr__": "yes", "puts another in its place": "yes"}
SCRIPT = """
import os, pickle, sys
import zenml_pin
from zenml_pin.importing.finder import PinFinder

repo, bad, first, second, finishes = sys.argv[1:]
try:
    zenml_pin.load(f"pkg.{bad}.A@{first}", repo=repo, allow_dirty=True)
    outcome = "loaded"
except BaseException as error:
    outcome = type(error).__name__
    assert finishes or not [name for name in sys.modules if name.endswith(".pkg." + bad)], "a residue"
assert isinstance(sys.meta_path[0], PinFinder), sys.meta_path
assert "zenml_pin.at" in sys.modules
for round in range(2):
    for commit, epochs in ((first, 1), (second, 2)):
        cls = zenml_pin.load(f"pkg.step.A@{commit}", repo=repo, allow_dirty=True)
        assert cls.epochs == epochs, cls
        assert pickle.loads(pickle.dumps(cls)) is cls
        assert sys.modules[cls.__module__].__name__ == f"zenml_pin.at.g{commit}.pkg.step"
        zenml_pin.unload(commit)
os.write(1, outcome.encode())
os._exit(0)
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, dict[str, str], str, str]:
    """A repository with a module for each body, and a sound module in two versions."""
    repo = init(tmp_path_factory.mktemp("misbehaving") / "repo")
    names = {name: f"bad{number}" for number, name in enumerate(BODIES)}
    bodies: Files = {f"{names[name]}.py": body + "\n" for name, (body, _) in BODIES.items()}
    first = commit(repo, {"pkg": {"__init__.py": "", "step.py": "class A:\n    epochs = 1\n", **bodies}})
    second = commit(repo, {"pkg": {"step.py": "class A:\n    epochs = 2\n"}}, base=first)
    return repo, names, first, second


def _try(world: tuple[Repo, dict[str, str], str, str], name: str) -> str:
    """Return the outcome of a body, or what was wrong afterwards."""
    repo, names, first, second = world
    command = [sys.executable, "-c", SCRIPT, repo.path, names[name], first, second, FINISHES.get(name, "")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    return done.stdout if done.returncode == 0 else done.stderr[-2000:]


@pytest.mark.slow
def test_the_next_load_is_right(
    world: tuple[Repo, dict[str, str], str, str], announce: Callable[[str], None]
) -> None:
    """Our finder is first again, the namespace works, versions load, pickle and unload; the disk does not change."""
    before = snapshot(world[0].path)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        came = dict(zip(BODIES, pool.map(lambda name: _try(world, name), BODIES), strict=True))

    assert came == {name: outcome for name, (_, outcome) in BODIES.items()}
    assert snapshot(world[0].path) == before
    announce(f"misbehaving modules: {len(came)}, each with its outcome, and the next loads right")


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("name", ["installs a greedy finder", "forgets our package", "closes what is open"])
def test_the_next_load_is_right_after_some(world: tuple[Repo, dict[str, str], str, str], name: str) -> None:
    """A sample of the bodies above."""
    assert _try(world, name) == LOADED
