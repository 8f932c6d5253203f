"""`python -m benchmarks.history`: versions, check and audit on a long history, beside git and pygit2.

    python -m benchmarks.history --repo PATH       any bare or working repository; its most changed class is the subject
    python -m benchmarks.history                   a synthetic history: 8,000 commits, modules of 500 to 2,000 lines,
                                                   merges, a second pack; without and with a commit graph
    python -m benchmarks.history --quick           a small one, one round: checks that it runs
    python -m benchmarks.history --former PATH     also whole commands of a former build, whose source is at PATH
    python -m benchmarks.history --former PATH --answers    compares what both builds print instead, byte by byte

Prints ratios of CPU time, medians of the rounds, and peaks of memory. Needs git. Writes to a copy of the repository.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.first_parents import iter_units

# Measures once: CPU seconds, and a peak in MiB.
Way = Callable[[], tuple[float, float]]

HERE = Path(__file__).parents[1]
DOCUMENT = """version: '1'
pipeline: {{name: p{number}, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}
steps:
  training: {{source: {source}, args: {{}}}}
"""
# Runs a command, and prints its CPU seconds and its peak in MiB.
WATCH = (
    "import resource, subprocess, sys\n"
    "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)\n"
)


def git(*arguments: str, cwd: Path, data: bytes | None = None) -> str:
    """Return the output of a git command."""
    done = subprocess.run(["git", *arguments], cwd=cwd, input=data, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


def most_changed(repository: Path) -> tuple[str, str]:
    """Return the class that the most commits of the first-parent history changed, and its folder."""
    log = git("log", "--first-parent", "-m", "--name-only", "--format=", "--", "*.py", cwd=repository)
    for path, _ in Counter(line for line in log.split("\n") if "/" in line).most_common(200):
        try:
            text = git("show", f"HEAD:{path}", cwd=repository)
        except subprocess.CalledProcessError:
            continue
        classes = re.findall(r"^class ([A-Za-z]\w*)", text, re.MULTILINE)
        module = path.removesuffix(".py").removeprefix("src/").replace("/", ".")
        if classes and not path.endswith("__init__.py"):
            return f"{module}.{max(classes, key=text.count)}", path.rpartition("/")[0]
    raise SystemExit("no class of the first-parent history is in a folder")


def synthetic(folder: Path, commits: int) -> None:
    """Make a history with `git fast-import`: two packs, a merge every twentieth commit, modules of real sizes."""
    chance = random.Random(7)
    git("init", "-q", "--bare", str(folder), cwd=folder.parent)
    modules = {f"pkg/part{number}/module{number % 5}.py": module(chance, number) for number in range(40)}
    stream = [b"reset refs/heads/main\n"]
    for number in range(commits):
        path = chance.choice(list(modules))
        lines = modules[path]
        lines[chance.randrange(3, len(lines))] = f"    x{number} = {number}\n"
        content = "".join(lines).encode()
        merge = f"merge :{number - 10}\n" if number % 20 == 19 else ""
        parent = f"from :{number}\n" if number else ""
        time_of = 1_500_000_000 + 600 * number
        head = f"commit refs/heads/main\nmark :{number + 1}\ncommitter A <a@b> {time_of} +0000\n"
        change = f"M 100644 inline {path}\ndata {len(content)}\n"
        stream.append(f"{head}data 2\nc\n{parent}{merge}{change}".encode() + content + b"\n")
        if number == commits // 2:
            git("fast-import", "--quiet", "--export-marks=marks", data=b"".join(stream), cwd=folder)
            stream = []
    git("fast-import", "--quiet", "--import-marks=marks", data=b"".join(stream), cwd=folder)
    git("symbolic-ref", "HEAD", "refs/heads/main", cwd=folder)


def module(chance: random.Random, number: int) -> list[str]:
    """Return the lines of a module."""
    size = chance.randrange(500, 2000)
    return [
        "import os\n",
        f"class Step{number}:\n",
        "    y = 0\n",
        *(f"    v{line} = 'a line'\n" for line in range(size)),
    ]


def in_process(work: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU seconds of a function, and 0 for a peak that is not its own."""
    start = time.process_time()
    work()
    return time.process_time() - start, 0.0


def whole(command: list[str], cwd: Path, **variables: str) -> tuple[float, float]:
    """Return the CPU seconds and the peak in MiB of a whole command."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *command],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def walk(repository: Path, module_name: str) -> int:
    """Walk through the first parents, as `versions` does; return how many commits there are."""
    with GitRepository.open(str(repository)) as opened:
        head = opened.refs.head()
        assert head is not None
        return sum(1 for _ in iter_units(opened.objects, head, module_name, opened.commit_graph))


def with_pygit2(repository: Path, folder: str) -> Callable[[], object] | None:
    """Return the same walk with pygit2, if it is installed."""
    try:
        import pygit2
    except ImportError:
        return None

    def work() -> None:
        opened = pygit2.Repository(str(repository))
        commit, last = opened.revparse_single("HEAD"), None
        while commit is not None:
            tree: object = commit.tree
            for part in folder.split("/"):
                tree = tree[part] if isinstance(tree, pygit2.Tree) and part in tree else None
            last = getattr(tree, "id", last)
            commit = commit.parents[0] if commit.parents else None

    return work


def ways(repository: Path, source: str, folder: str, former: Path | None, cache: Path) -> dict[str, Way]:
    """Return what is measured, by name."""
    log = ["git", "log", "--first-parent", "--format=%H", "--", folder]
    module_name = source.rpartition(".")[0]
    measured: dict[str, Way] = {
        "git log": partial(whole, log, repository),
        "git rev-list": partial(whole, ["git", "rev-list", "--count", "--all"], repository),
        "the walk of versions": partial(in_process, partial(walk, repository, module_name)),
    }
    peer = with_pygit2(repository, folder)
    if peer is not None:
        measured["pygit2's walk"] = partial(in_process, peer)
    builds = {"": HERE} | ({"former ": former} if former is not None else {})
    for verb in (["versions", source], ["check"], ["audit"]):
        command = [sys.executable, "-m", "zenml_pin", *verb]
        for name, path in builds.items():
            measured[name + verb[0]] = partial(whole, command, repository, PYTHONPATH=str(path))
        if verb[0] != "audit":
            variables = {"PYTHONPATH": str(HERE), "ZENML_PIN_CACHE": str(cache)}
            measured[f"{verb[0]}, cache filled"] = partial(whole, command, repository, **variables)
    return measured


def answer(repository: Path, build: Path, command: list[str]) -> tuple[int, str]:
    """Return the exit code and the output of a command of a build."""
    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", *command],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": str(build)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout


def compare(repository: Path, source: str, former: Path) -> Iterator[str]:
    """Yield a line for each command and format: whether both builds print the same."""
    for verb in (["versions", source], ["check"], ["audit"]):
        for form in ("text", "json"):
            command = [*verb, "--format", form]
            old, new = (answer(repository, build, command) for build in (former, HERE))
            result = "the same" if old == new else "NOT the same"
            yield f"  {verb[0]:8} {form:4}  exit code {new[0]}, {len(new[1]):8} characters: {result}"


def prepare(repository: Path, place: Path, source: str, folder: str, pins: int) -> tuple[Path, int]:
    """Return a copy with documents that pin the class at some commits, and how many commits change its folder."""
    git("clone", "-q", "--no-hardlinks", str(repository), str(place), cwd=repository)
    ids = git("log", "--first-parent", "--format=%H", "--", folder, cwd=place).split()
    (place / ".zenml").mkdir()
    (place / ".zenml" / ".zenml_config").touch()
    (place / "pipelines").mkdir(exist_ok=True)
    for number, commit_id in enumerate(ids[:: max(1, len(ids) // pins)][:pins]):
        text = DOCUMENT.format(number=number, source=f"{source}@{commit_id}")
        (place / "pipelines" / f"p{number}.yaml").write_text(text)
    return place, len(ids)


def report(measured: dict[str, Way], rounds: int) -> Iterator[str]:
    """Yield a line for each way: its time as a multiple of git's, and its peak."""
    times: dict[str, list[float]] = {name: [] for name in measured}
    peaks: dict[str, float] = {}
    for number in range(rounds + 1):
        for name, work in measured.items():
            seconds, peaks[name] = work()
            # The first round fills caches.
            times[name] += [seconds] if number or not rounds else []
    base = statistics.median(times["git log"])
    for name, series in times.items():
        middle = statistics.median(series)
        former = times.get(f"former {name.partition(',')[0]}")
        against = f"  {middle / statistics.median(former):6.3f} of the former build" if former else ""
        peak = f"  {peaks[name]:4.0f} MiB" if peaks[name] else ""
        yield f"  {name:24} {middle / base:8.2f} x git log{against}{peak}"


def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.history", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--repo", type=Path, help="a repository with classes in folders")
    parser.add_argument("--former", type=Path, help="the source of a former build")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pins", type=int, default=190)
    parser.add_argument("--answers", action="store_true", help="compare what both builds print")
    parser.add_argument("--quick", action="store_true", help="a small history, one round")
    options = parser.parse_args(arguments)
    if options.answers and options.former is None:
        parser.error("--answers needs --former")
    rounds, pins = (1, 5) if options.quick else (options.rounds, options.pins)
    with tempfile.TemporaryDirectory() as scratch:
        repository = options.repo
        if repository is None:
            repository = Path(scratch, "synthetic.git")
            synthetic(repository, 200 if options.quick else 8000)
        source, folder = most_changed(repository)
        place, versions = prepare(repository, Path(scratch, "copy"), source, folder, pins)
        for graph in (False, True):
            if graph:
                git("commit-graph", "write", "--reachable", "--changed-paths", cwd=place)
            print(
                f"{source}: {versions} commits change its folder; {'with' if graph else 'without'} a commit graph"
            )
            if options.answers:
                print("\n".join(compare(place, source, options.former)))
                continue
            measured = ways(place, source, folder, options.former, Path(scratch, f"cache{graph}"))
            for line in report(measured, rounds):
                print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
