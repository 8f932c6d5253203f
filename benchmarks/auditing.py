"""What an audit and a check cost, as ratios to peers measured in turns: `python -m benchmarks.auditing [ROUNDS]`.

    against pygit2     audit of 1,000 pins / reading and compiling the same modules through pygit2     bar 0.6
    against archive    audit a pin / `git archive COMMIT FOLDER` as a process                          bar 0.125
    against parsing    check of 300 documents / parsing them with PyYAML's C loader                    bar 2.0
    in memory          what an audit of all history allocates at most, in a history ten times as long  bar 1.1

Exits with 1 when a bar is missed. The documents of the check name 60 commits; what it costs where every document names
commits of its own (1,000 pins) is printed beside it. Needs git, and pygit2 from the extra `benchmarks`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pygit2
import yaml

from benchmarks.status import git
from benchmarks.synthetic import History, build
from zenml_pin.audit import audit, check

ARCHIVED = 20


def by_pygit2(history: History) -> None:
    """Read and compile every module of every pin: its folder's Python files."""
    repository = pygit2.Repository(history.repo.path)
    for commit_id, folder, _ in history.modules:
        for entry in repository[commit_id].tree[folder]:
            if entry.name.endswith(".py"):
                compile(entry.data, entry.name, "exec", dont_inherit=True)


def by_archive(history: History) -> None:
    """Write a tar of the folder of some pins."""
    for commit_id, folder, _ in history.modules[:: len(history.modules) // ARCHIVED][:ARCHIVED]:
        command = ["git", "archive", commit_id, folder]
        subprocess.run(command, cwd=history.repo.path, check=True, stdout=subprocess.DEVNULL)


def by_yaml(paths: list[Path]) -> None:
    """Parse documents with the C loader."""
    for path in paths:
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def seconds(action: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return the time that an action takes; processor time by default, so that others do not count."""
    start = clock()
    action()
    return clock() - start


def most_allocated(place: Path, commits: int) -> int:
    """Return the most bytes that an audit of all history holds, of the same documents in a history of a length."""
    history = build(place, commits=300, documents=40, pins=80, modules=40, files=200)
    lengthen(history, commits)
    # The first audit of this repository: what an earlier one left in the caches would not be counted.
    tracemalloc.start()
    audit(repo=history.repo.path, all_history=True)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def lengthen(history: History, commits: int) -> None:
    """Add commits of a file that no document names."""
    stream = []
    for number in range(commits):
        time_of = 1700000000 + number * 60
        text = b"%d\n" % number
        stream.append(
            b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\ndata 5\nlater" % time_of
            + (b"\nfrom refs/heads/main^0" if not number else b"")
            + b"\nM 100644 inline assets/later.txt\ndata %d\n%b\n" % (len(text), text)
        )
    git(history.repo.path, "fast-import", "--quiet", "--force", stdin=b"".join(stream))


def prepare(place: Path, **options: int) -> History:
    """Build a history and store it as git would."""
    history = build(place, **options)
    git(history.repo.path, "read-tree", "HEAD")
    git(history.repo.path, "gc", "-q")
    return history


def main(rounds: int = 9) -> int:
    """Print the ratios; return the exit code."""
    with tempfile.TemporaryDirectory() as place:
        large = prepare(Path(place, "large"))
        few = prepare(Path(place, "few"), commits=200, documents=300, pins=60, modules=60, helpers=10)
        missed = [audits(large, rounds), checks("60 pins", few, rounds), memory(Path(place))]
        checks("1,000 pins, no bar", large, rounds)
    return int(any(missed))


def audits(history: History, rounds: int) -> bool:
    """Print what an audit costs; tell whether a bar is missed."""
    path = history.repo.path
    pins = len(audit(repo=path).pins)
    taken = [
        (
            seconds(lambda: audit(repo=path)),
            seconds(lambda: by_pygit2(history)),
            seconds(lambda: by_archive(history), time.perf_counter),
        )
        for _ in range(rounds)
    ]
    by_peer = statistics.median(own / peer for own, peer, _ in taken)
    by_git = statistics.median((own / pins) / (archive / ARCHIVED) for own, _, archive in taken)
    own = statistics.median(own for own, _, _ in taken)
    print(f"audit of {pins} pins, 5,000 files, 2,000 commits, {rounds} rounds")
    print(f"  against pygit2   {by_peer:.2f}  (bar 0.6; {own / pins * 1000:.2f} ms a pin)")
    print(f"  against archive  {by_git:.3f} (bar 0.125)")
    return by_peer > 0.6 or by_git > 0.125


def checks(title: str, history: History, rounds: int) -> bool:
    """Print what a check costs; tell whether the bar is missed."""
    folder = Path(history.repo.path, "pipelines")
    paths = sorted(folder.glob("p*.yaml"))
    names = [os.fspath(path) for path in paths]
    taken = [
        (seconds(lambda: check(names, repo=folder)), seconds(lambda: by_yaml(paths))) for _ in range(rounds)
    ]
    ratio = statistics.median(own / peer for own, peer in taken)
    print(f"check of {len(paths)} documents, {title}")
    print(f"  against parsing  {ratio:.2f}  (bar 2.0)")
    return ratio > 2.0


def memory(place: Path) -> bool:
    """Print how memory grows with the length of history; tell whether the bar is missed."""
    # What is imported is no part of a history.
    audit(
        repo=build(place / "first", commits=20, documents=5, pins=5, modules=5, files=20).repo.path,
        all_history=True,
    )
    short, long = most_allocated(place / "short", 2_000), most_allocated(place / "long", 20_000)
    print("audit of all history, 2,000 and 20,000 commits")
    print(f"  in memory        {long / short:.2f}  (bar 1.1; {long / 2**20:.1f} MiB at most)")
    return long / short > 1.1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
