"""What the walls cost: trials of real libraries, in turns.

    python -m benchmarks.sandbox [--rounds N] [--before FOLDER] [--python PYTHON] [MODULE ...]

    before    the trial of another checkout of this project, where one is named
    off       a trial without walls
    auto      a trial with the walls of this machine

The time is that of the processor, of the caller and of all processes of the trial (getrusage), because the clock of a
busy machine measures the others. Each round makes one trial in each way, one after the other, in an order that changes;
so what slows the machine down slows all of them. A ratio is the median over the rounds of "auto" to "before" in the
same round, or to "off" where no other checkout is named. The shortest time on the clock is printed too.

Exits with 1 when a library ends otherwise behind walls, or when the median ratio over all libraries misses the bar:
1.15. Libraries above the bar are named. Libraries that are not installed for PYTHON are left out, and named.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.repositories import commit, init

BAR = 1.15
LIBRARIES = (
    *(
        "numpy",
        "scipy.optimize",
        "pandas",
        "sklearn.ensemble",
        "matplotlib.pyplot",
        "joblib",
        "PIL.Image",
        "requests",
    ),
    *(
        "sqlalchemy",
        "lightgbm",
        "numba",
        "pydantic",
        "torch",
        "django.db.models",
        "distributed",
        "cryptography.x509",
    ),
)
_USE = {
    "numpy": "import numpy; a = numpy.random.rand(300, 300); (a @ a).sum()",
    "sklearn.ensemble": "import sklearn.ensemble as e; e.RandomForestClassifier(9, n_jobs=2).fit([[0], [1]], [0, 1])",
    "matplotlib.pyplot": "import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as p; p.figure()",
    "joblib": "import joblib; joblib.Parallel(2, prefer='threads')(joblib.delayed(abs)(n) for n in range(9))",
    "torch": "import torch; torch.rand(200, 200) @ torch.rand(200, 200)",
}
_WORKER = """
import json, sys, time
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
try:
    from zenml_pin.audit.facts.trial import TrialLimits, try_load
except ImportError:
    # An older checkout.
    from zenml_pin.audit.trial import TrialLimits, try_load

def processor():
    used = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)

options = json.loads(sys.argv[1])
for line in sys.stdin:
    source, root = json.loads(line)
    clock, before = time.perf_counter(), processor()
    report = try_load(source, root, TrialLimits(seconds=300), **options)
    print(json.dumps([time.perf_counter() - clock, processor() - before, report.outcome, report.message]), flush=True)
"""
HERE = Path(__file__).parent.parent


class Worker:
    """A process that makes trials in one way."""

    def __init__(self, python: str, folder: Path, options: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [python, "-c", _WORKER, json.dumps(options)],
            cwd=os.sep,
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def trial(self, source: str, root: str) -> tuple[float, float, str, str]:
        """Make one; return its seconds on the clock and of the processor, its outcome and its message."""
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None
        assert answers is not None
        given.write(json.dumps([source, root]) + "\n")
        given.flush()
        clock, processor, outcome, message = json.loads(answers.readline())
        return clock, processor, outcome, message

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class Times:
    """The times of one library, by way and round."""

    def __init__(self, workers: dict[str, Worker]) -> None:
        self._workers = workers
        self._clock: dict[str, list[float]] = {name: [] for name in workers}
        self._processor: dict[str, list[float]] = {name: [] for name in workers}
        self.outcomes: set[str] = set()

    def measure(self, source: str, root: str, rounds: int) -> None:
        """Make trials in turns, after a first round that does not count."""
        for number in range(rounds + 1):
            names = list(self._workers)
            start = number % len(names)
            for name in names[start:] + names[:start]:
                clock, processor, outcome, message = self._workers[name].trial(source, root)
                self.outcomes.add(outcome if outcome == "loaded" else f"{name}: {outcome}: {message}")
                if number:
                    self._clock[name].append(clock)
                    self._processor[name].append(processor)

    def ratio(self, base: str) -> float:
        """Return the median ratio of processor times in one round."""
        pairs = zip(self._processor["auto"], self._processor[base], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    def clock_ratio(self, base: str) -> float:
        """Return the ratio of the shortest times on the clock."""
        return min(self._clock["auto"]) / min(self._clock[base])

    @property
    def text(self) -> str:
        """The median processor time of each way."""
        return "  ".join(
            f"{name} {statistics.median(took) * 1000:5.0f} ms" for name, took in self._processor.items()
        )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("modules", nargs="*", default=LIBRARIES)
    arguments = parser.parse_args()
    workers = {"off": Worker(arguments.python, HERE, {"sandbox": "off"})}
    if arguments.before is not None:
        workers["before"] = Worker(arguments.python, arguments.before, {})
    workers["auto"] = Worker(arguments.python, HERE, {"sandbox": "auto"})
    base = "before" if arguments.before is not None else "off"
    ratios, are_same = {}, True
    with tempfile.TemporaryDirectory() as place:
        repo = init(Path(place) / "repo")
        for module in arguments.modules:
            code = _USE.get(module, f"import {module}")
            found = subprocess.run([arguments.python, "-c", code], capture_output=True, check=False)
            if found.returncode:
                print(f"{module:20} is not installed")
                continue
            head = commit(repo, {"trainers": {"step.py": f"{code}\nclass Mine: pass\n"}})
            times = Times(workers)
            times.measure(f"trainers.step.Mine@{head}", repo.path, arguments.rounds)
            ratios[module] = times.ratio(base)
            are_same &= times.outcomes == {"loaded"}
            ratio = f"auto/{base} {ratios[module]:.2f}, on the clock {times.clock_ratio(base):.2f}"
            print(f"{module:18} {times.text}  {ratio}  {'; '.join(sorted(times.outcomes))}", flush=True)
    for worker in workers.values():
        worker.close()
    middle = statistics.median(ratios.values())
    above = ", ".join(f"{module} {ratio:.2f}" for module, ratio in ratios.items() if ratio > BAR) or "none"
    print(f"median of {len(ratios)} libraries: {middle:.2f}, bar {BAR}; {arguments.rounds} rounds each")
    print(f"above the bar: {above}")
    return 0 if are_same and middle <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
