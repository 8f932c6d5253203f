"""Import times from a pin, as ratios to a plain import of the same source without its .pyc, measured in one run.

    python -m benchmarks.importing [ROUNDS]

The bars: a module that imports nothing first-party at most 1.2, one that must be rewritten at most 3.5, and a second
commit with the same blob at most 0.2. Exits with 1 when one is missed. They hold for a text of 1,000 lines; the same
for sources of the standard library is printed beside it, where what a pin costs once weighs more in a short one.
"""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import zenml_pin
from tests.support.repositories import Repo, commit, init
from zenml_pin.source import pinned_root

BODY = "".join(
    f"def function_{n}(a, b={n}, *rest, **options):\n"
    f"    '''Return something about {n}.'''\n"
    f"    total = [a + b * {n} for a in range(b) if a % 2 == 0]\n"
    "    for key, value in options.items():\n"
    f"        total.append((key, value, {n}, 'a text'))\n"
    "    return {'total': total, 'rest': rest}\n\n"
    for n in range(150)
)
MADE_UP = "import os, json\n" + BODY
STANDARD = ("textwrap", "shlex", "argparse", "http.client")
FIRST_PARTY = "import helper_of_bench\nfrom helper_of_bench import VALUE\n"
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
    importlib.import_module(f"{pinned_root(commit_id)}.helper_of_bench")
    return timed(lambda: importlib.import_module(f"{pinned_root(commit_id)}.{name}"))


def source_of(name: str) -> str:
    """Return the text of a module of the standard library."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text()


class Bench:
    """A folder and a repository with the same modules."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "plain"
        self.folder.mkdir()
        self.repo = init(place / "repo")
        zenml_pin.attach(self.repo.path)
        sys.path.insert(0, str(self.folder))
        sys.dont_write_bytecode = True
        (self.folder / "helper_of_bench.py").write_text("VALUE = 1\n")
        importlib.import_module("helper_of_bench")
        self._rounds = 0

    def measure(self, text: str, rounds: int) -> dict[str, list[float]]:
        """Return the ratios of each round."""
        found = [self._round(text) for _ in range(rounds)]
        return {bar: [ratios[bar] for ratios in found] for bar in BARS}

    def _round(self, text: str) -> dict[str, float]:
        """Return the ratios for texts of their own, so that no cache knows them."""
        n = self._rounds = self._rounds + 1
        texts = {f"simple_{n}": f"{text}\nN = {n}\n", f"complex_{n}": f"{text}\n{FIRST_PARTY}N = {n}\n"}
        files = {f"{name}.py": text for name, text in texts.items()} | {"helper_of_bench.py": "VALUE = 1\n"}
        first = commit(self.repo, files, checkout=False)
        second = commit(self.repo, {**files, "x": str(n)}, checkout=False)
        simple, complicated = (plain_import(self.folder, text, name) for name, text in texts.items())
        return {
            "nothing first-party": pinned_import(self.repo, first, f"simple_{n}") / simple,
            "rewritten": pinned_import(self.repo, first, f"complex_{n}") / complicated,
            "second commit": pinned_import(self.repo, second, f"complex_{n}") / complicated,
        }


def say(title: str, text: str, ratios: dict[str, list[float]]) -> bool:
    """Print the medians of a text; return whether a bar is missed."""
    print(f"{title}, {len(text.splitlines())} lines")
    medians = {bar: statistics.median(found) for bar, found in ratios.items()}
    for bar, found in ratios.items():
        print(f"  {bar:20} {medians[bar]:5.2f} ({min(found):.2f} to {max(found):.2f}), bar {BARS[bar]}")
    return any(median > BARS[bar] for bar, median in medians.items())


def main(rounds: int = 25) -> int:
    """Print the ratios; return the exit code."""
    print(f"{rounds} rounds, Python {sys.version.split()[0]}; median, best and worst")
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(Path(place))
        missed = say("made up", MADE_UP, bench.measure(MADE_UP, rounds))
        for name in STANDARD:
            say(name, source_of(name), bench.measure(source_of(name), max(9, rounds // 2)))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
