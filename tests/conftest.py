"""What every test gets: its own environment, a restored interpreter state, and deterministic examples."""

from __future__ import annotations

import compileall
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import zenml_pin
from tests.support.pipeline_project import project as project
from tests.support.repositories import Repo, init

pytest_plugins = ["pytester", "tests.support.tiny_wheels"]

settings.register_profile(
    "deterministic",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", parent=settings.get_profile("deterministic"), max_examples=1000)
settings.load_profile("deterministic")

_NAMESPACE = "zenml_pin.at."
# A file system in memory, where tests write: on a disk, they wait for `fsync` a third of their time.
_MEMORY = "/dev/shm"
_LEAST_FREE_BYTES = 4 * 2**30
_MOST_SECONDS_OF_SLOW_TESTS = 600


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for no examples in the docstrings of tests: nobody reads them as a manual."""
    collectors = yield
    return [collector for collector in collectors if type(collector).__name__ != "DoctestModule"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Make the tests in less time."""
    with _bytecode_is_written(), _garbage_stays():
        return (yield)


@contextmanager
def _bytecode_is_written() -> Iterator[None]:
    """Keep the bytecode of the tests for the next run, also where Python is told to write none."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, False
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


@contextmanager
def _garbage_stays() -> Iterator[None]:
    """Keep the garbage collector from looking at ten thousand tests while they are made: they stay until the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Let temporary folders of quick tests be in memory, where there is room and no other place is set.

    The package is compiled once: each process that a test starts would do it again, if Python is told to write no
    bytecode.
    """
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(os.path.dirname(zenml_pin.__file__), quiet=2)
    # Sessions of the README, which are slow tests, meet other answers there: walls hide it, git's search ends at it.
    is_quick = "not slow" in config.option.markexpr
    if is_quick and os.path.isdir(_MEMORY) and shutil.disk_usage(_MEMORY).free > _LEAST_FREE_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _MEMORY)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what `quick(every=N)` leaves out, and give slow tests more time; skip what cannot run here.

    What cannot run are tests that need git or the extra for signatures.
    """
    missing = {}
    if shutil.which("git") is None:
        missing["git"] = "there is no git on PATH"
    if find_spec("sshsig") is None:
        missing["signatures"] = "sshsig is not installed: pip install -e '.[signatures]'"
    cases: Counter[str] = Counter()
    for item in items:
        quick = item.get_closest_marker("quick")
        if quick:
            test = item.nodeid.partition("[")[0]
            if cases[test] % quick.kwargs["every"]:
                item.add_marker("slow")
            cases[test] += 1
        if any(map(item.get_closest_marker, ("slow", "network"))):
            item.add_marker(pytest.mark.timeout(_MOST_SECONDS_OF_SLOW_TESTS))
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the lines that tests announced, from all test processes."""
    for report in terminalreporter.stats.get("passed", []):
        for name, line in report.user_properties:
            if name == "announced" and report.when == "call":
                terminalreporter.write_line(str(line))


@pytest.fixture
def announce(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Note a line, such as the counts of a comparison, for the end of the run."""
    return partial(record_property, "announced")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """An empty repository in its own folder."""
    return init(tmp_path / "repo")


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """A folder that is never in memory: walls hide /dev/shm, and git's search ends at the border of a file system."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with nothing in it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True, scope="session")
def _heeded_interrupts() -> Iterator[None]:
    """Let processes that tests start heed Ctrl-C: a shell's `&` lets them ignore it, and so do its children."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _hermetic_environment(empty_home: Path) -> Iterator[None]:
    """Hide the user's settings and everything that other tools left in the environment."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("GIT_", "XDG_", "ZENML_")) or name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            del os.environ[name]
    os.environ.update(HOME=str(empty_home), GIT_CONFIG_NOSYSTEM="1")
    folder = os.getcwd()
    yield
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder that contains those of all tests."""
    return str(tmp_path_factory.getbasetemp())


@pytest.fixture(autouse=True)
def _same_interpreter(temporary_folder: str) -> Iterator[None]:
    """Restore sys.path and the hooks, and forget modules that came from a test's own files or from a pin."""
    path, finders, hooks, modules = sys.path[:], sys.meta_path[:], sys.path_hooks[:], set(sys.modules)
    yield
    temporary = temporary_folder
    for name in sys.modules.keys() - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        folders = [str(folder) for folder in getattr(sys.modules[name], "__path__", ())]
        if name.startswith(_NAMESPACE) or any(part.startswith(temporary) for part in [file, *folders]):
            _forget(name)
    sys.path[:] = path
    # What zenml_pin installed stays: a second import of zenml_pin would not install it again.
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder in finders or _is_ours(finder)]
    sys.path_hooks[:] = [hook for hook in sys.path_hooks if hook in hooks or _is_ours(hook)]
    # Other folders did not change; to forget those too costs each next test a millisecond.
    for folder in [folder for folder in sys.path_importer_cache if folder.startswith(temporary)]:
        del sys.path_importer_cache[folder]


def _forget(name: str) -> None:
    sys.modules.pop(name, None)
    parent, _, last = name.rpartition(".")
    if parent in sys.modules:
        vars(sys.modules[parent]).pop(last, None)


def _is_ours(thing: object) -> bool:
    module = getattr(thing, "__module__", None) or type(thing).__module__
    return module.startswith("zenml_pin")
