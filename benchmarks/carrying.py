"""Loading from a bundle, as ratios to the same load from a local repository, measured in one run; and sizes.

    python -m benchmarks.carrying [ROUNDS]

Both open their file or folder first, and load a class whose module imports another module. The bar is at most 1.5.
Exits with 1 if it is missed. Sizes are tested in tests/bundles; here they are printed with the times.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import zenml_pin
from tests.support.forget_caches import forget
from tests.support.repositories import Files, Repo, commit, init, pack
from zenml_pin.bundles.bundle import Bundle

BAR = 1.5
BODY = "".join(
    f"def function_{n}(a, b={n}):\n    return [a + b * {n} for a in range(b)]\n\n\n" for n in range(40)
)
STEP = "from lib.values import VALUE\n\n\nclass A:\n    value = VALUE\n\n\n"


def files(number: int) -> Files:
    """Return a repository's files, with modules that no other round has."""
    others = {f"module_{n}.py": f"x = {n}\n" for n in range(200)}
    return {
        "trainers": {
            "__init__.py": "",
            "mine": {"__init__.py": "", "step.py": f"{STEP}{BODY}N = {number}\n"},
        },
        "lib": {"__init__.py": "", "values.py": f"VALUE = {number}\n"},
        "other": others,
    }


def timed(action: Callable[[], object]) -> float:
    """Forget all repositories, pins and compiled code; then return the processor seconds of an action."""
    forget()
    start = time.process_time()
    action()
    return time.process_time() - start


def loading(source: str, repo: str) -> float:
    """Return the seconds of a load, with the time to open its repository or bundle."""
    seconds = timed(lambda: zenml_pin.load(source, repo=repo, allow_dirty=True))
    zenml_pin.unload(source.partition("@")[2])
    return seconds


def one_module(folder: Path, repo: Repo, rounds: int) -> bool:
    """Print the ratio for bundles of one module; return whether the bar is missed."""
    ratios, sizes = [], []
    for number in range(rounds):
        source = f"trainers.mine.step.A@{commit(repo, files(number), checkout=False)}"
        bundle = str(folder / f"{number}.bundle")
        sizes.append(len(Bundle.create(source, bundle, repo=repo.path).data))
        loading(source, repo.path)
        ratios.append(loading(source, bundle) / loading(source, repo.path))
    median = statistics.median(ratios)
    print(
        f"one module, {statistics.median(sizes)} bytes    {median:5.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}), bar {BAR}"
    )
    return median > BAR


def many_commits(folder: Path, repo: Repo, count: int) -> bool:
    """Print the cost of a bundle of many commits of one module; return whether the bar is missed."""
    commits = [commit(repo, files(0))]
    commits += [commit(repo, files(number), checkout=False) for number in range(1, count)]
    pack(repo)
    sources = [f"trainers.mine.step.A@{name}" for name in commits]
    bundle = str(folder / "many.bundle")
    making = timed(lambda: Bundle.create(sources, bundle, repo=repo.path))
    opening = timed(lambda: Bundle.open(bundle))

    def load_all(repo_or_bundle: str) -> float:
        seconds = timed(
            lambda: [zenml_pin.load(source, repo=repo_or_bundle, allow_dirty=True) for source in sources]
        )
        for name in commits:
            zenml_pin.unload(name)
        return seconds

    local = load_all(repo.path)
    ratio = load_all(bundle) / local
    print(f"{count} commits, {os.path.getsize(bundle)} bytes   {ratio:5.2f}, bar {BAR}")
    print(f"  making it {making / local:.2f}, opening it {opening / local:.2f} of the {count} loads")
    return ratio > BAR


def main(rounds: int = 25) -> int:
    """Print the ratios; return the exit code."""
    print(f"{rounds} rounds, Python {sys.version.split()[0]}; median, best and worst")
    with tempfile.TemporaryDirectory() as folder:
        missed = one_module(Path(folder), init(Path(folder) / "one"), rounds)
        missed |= many_commits(Path(folder), init(Path(folder) / "many"), 300)
        forget()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
