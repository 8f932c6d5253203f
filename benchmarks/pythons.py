"""`python -m benchmarks.pythons [PYTHON...]`: what a pinned load costs a whole process, on each Python.

    python -m benchmarks.pythons python3.14 python3.15 --rounds 60

A process that loads a class of two files from its pin, with and without ZENML_PIN_CACHE, against one that imports the
working tree's with warm bytecode. Both begin with the same interpreter and environment, which must have zenml_pin.
Times are the processor's, user and system, because other processes share the machine; the ways take turns in every
round.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.ratios import spread
from tests.support.repositories import Repo, commit, init

FILES = {
    "trainers": {
        "__init__.py": "",
        "step.py": "from trainers.helper import scale\n\n\nclass Trainer:\n    version = 1\n"
        + "".join(f"\n    def method_{n}(self, x):\n        return scale(x) + {n}\n" for n in range(40)),
        "helper.py": "def scale(x):\n    return 2 * x\n",
    }
}
PLAIN = "from trainers.step import Trainer; print(Trainer.version)"
PINNED = "import sys, zenml_pin; print(zenml_pin.load(sys.argv[1], repo='.').version)"
# (way, the greatest ratio) by Python
BARS = {"3.14": (2.4, 1.6), "3.15": (2.6, 1.6)}


def cpu_seconds(command: list[str], folder: str, variables: dict[str, str]) -> float:
    """Run a process that prints "1"; return the processor's time that it took."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = process.stdout, process.stderr
    assert output is not None
    assert errors is not None
    text = output.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert text == b"1\n", errors.read().decode()
    output.close()
    errors.close()
    return usage.ru_utime + usage.ru_stime


def measure(python: str, repo: Repo, commit_id: str, cache: Path, rounds: int) -> tuple[list[float], ...]:
    """Return the ratios of a load, and of a load with the cache, to a plain import, by round."""
    source = f"trainers.step.Trainer@{commit_id}"
    ways = (
        ([python, "-c", PLAIN], {}),
        ([python, "-c", PINNED, source], {}),
        ([python, "-c", PINNED, source], {"ZENML_PIN_CACHE": str(cache)}),
    )
    loads: list[float] = []
    cached: list[float] = []
    for number in range(-2, rounds):
        plain, load, with_cache = (cpu_seconds(command, repo.path, variables) for command, variables in ways)
        # The first rounds fill the caches.
        if number >= 0:
            loads.append(load / plain)
            cached.append(with_cache / plain)
    return loads, cached


def main(arguments: list[str] | None = None) -> int:
    """Print the ratios of each Python; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pythons")
    parser.add_argument("python", nargs="*", default=[sys.executable])
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args(arguments)
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        repo = init(Path(folder) / "repo")
        commit_id = commit(repo, FILES)
        for python in options.python:
            code = "import sys; print('%d.%d' % sys.version_info[:2], sys.version.split()[0])"
            version, full = subprocess.check_output([python, "-c", code], text=True).split()
            ratios = measure(python, repo, commit_id, Path(folder) / f"cache-{version}", options.rounds)
            for way, values, bar in zip(
                ("load", "load, cache"), ratios, BARS.get(version, (0, 0)), strict=True
            ):
                found = spread(values)
                word = "" if not bar else f"at most {bar}: {'ok' if found.median <= bar else 'MISSED'}"
                missed = missed or word.endswith("MISSED")
                print(f"{full:8} {way:12} / plain import  {found}  {options.rounds} rounds  {word}".rstrip())
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
