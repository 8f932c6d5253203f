"""What the walls cost: trials of real libraries, in turns.

    python -m benchmarks.sandbox [--rounds N] [--before FOLDER] [--python PYTHON] [MODULE ...]

    before    the trial of another checkout of this project, where one is named
    off       a trial without walls
    auto      a trial with the walls of this machine

Prints the shortest time of each, on the clock and of the processor, and the ratio of "auto" to "before" where it is
named, else to "off". Exits with 1 when a library ends otherwise behind walls, or when the median ratio over all
libraries, of the processor, misses the bar: 1.15 (the clock of a busy machine says little). Libraries that are not
installed for PYTHON are left out, and named.
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
import json, os, sys, time
from zenml_pin.audit.facts.trial import TrialLimits, try_load
options = json.loads(sys.argv[1])
for line in sys.stdin:
    source, root = json.loads(line)
    start, before = time.perf_counter(), os.times()
    report = try_load(source, root, TrialLimits(seconds=300), **options)
    took, after = time.perf_counter() - start, os.times()
    print(json.dumps([took, sum(after[:4]) - sum(before[:4]), report.outcome, report.message]), flush=True)
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
        """Make one; return its seconds, those of the processor, its outcome and its message."""
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None
        assert answers is not None
        given.write(json.dumps([source, root]) + "\n")
        given.flush()
        seconds, processor, outcome, message = json.loads(answers.readline())
        return seconds, processor, outcome, message

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measure(
    workers: dict[str, Worker], source: str, root: str, rounds: int
) -> tuple[dict[str, tuple[float, float]], set[str]]:
    """Return the shortest times of each way, after a first round that does not count, and all outcomes."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in workers}
    outcomes = set()
    for number in range(rounds + 1):
        for name, worker in workers.items():
            seconds, processor, outcome, message = worker.trial(source, root)
            outcomes.add(outcome if outcome == "loaded" else f"{name}: {outcome}: {message}")
            if number:
                times[name].append((seconds, processor))
    return {name: tuple(map(min, zip(*took, strict=True))) for name, took in times.items()}, outcomes  # type: ignore[misc]


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
    ratios, are_same = [], True
    with tempfile.TemporaryDirectory() as place:
        repo = init(Path(place) / "repo")
        for module in arguments.modules:
            found = subprocess.run(
                [arguments.python, "-c", f"import {module}"], capture_output=True, check=False
            )
            if found.returncode:
                print(f"{module:20} is not installed")
                continue
            code = _USE.get(module, f"import {module}")
            head = commit(repo, {"trainers": {"step.py": f"{code}\nclass Mine: pass\n"}})
            shortest, outcomes = measure(workers, f"trainers.step.Mine@{head}", repo.path, arguments.rounds)
            ratio = [mine / theirs for mine, theirs in zip(shortest["auto"], shortest[base], strict=True)]
            ratios.append(ratio[1])
            are_same &= outcomes == {"loaded"}
            times = "  ".join(f"{name} {took[0] * 1000:5.0f} ms" for name, took in shortest.items())
            said = f"auto/{base} {ratio[0]:.2f}, of the processor {ratio[1]:.2f}"
            print(f"{module:18} {times}  {said}  {'; '.join(sorted(outcomes))}", flush=True)
    for worker in workers.values():
        worker.close()
    middle = statistics.median(ratios)
    print(f"median of {len(ratios)} libraries: {middle:.2f}, bar {BAR}; {arguments.rounds} rounds each")
    return 0 if are_same and middle <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
