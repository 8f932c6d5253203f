"""Files beside the code: dask, whose code opens `dask.yaml` beside itself, from a pin and as plain files.

    python -m benchmarks.beside [ROUNDS]

    plain     a process that imports dask from a folder, its .pyc written before
    cold      the same from a pin, without a cache; the files beside the code are laid in memory
    again     the same with ZENML_PIN_CACHE filled
    lay       the files are read, verified and laid, in a process that runs; its part "write" lays bytes that were read
    cp        `cp -r` of the same files to the same file system

The ways take turns in every round; a ratio is the median over the rounds. The bars: cold at most 3.0 and again at most
1.5 times plain, lay at most 1.5 times cp. Exits with 1 if a bar is missed. Needs dask and git.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import zenml_pin
from zenml_pin.at import registry
from zenml_pin.base import memory_folder
from zenml_pin.git.any_repository import OPENED
from zenml_pin.importing.laid_files import LaidFiles

BARS = {("cold", "plain"): 3.0, ("again", "plain"): 1.5, ("lay", "cp"): 1.5}


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run(code: str, **environment: str) -> None:
    """Run code in a new Python process."""
    root = str(Path(__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root, **environment}, check=True
    )


class Bench:
    """A repository with a copy of the installed dask, in one pack, as `git clone` makes it."""

    def __init__(self, parent: Path) -> None:
        spec = importlib.util.find_spec("dask")
        assert spec is not None
        assert spec.origin is not None
        self.parent = parent
        self.repository = parent / "repository"
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(spec.origin).parent, self.repository / "dask", ignore=ignore)
        git = ["git", "-c", "user.name=b", "-c", "user.email=b@example.org", "-C", str(self.repository)]
        for command in ("init -q", "add -A -f", "commit -qm dask", "repack -adq"):
            subprocess.run([*git, *command.split()], check=True)
        head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        self.head = head.stdout.strip()
        self.files = parent / "files"
        shutil.copytree(self.repository / "dask", self.files / "dask")
        (parent / "cache").mkdir(mode=0o700)
        self._plain = f"import sys; sys.path.insert(0, {str(self.files)!r}); import dask"
        place = str(self.repository)
        self._pinned = f"import zenml_pin; zenml_pin.import_module('dask', {self.head!r}, repo={place!r})"

    def plain(self) -> float:
        """Return the seconds of a plain import."""
        return timed(lambda: run(self._plain))

    def cold(self) -> float:
        """Return the seconds of an import from a pin."""
        return timed(lambda: run(self._pinned))

    def again(self) -> float:
        """Return the seconds of an import from a pin, with the cache on disk."""
        return timed(lambda: run(self._pinned, ZENML_PIN_CACHE=str(self.parent / "cache")))

    def lay(self) -> float:
        """Return the seconds of laying the files of the package."""
        OPENED.close()
        tree = registry.find_tree(self.head, registry.open(str(self.repository)))
        return timed(lambda: LaidFiles(tree, self.head, ("",)).add("dask/config.py", ()))

    def read(self) -> float:
        """Return the seconds of reading and verifying the same files: the part of `lay` before anything is written."""
        OPENED.close()
        tree = registry.find_tree(self.head, registry.open(str(self.repository)))
        return timed(
            lambda: [tree.objects.get(entry.id, "blob", 2**26) for entry in tree.iter_entries("dask")]
        )

    def cp(self) -> float:
        """Return the seconds of `cp -r`."""
        parent = memory_folder.find_parent()
        assert parent is not None
        target = tempfile.mkdtemp(dir=parent)
        try:
            command = ["cp", "-r", str(self.repository / "dask"), target]
            return timed(lambda: subprocess.run(command, check=True))
        finally:
            shutil.rmtree(target)


def main(rounds: int = 7) -> int:
    """Measure, print the ratios with their parts, and return 1 if a bar is missed."""
    names = ("plain", "cold", "again", "lay", "read", "cp")
    with tempfile.TemporaryDirectory() as parent:
        bench = Bench(Path(parent))
        count = sum(1 for path in (bench.repository / "dask").rglob("*") if path.is_file())
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for number in range(rounds + 1):
            for name in names:
                # The first round writes the .pyc and fills the cache.
                value = getattr(bench, name)()
                if number:
                    seconds[name].append(value)
    print(f"dask, {count} files, {rounds} rounds, zenml_pin {zenml_pin.__version__}; medians in ms:")
    print(
        "  " + ", ".join(f"{name} {statistics.median(values) * 1000:.0f}" for name, values in seconds.items())
    )
    missed = 0
    for (way, base), bar in BARS.items():
        ratio = statistics.median(a / b for a, b in zip(seconds[way], seconds[base], strict=True))
        missed += ratio > bar
        print(f"  {way} / {base}  {ratio:.2f}  (bar {bar}{', missed' if ratio > bar else ''})")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
