"""Import times from a pin, as ratios to a plain import of the same source without its .pyc, measured in one run.

    python -m benchmarks.importing [ROUNDS]

The bars: at most 1.2 for a module that imports nothing first-party, 3.5 for one that must be rewritten, and 0.2 for a
second commit with the same blob. Exits with 1 if a bar is missed. The bars count for a text of 1,000 lines. The ratios
for modules of the standard library are printed too; in a short module, the fixed costs of a pin weigh more.
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
    start = time.process_time()  # other processes do not count
    action()
    return time.process_time() - start


def plain_import(folder: Path, text: str, name: str) -> float:
    """Return the seconds of a plain import that neither reads nor writes a .pyc."""
    (folder / f"{name}.py").write_text(text)
    importlib.invalidate_caches()
    return timed(lambda: importlib.import_module(name))


def pinned_import(repo: Repo, commit_id: str, name: str) -> float:
    """Return the seconds of an import from a pin whose root is already imported."""
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

    def __init__(self, parent: Path) -> None:
        self.folder = parent / "plain"
        self.folder.mkdir()
        self.repo = init(parent / "repo")
        zenml_pin.attach(self.repo.path)
        sys.path.insert(0, str(self.folder))
        sys.dont_write_bytecode = True
        (self.folder / "helper_of_bench.py").write_text("VALUE = 1\n")
        importlib.import_module("helper_of_bench")
        self._rounds = 0

    def measure(self, text: str, rounds: int) -> dict[str, list[float]]:
        """Return the ratios of each round."""
        measured = [self._round(text) for _ in range(rounds)]
        return {bar: [ratios[bar] for ratios in measured] for bar in BARS}

    def _round(self, text: str) -> dict[str, float]:
        """Return the ratios for texts that no other round has, so that no cache has them."""
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


def show(title: str, text: str, ratios: dict[str, list[float]]) -> bool:
    """Print the medians of a text; return whether a bar is missed."""
    print(f"{title}, {len(text.splitlines())} lines")
    medians = {bar: statistics.median(values) for bar, values in ratios.items()}
    for bar, values in ratios.items():
        print(f"  {bar:20} {medians[bar]:5.2f} ({min(values):.2f} to {max(values):.2f}), bar {BARS[bar]}")
    return any(median > BARS[bar] for bar, median in medians.items())


def main(rounds: int = 25) -> int:
    """Print the ratios; return the exit code."""
    print(f"{rounds} rounds, Python {sys.version.split()[0]}; median, best and worst")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        missed = show("made up", MADE_UP, bench.measure(MADE_UP, rounds))
        for name in STANDARD:
            show(name, source_of(name), bench.measure(source_of(name), max(9, rounds // 2)))
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
