"""Loading from a bundle, as ratios to the same load from a local repository, measured in one run; and sizes.

    python -m benchmarks.carrying [ROUNDS]

Both open their file or folder first, and load a class whose module imports another. The bar: at most 1.5. Exits with 1
when it is missed. Sizes are tests, in tests/bundles; here they are printed beside the times that go with them.
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
    around = {f"module_{n}.py": f"x = {n}\n" for n in range(200)}
    return {
        "trainers": {
            "__init__.py": "",
            "mine": {"__init__.py": "", "step.py": f"{STEP}{BODY}N = {number}\n"},
        },
        "lib": {"__init__.py": "", "values.py": f"VALUE = {number}\n"},
        "other": around,
    }


def timed(action: Callable[[], object]) -> float:
    """Return the processor seconds of an action, in a state that knows no place, no pin and no compiled text."""
    forget()
    start = time.process_time()
    action()
    return time.process_time() - start


def loading(source: str, place: str) -> float:
    """Return the seconds of a load, its place opened for it."""
    seconds = timed(lambda: zenml_pin.load(source, repo=place, allow_dirty=True))
    zenml_pin.unload(source.partition("@")[2])
    return seconds


def one_module(place: Path, repo: Repo, rounds: int) -> bool:
    """Print the ratio for bundles of one module; return whether the bar is missed."""
    ratios, sizes = [], []
    for number in range(rounds):
        source = f"trainers.mine.step.A@{commit(repo, files(number), checkout=False)}"
        bundle = str(place / f"{number}.bundle")
        sizes.append(len(Bundle.create(source, bundle, repo=repo.path).data))
        loading(source, repo.path)
        ratios.append(loading(source, bundle) / loading(source, repo.path))
    median = statistics.median(ratios)
    print(
        f"one module, {statistics.median(sizes)} bytes    {median:5.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}), bar {BAR}"
    )
    return median > BAR


def many_commits(place: Path, repo: Repo, count: int) -> bool:
    """Print what a bundle of many commits of one module costs; return whether the bar is missed."""
    commits = [commit(repo, files(0))]
    commits += [commit(repo, files(number), checkout=False) for number in range(1, count)]
    pack(repo)
    sources = [f"trainers.mine.step.A@{name}" for name in commits]
    bundle = str(place / "many.bundle")
    making = timed(lambda: Bundle.create(sources, bundle, repo=repo.path))
    opening = timed(lambda: Bundle.open(bundle))

    def load_all(where: str) -> float:
        seconds = timed(lambda: [zenml_pin.load(source, repo=where, allow_dirty=True) for source in sources])
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
    with tempfile.TemporaryDirectory() as place:
        missed = one_module(Path(place), init(Path(place) / "one"), rounds)
        missed |= many_commits(Path(place), init(Path(place) / "many"), 300)
        forget()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
