"""Import times from a pin, as ratios to a plain import of the same source without its .pyc, measured in one run.

    python benchmarks/importing.py [ROUNDS]

The bars: a module that imports nothing first-party at most 1.2, one that must be rewritten at most 3.5, and a second
commit with the same blob at most 0.2. Exits with 1 when one is missed.
"""

from __future__ import annotations

import importlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import zenml_pin
from tests.repos import Repo, commit, init

BODY = "".join(
    f"def function_{n}(a, b={n}, *rest, **options):\n"
    f"    '''Return something about {n}.'''\n"
    f"    total = [a + b * {n} for a in range(b) if a % 2 == 0]\n"
    "    for key, value in options.items():\n"
    f"        total.append((key, value, {n}, 'a text'))\n"
    "    return {'total': total, 'rest': rest}\n\n"
    for n in range(150)
)
PLAIN = "import os, json\n" + BODY
REWRITTEN = "import os, json\nimport helper_of_bench\nfrom helper_of_bench import VALUE\n" + BODY
BARS = {"nothing first-party": 1.2, "rewritten": 3.5, "second commit": 0.2}


def timed(action: Callable[[], object]) -> float:
    """Return the processor seconds that an action takes."""
    start = time.process_time()  # others on the machine do not count
    action()
    return time.process_time() - start


def plain_import(folder: Path, text: str, name: str) -> float:
    """Return the seconds of a plain import, with no .pyc there and none written."""
    (folder / f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    return timed(lambda: importlib.import_module(name))


def pinned_import(repo: Repo, commit_id: str, name: str) -> float:
    """Return the seconds of an import from a pin whose root is already there."""
    importlib.import_module(f"zenml_pin.at.g{commit_id}.helper_of_bench")
    return timed(lambda: importlib.import_module(f"zenml_pin.at.g{commit_id}.{name}"))


def measure(rounds: int) -> dict[str, list[float]]:
    """Return the ratios of each round, which has texts of its own so that no cache knows them."""
    ratios: dict[str, list[float]] = {bar: [] for bar in BARS}
    folder = Path(tempfile.mkdtemp())
    repo = init(tempfile.mkdtemp())
    zenml_pin.attach(repo.path)
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    (folder / "helper_of_bench.py").write_text("VALUE = 1\n")
    importlib.import_module("helper_of_bench")
    for n in range(rounds):
        texts = {"simple": f"{PLAIN}N = {n}\n", "complex": f"{REWRITTEN}N = {n}\n"}
        files = {f"{name}_{n}.py": text for name, text in texts.items()} | {
            "helper_of_bench.py": "VALUE = 1\n"
        }
        first, second = (
            commit(repo, files, checkout=False),
            commit(repo, {**files, "x": str(n)}, checkout=False),
        )
        plain = {name: plain_import(folder, text, f"{name}_{n}") for name, text in texts.items()}
        ratios["nothing first-party"].append(pinned_import(repo, first, f"simple_{n}") / plain["simple"])
        ratios["rewritten"].append(pinned_import(repo, first, f"complex_{n}") / plain["complex"])
        ratios["second commit"].append(pinned_import(repo, second, f"complex_{n}") / plain["complex"])
    return ratios


def main(rounds: int = 25) -> int:
    """Print the medians; return the exit code."""
    missed = 0
    print(
        f"{len(PLAIN.splitlines())} lines, {rounds} rounds, Python {sys.version.split()[0]}; median, best and worst"
    )
    for bar, found in measure(rounds).items():
        middle = statistics.median(found)
        missed |= middle > BARS[bar]
        print(f"{bar:20} {middle:5.2f} ({min(found):.2f} to {max(found):.2f}), bar {BARS[bar]}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
