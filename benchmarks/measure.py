"""Measuring: in every round, each way takes its turn, so that the two times of a ratio are close together.

    cold     a process from start to exit: python, the imports, the check, the load
    warm     one process that loads the same pin again, and runs its module again
    audit    one process that loads many pins, one after the other
    import   a process that only imports

Each loaded class must have the version of its commit. A way that takes long is measured in fewer rounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import time
import venv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.repositories import MODULES, Built, Commit

HERE = Path(__file__).parent
PEERS = HERE / "peers"
FLOOR = "plain_files"
OURS, CACHED, AGAIN = "zenml_pin", "zenml_pin, ZENML_PIN_CACHE", "zenml_pin, load"
# These change the repository, so they get a copy.
WRITERS = ("with_gitpython", "git_worktree")

# The child measures it: in the parent, the peak of a child includes the memory before its exec.
_PEAK = "next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))"
_OURS = f"import sys, zenml_pin; print(zenml_pin.load(sys.argv[2], repo=sys.argv[1]).version, {_PEAK})"
_FLOOR = f"from {{module}} import {{cls}}; print({{cls}}.version, {_PEAK})"
_PEER = (
    "import sys; sys.path.insert(0, {folder!r}); import {peer}; "
    f"print({{peer}}.Loader(sys.argv[1]).load(*sys.argv[2:]).version, {_PEAK})"
)


@dataclass
class Series:
    """The times of one way in one case, in seconds by round.

    Attributes:
        loads: How many loads each time is for.
        peak: The largest peak of memory of its processes, in MiB.
    """

    way: str
    loads: int = 1
    seconds: list[float] = field(default_factory=list)
    peak: float = 0


@dataclass
class Case:
    """One comparison: a section, a repository, a module, and the series of every way."""

    section: str
    shape: str
    module: str
    series: dict[str, Series] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The case in words."""
        return f"{self.shape}, {self.module}"


class Bench:
    """Runs cases.

    Args:
        folder: Where to put the files that the child processes need.
        rounds: How many rounds a case has.
        patience: Seconds after which a way takes no further round in a case.
    """

    def __init__(self, folder: Path, rounds: int, patience: float) -> None:
        self._folder = folder
        self._rounds = rounds
        self._patience = patience
        self._home = folder / "home"
        self._home.mkdir(parents=True, exist_ok=True)
        # An empty environment: else the imports of .pth files at the start would count for every way.
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        self._python = str(folder / "venv" / "bin" / "python")

    def cold(self, built: Built, module: str, ways: Iterable[str]) -> Case:
        """Measure whole processes."""
        case = Case("cold", built.shape.name, module)
        expected = built.pin.versions[module]
        actions = {way: self._cold_action(built, module, way, expected) for way in ways}
        self._run(case, actions, 1)
        return case

    def warm(self, built: Built, module: str, ways: Iterable[str], loads: int) -> Case:
        """Measure repeated loads of one pin."""
        case = Case("warm", built.shape.name, module)
        workers = {way: self._worker(way, self._root(built, way)) for way in ways}
        self._in_workers(case, workers, dict.fromkeys(workers, [built.pin] * loads))
        return case

    def growth(self, repositories: list[Built], loads: int) -> Case:
        """Measure our repeated loads of one pin in repositories of every shape, by the shape's name."""
        case = Case("growth", "", "2 files")
        workers = {built.shape.name: self._worker(OURS, built.root) for built in repositories}
        pins = {built.shape.name: [built.pin] * loads for built in repositories}
        self._in_workers(case, workers, pins)
        return case

    def audit(self, built: Built, pins: dict[str, int]) -> Case:
        """Measure loads of many pins, spread over the history; the slower ways get fewer.

        Each round is a new process.
        """
        case = Case("audit", built.shape.name, "2 files")
        actions = {}
        for way, count in pins.items():
            step = max(1, len(built.commits) // count)
            chosen = built.commits[::step][:count]
            actions[way] = self._audit_action(built, way, chosen)
            case.series[way] = Series(way, len(chosen))
        self._run(case, actions, 0)
        return case

    def imports(self, statements: dict[str, str]) -> Case:
        """Measure processes that run a statement."""
        case = Case("import", "", "")
        self._run(case, {name: self._process(["-c", text], {}) for name, text in statements.items()}, 1)
        return case

    def _run(self, case: Case, actions: dict[str, Callable[[], tuple[float, float]]], warm_up: int) -> None:
        spent = dict.fromkeys(actions, 0.0)
        for number in range(-warm_up, self._rounds):
            for way, action in actions.items():
                if number > 0 and spent[way] > self._patience:
                    continue
                seconds, peak = action()
                if number >= 0:
                    series = case.series.setdefault(way, Series(way))
                    series.seconds.append(seconds)
                    series.peak = max(series.peak, peak)
                    spent[way] += seconds

    def _cold_action(
        self, built: Built, name: str, way: str, expected: int
    ) -> Callable[[], tuple[float, float]]:
        module = MODULES[name]
        arguments = [built.pin.id, module.unit, module.name, module.cls]
        if way == FLOOR:
            text = _FLOOR.format(module=module.name, cls=module.cls)
            return self._process(["-c", text], {}, cwd=built.floor, expected=expected)
        if way in (OURS, CACHED):
            variables = {"ZENML_PIN_CACHE": str(self._folder / "pin-cache")} if way == CACHED else {}
            source = f"{module.dotted}@{built.pin.id}"
            return self._process(["-c", _OURS, built.root, source], variables, expected=expected)
        text = _PEER.format(folder=str(PEERS), peer=way)
        return self._process(["-c", text, self._root(built, way), *arguments], {}, expected=expected)

    def _audit_action(self, built: Built, way: str, pins: list[Commit]) -> Callable[[], tuple[float, float]]:
        def action() -> tuple[float, float]:
            with self._worker(way, self._root(built, way)) as worker:
                return worker.load("2 files", pins)

        return action

    def _in_workers(self, case: Case, workers: dict[str, Worker], pins: dict[str, list[Commit]]) -> None:
        try:
            for way, chosen in pins.items():
                case.series[way] = Series(way, len(chosen))
            self._run(
                case, {way: self._worker_action(workers[way], case.module, pins[way]) for way in pins}, 1
            )
        finally:
            for worker in workers.values():
                worker.close()

    def _worker(self, way: str, root: str) -> Worker:
        return Worker(self._python, way, root, self._environment({}))

    def _worker_action(
        self, worker: Worker, module: str, pins: list[Commit]
    ) -> Callable[[], tuple[float, float]]:
        return lambda: worker.load(module, pins)

    def _process(
        self,
        arguments: list[str],
        variables: dict[str, str],
        cwd: str | None = None,
        expected: int | None = None,
    ) -> Callable[[], tuple[float, float]]:
        """Return an action that runs Python once and returns its seconds and its peak in MiB."""
        environment = self._environment(variables)

        def action() -> tuple[float, float]:
            start = time.perf_counter()
            with subprocess.Popen(
                [self._python, *arguments],
                cwd=cwd or self._home,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            ) as process:
                output, _ = process.communicate()
                seconds = time.perf_counter() - start
            if expected is None:
                return seconds, 0
            version, peak = output.split() if not process.returncode else ("nothing", 0)
            if version != str(expected):
                raise RuntimeError(f"{arguments} gave version {version}, not {expected}")
            return seconds, int(peak) / 1024

        return action

    def _root(self, built: Built, way: str) -> str:
        if way == FLOOR:
            return built.floor
        return built.copy() if way in WRITERS else built.root

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        """Return an environment in which git does not read the user's settings, and Python may write bytecode."""
        dropped = ("PYTHON", "GIT_", "ZENML_PIN", "XDG_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        paths = [str(HERE.parent), sysconfig.get_path("purelib")]
        return {**inherited, "HOME": str(self._home), "PYTHONPATH": os.pathsep.join(paths), **variables}


class Worker:
    """A process that loads pins in one way."""

    def __init__(self, python: str, way: str, root: str, environment: dict[str, str]) -> None:
        peer = {OURS: "with_zenml_pin", AGAIN: "with_zenml_pin_again"}.get(way, way)
        self._process = subprocess.Popen(
            # -P: else this folder's `bisect` would stand before the standard library's.
            [python, "-P", str(HERE / "worker.py"), peer, root],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def load(self, module: str, pins: list[Commit]) -> tuple[float, float]:
        """Load pins one after the other; return the seconds of one, and the process's peak in MiB."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        target = MODULES[module]
        task = [[pin.id for pin in pins], target.unit, target.name, target.cls]
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        seconds, versions, peak = json.loads(self._process.stdout.readline())
        if versions != [pin.versions[module] for pin in pins]:
            raise RuntimeError("a class does not have the version of its pin")
        return seconds / len(pins), peak

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
