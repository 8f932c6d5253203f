"""`python -m benchmarks`: build repositories, measure every way, print tables, write them as JSON and a picture.

    python -m benchmarks                     everything, in 15 minutes; keeps the repositories for the next run
    python -m benchmarks --quick             small repositories and few rounds: checks that it runs, not how fast
    python -m benchmarks.importing           import times of single modules
    python -m benchmarks.status              the clean check in a large repository
    python -m benchmarks.startup             whole commands, beside `python -c pass`

Needs git, and the `benchmarks` extra.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measure import AGAIN, CACHED, FLOOR, OURS, Bench, Case
from benchmarks.picture import svg
from benchmarks.repositories import SHAPES, Built, build, git
from benchmarks.table import NAMES, lines

ALL = tuple(way for way in NAMES if way != AGAIN)
# Those that keep a process or an open repository between loads.
IN_PROCESS = (FLOOR, OURS, AGAIN, "with_pygit2", "git_cat_file", "with_gitimport", "git_archive")
PACKS = (FLOOR, CACHED, OURS, "with_pygit2", "git_cat_file")
AUDIT = {OURS: 1000, "with_pygit2": 1000, "git_cat_file": 50, "git_archive": 20, "git_worktree": 2}


def full(bench: Bench, built: Callable[[str], Built]) -> list[Case]:
    """Measure everything that has a bar."""
    return [
        bench.cold(built("medium"), "2 files", ALL),
        bench.cold(built("large"), "2 files", [way for way in ALL if way != "git_worktree"]),
        bench.cold(built("medium"), "1 MB", ALL),
        bench.cold(built("packs500"), "2 files", PACKS),
        bench.warm(built("medium"), "2 files", IN_PROCESS, loads=20),
        bench.warm(built("large"), "2 files", IN_PROCESS, loads=20),
        bench.warm(built("medium"), "1 MB", IN_PROCESS, loads=2),
        bench.growth([built(name) for name in SHAPES], loads=20),
        bench.audit(built("medium"), AUDIT),
        bench.audit(built("large"), AUDIT | {"git_worktree": 1}),
        bench.imports({"pass": "pass", "import zenml_pin": "import zenml_pin"}),
    ]


def quick(bench: Bench, built: Callable[[str], Built]) -> list[Case]:
    """Run every way once or twice."""
    return [
        bench.cold(built("small"), "2 files", ALL),
        bench.cold(built("small"), "1 MB", (FLOOR, CACHED, OURS)),
        bench.warm(built("small"), "2 files", IN_PROCESS, loads=2),
        bench.growth([built("small"), built("medium")], loads=2),
        bench.audit(built("small"), dict.fromkeys(AUDIT, 3)),
        bench.imports({"pass": "pass", "import zenml_pin": "import zenml_pin"}),
    ]


def machine() -> str:
    """Return the versions that are measured, and the machine."""
    peers = ", ".join(f"{name} {version(name)}" for name in ("dulwich", "pygit2", "GitPython", "gitimport"))
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    tool = git(Path.cwd(), "version").split()[-1]
    return f"CPython {platform.python_version()}, {peers}, git {tool}; {cpu}, {platform.system()}."


def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Compare ways to load a pinned class."
    )
    default = Path(tempfile.gettempdir()) / "zenml-pin-benchmarks"
    parser.add_argument(
        "--place", type=Path, default=default, help="where repositories are kept (%(default)s)"
    )
    parser.add_argument(
        "--output", type=Path, help="folder for results.json and results.svg (same as --place)"
    )
    parser.add_argument("--rounds", type=int, help="rounds of each case (15)")
    parser.add_argument(
        "--quick", action="store_true", help="small repositories, two rounds: checks that it runs"
    )
    options = parser.parse_args(arguments)
    rounds = options.rounds or (2 if options.quick else 15)
    try:
        measured = machine()
    except PackageNotFoundError as error:
        parser.error(
            f"{error.name} is not installed; pip install -e '.[benchmarks]' installs the compared tools"
        )
    except FileNotFoundError as error:
        parser.error(f"{error.filename} does not exist")

    def built(name: str) -> Built:
        return build(SHAPES[name], options.place)

    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch), rounds, patience=5 if options.quick else 40)
        cases = (quick if options.quick else full)(bench, built)
    for line in lines(cases, rounds, measured):
        print(line)
    output = options.output or options.place
    output.mkdir(parents=True, exist_ok=True)
    results = {"machine": measured, "rounds": rounds, "cases": [asdict(case) for case in cases]}
    (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (output / "results.svg").write_text(svg(cases))
    print(f"\nwrote {output / 'results.json'} and {output / 'results.svg'}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
