"""What a bisection costs: `zenml-pin bisect` and `git bisect run python -c ...`, in turns.

    python -m benchmarks.bisect [--quick] [--commits N] [--rounds N] [--library NAME ...]

    one in ten    one commit in ten touches the class, which has two files
    every         every commit touches it

Both search a linear history for the first commit at which a function says "bad"; the function, the Python and the
answer are the same. The time is that of the processor, of all processes (getrusage), because the clock of a busy
machine measures the others. Each round runs both, one after the other; a ratio is the median over the rounds. The class
imports a library, as classes of pipelines do: git's Python imports it at every commit, ours once. "none" shows the
smallest case: a class that imports nothing, where both mostly start Python.

Exits with 1 when a ratio for a library misses its bar: 0.15 for one in ten, 0.5 for every. `--quick` only shows that it
runs.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BARS = {"one in ten": 0.15, "every": 0.5}
_EVERY = {"one in ten": 10, "every": 1}
LIBRARIES = ("sklearn.linear_model", "pandas", "numpy", "none")
_START = 1_700_000_000


def main(words: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bisect")
    parser.add_argument("--quick", action="store_true", help="a small history, one round, no bars")
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--library", action="append", help="what the class imports; 'none' for nothing")
    options = parser.parse_args(words)
    commits, rounds = (100, 1) if options.quick else (options.commits, options.rounds)
    missed = []
    for library in options.library or (("none",) if options.quick else LIBRARIES):
        if library != "none" and not _is_installed(library):
            print(f"{library}: not installed, left out")
            continue
        for title, bar in BARS.items():
            with tempfile.TemporaryDirectory() as folder:
                ratio = _measure(Path(folder), commits, _EVERY[title], library, rounds)
            print(f"{library:<22} {title:<12} {ratio:.2f} of git's time (bar {bar})", flush=True)
            if library != "none" and not options.quick and ratio > bar:
                missed.append(f"{library}, {title}")
    if missed:
        print(f"above the bar: {'; '.join(missed)}")
    return 1 if missed else 0


def _is_installed(library: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {library}"], capture_output=True).returncode == 0


def _measure(folder: Path, commits: int, every: int, library: str, rounds: int) -> float:
    """Return the median ratio of our time to git's."""
    first, worst = _build(folder / "repo", commits, every, library)
    ratios = []
    # The first round fills the caches of bytecode.
    for number in range(rounds + 1):
        ours, answer = _time_ours(folder / "repo", first)
        git, other = _time_git(folder / "repo", first, worst)
        assert answer == other, f"{answer} is not {other}"
        if number or rounds == 1:
            ratios.append(ours / git)
    return statistics.median(ratios)


def _build(path: Path, commits: int, every: int, library: str) -> tuple[str, int]:
    """Make the history; return its first commit, and the largest number that is good."""
    subprocess.run(["git", "init", "-q", path], check=True)
    worst = commits * 617 // 1000
    lines = []
    for number in range(commits):
        lines += [
            "commit refs/heads/main",
            f"committer A <a@b.c> {_START + 60 * number} +0000",
            "data 1",
            "c",
        ]
        if number == 0:
            helper = "def scale(number):\n    return number * 2\n"
            lines += _file("trainers/__init__.py", "") + _file("trainers/helper.py", helper)
            for other in range(50):
                lines += _file(f"other/module_{other}.py", f"NUMBER = {other}\n")
        if number % every == 0:
            lines += _file("trainers/step.py", _step(number, library))
        else:
            lines += _file("notes.txt", f"{number}\n")
        lines.append("")
    text = "\n".join(lines).encode()
    subprocess.run(["git", "-C", path, "fast-import", "--quiet"], input=text, check=True)
    subprocess.run(["git", "-C", path, "checkout", "-q", "main"], check=True)
    (path / "checks.py").write_text(f"def is_good(cls): return cls().run() <= {2 * worst}\n")
    first = _git(path, "rev-list", "--max-parents=0", "HEAD").strip()
    return first, worst


def _step(number: int, library: str) -> str:
    top = "" if library == "none" else f"import {library}\n"
    return (
        f"{top}from trainers.helper import scale\n\n\nclass Step:\n    number = {number}\n\n"
        "    def run(self):\n        return scale(self.number)\n"
    )


def _file(path: str, text: str) -> list[str]:
    return [f"M 644 inline {path}", f"data {len(text)}", text]


def _time_ours(path: Path, first: str) -> tuple[float, str]:
    words = [sys.executable, "-m", "zenml_pin", "-q", "bisect", "trainers.step.Step"]
    options = ["--good", first, "--test", "checks:is_good", "--jobs", "1"]
    started = _spent()
    done = subprocess.run([*words, *options], cwd=path, capture_output=True, text=True, check=True)
    return _spent() - started, done.stdout.split()[0]


def _time_git(path: Path, first: str, worst: int) -> tuple[float, str]:
    # Without bytecode: a checkout within a second of the last one leaves bytecode that Python takes for new.
    test = (
        "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, '.'); "
        f"from trainers.step import Step; sys.exit(Step().run() > {2 * worst})"
    )
    started = _spent()
    _git(path, "bisect", "start", "HEAD", first)
    text = _git(path, "bisect", "run", sys.executable, "-c", test)
    seconds = _spent() - started
    _git(path, "bisect", "reset")
    line = next(
        line for line in text.splitlines() if line.replace("'", "").endswith("is the first bad commit")
    )
    return seconds, line.split()[0]


def _git(path: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=path, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def _spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.exit(main())
