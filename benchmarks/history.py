"""`python -m benchmarks.history`: versions, check and audit on a long history, beside git and pygit2.

    python -m benchmarks.history --repo PATH       any bare or working repository; its most changed class is the subject
    python -m benchmarks.history                   a synthetic history: 8,000 commits, modules of 500 to 2,000 lines,
                                                   merges, a second pack; without and with a commit graph
    python -m benchmarks.history --quick           a small one, one round: checks that it runs
    python -m benchmarks.history --former PATH     also whole commands of a former build, whose source is at PATH
    python -m benchmarks.history --former PATH --answers    compares what both builds print instead, byte by byte
    python -m benchmarks.history --only versions   git and the ways whose names have this word
    python -m benchmarks.history --graph without   only without a commit graph, or only with one

Prints ratios of CPU time, medians of the rounds, peaks of memory, and the bars of the ratios; exits with 1 if one is
missed. Needs git. Writes to a copy of the repository.

Each way runs once before the first round, which fills caches. Then the ways take turns, for each of the two histories,
without and with a commit graph: git, the walks and the quick commands run `--rounds` times (nine). The commands of a
former build, and a check or an audit without a cache, take up to a minute each: they run `--slow-rounds` times (three),
and not before the first round. Nothing of a former build's depends on the graph that counts here, so it is measured
once; its medians serve for both histories. So the tables of `zenml_pin/docs/performance.md` come from

    python -m benchmarks.history --repo NETWORKX --former PATH --only versions
    python -m benchmarks.history --repo NETWORKX --former PATH --only check --graph without
    python -m benchmarks.history --repo NETWORKX --former PATH --only audit --graph without
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

from zenml_pin import cache
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.first_parents import iter_units

# Measures once: CPU seconds, and a peak in MiB.
Way = Callable[[], tuple[float, float]]
Series = list[tuple[float, float]]

HERE = Path(__file__).parents[1]
GIT_LOG = "git log"
FORMER = "former "
MISSED = "MISSED"
WALK = "the walk of versions"
# The greatest ratio to git log, without and with a commit graph.
WALK_BARS = (8.0, 4.0)
# The greatest ratios to the same command of the former build.
BARS = {
    "versions": 0.2,
    "versions, cache filled": 0.1,
    "check": 0.1,
    "check, cache filled": 0.03,
    "audit": 0.25,
}
# The greatest ratio of their peaks to the former build's.
PEAK_BAR = 1.0
# These commands of this build are as slow as a former build's.
SLOW = ("check", "audit")
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
    """Return the class that the most commits of the first-parent history changed, and its folder.

    The oldest commit that changed the folder has the class too, so that each document pins what exists.
    """
    log = git("log", "--first-parent", "-m", "--name-only", "--format=", "--", "*.py", cwd=repository)
    for path, _ in Counter(line for line in log.split("\n") if "/" in line).most_common(200):
        folder = path.rpartition("/")[0]
        ids = git("log", "--first-parent", "--format=%H", "--", folder, cwd=repository).split()
        classes = classes_at(repository, "HEAD", path) & classes_at(repository, ids[-1], path)
        module = path.removesuffix(".py").removeprefix("src/").replace("/", ".")
        if classes and not path.endswith("__init__.py"):
            text = git("show", f"HEAD:{path}", cwd=repository)
            return f"{module}.{max(sorted(classes), key=text.count)}", folder
    raise SystemExit("no class of the first-parent history is in a folder that always had it")


def classes_at(repository: Path, revision: str, path: str) -> set[str]:
    """Return the classes at the margin of a file at a commit; none without the file."""
    try:
        text = git("show", f"{revision}:{path}", cwd=repository)
    except subprocess.CalledProcessError:
        return set()
    return set(re.findall(r"^class ([A-Za-z]\w*)", text, re.MULTILINE))


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
        # An installed package has its bytecode, and so has the former build after the first round.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak


def walk(repository: Path, module_name: str) -> int:
    """Walk through the first parents, as `versions` does; return how many commits there are."""
    with cache.unused(), GitRepository.open(str(repository)) as opened:
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


def ways(repository: Path, source: str, folder: str, former: Path | None, kept: Path) -> dict[str, Way]:
    """Return what is measured, by name."""
    log = ["git", "log", "--first-parent", "--format=%H", "--", folder]
    module_name = source.rpartition(".")[0]
    measured: dict[str, Way] = {
        GIT_LOG: partial(whole, log, repository),
        "git rev-list": partial(whole, ["git", "rev-list", "--count", "--all"], repository),
        WALK: partial(in_process, partial(walk, repository, module_name)),
    }
    peer = with_pygit2(repository, folder)
    if peer is not None:
        measured["pygit2's walk"] = partial(in_process, peer)
    builds = {"": HERE} | ({FORMER: former} if former is not None else {})
    for verb in (["versions", source], ["check"], ["audit"]):
        command = [sys.executable, "-m", "zenml_pin", *verb]
        for name, path in builds.items():
            measured[name + verb[0]] = partial(whole, command, repository, PYTHONPATH=str(path))
        if verb[0] != "audit":
            variables = {"PYTHONPATH": str(HERE), "ZENML_PIN_CACHE": str(kept)}
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


def measure(measured: dict[str, Way], rounds: int, slow_rounds: int) -> dict[str, Series]:
    """Run the ways in turns, the quick ones once before the first round; return what each took."""
    taken: dict[str, Series] = {name: [] for name in measured}
    for number in range(-1, rounds):
        for name, work in measured.items():
            is_slow = name.startswith(FORMER) or name in SLOW
            if not is_slow or 0 <= number < slow_rounds:
                once = work()
                taken[name] += [once] if number >= 0 else []
    return taken


def report(taken: dict[str, Series], formers: dict[str, Series], graph: bool) -> Iterator[tuple[str, bool]]:
    """Yield a line for each way, and whether it misses a bar: its time as a multiple of git's, and its peak."""
    base = middle_of(taken[GIT_LOG])
    for name, series in taken.items():
        middle, peak = middle_of(series), peak_of(series)
        former = formers.get(f"{FORMER}{name.partition(',')[0]}") if name in BARS else None
        line = f"  {name:24} {middle / base:8.2f} x git log"
        if name == WALK:
            line += against(middle / base, WALK_BARS[graph])
        if former:
            ratio = middle / middle_of(former)
            line += f"  {ratio:6.3f} of the former build{against(ratio, BARS[name])}"
        if peak:
            line += f"  {peak:4.0f} MiB"
        if former:
            ratio = peak / peak_of(former)
            line += f", {ratio:.2f} of the former build's{against(ratio, PEAK_BAR)}"
        yield f"{line}  rounds: {len(series)}", MISSED in line


def against(ratio: float, bar: float) -> str:
    """Return a bar, and whether a ratio misses it."""
    return f" (at most {bar}: {MISSED if ratio > bar else 'ok'})"


def peak_of(series: Series) -> float:
    """Return the highest peak, in MiB."""
    return max(peak for _, peak in series)


def middle_of(series: Series) -> float:
    """Return the median of the CPU seconds."""
    return statistics.median(seconds for seconds, _ in series)


def main(arguments: list[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.history", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--repo", type=Path, help="a repository with classes in folders")
    parser.add_argument("--former", type=Path, help="the source of a former build")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--slow-rounds", type=int, default=3, help="rounds of commands that take long")
    parser.add_argument("--pins", type=int, default=190)
    parser.add_argument("--only", default="", help="measure the ways whose names have this word")
    parser.add_argument(
        "--graph", choices=["without", "with"], help="only without a commit graph, or with one"
    )
    parser.add_argument("--answers", action="store_true", help="compare what both builds print")
    parser.add_argument("--quick", action="store_true", help="a small history, one round, no bars")
    options = parser.parse_args(arguments)
    if options.answers and options.former is None:
        parser.error("--answers needs --former")
    if options.quick:
        options.rounds, options.slow_rounds, options.pins = 1, 1, 5
    with tempfile.TemporaryDirectory() as scratch:
        return run(options, Path(scratch))


def run(options: argparse.Namespace, scratch: Path) -> int:
    """Measure in a folder for scratch; return 1 if a bar is missed or an answer differs."""
    repository = options.repo
    if repository is None:
        repository = scratch / "synthetic.git"
        synthetic(repository, 200 if options.quick else 8000)
    source, folder = most_changed(repository)
    place, versions = prepare(repository, scratch / "copy", source, folder, options.pins)
    formers: dict[str, Series] = {}
    has_missed = False
    for graph in {None: (False, True), "without": (False,), "with": (True,)}[options.graph]:
        if graph:
            git("commit-graph", "write", "--reachable", "--changed-paths", cwd=place)
        print(
            f"{source}: {versions} commits change its folder; {'with' if graph else 'without'} a commit graph"
        )
        if options.answers:
            lines = list(compare(place, source, options.former))
            has_missed |= any("NOT" in line for line in lines)
            print("\n".join(lines), flush=True)
            continue
        former = None if formers else options.former
        measured = ways(place, source, folder, former, scratch / f"cache{graph}")
        chosen = {name: work for name, work in measured.items() if options.only in name or name == GIT_LOG}
        taken = measure(chosen, options.rounds, options.slow_rounds)
        formers = formers or taken
        for line, missed in report(taken, formers, graph):
            print(re.sub(r" \(at most [^)]*\)", "", line) if options.quick else line, flush=True)
            has_missed |= missed and not options.quick
    return 1 if has_missed else 0


if __name__ == "__main__":
    sys.exit(main())
