"""The cost of audits and checks, as ratios to peers measured in turns: `python -m benchmarks.auditing [ROUNDS]`.

    against pygit2     audit of 1,000 pins / reading and compiling the same modules through pygit2     bar 0.6
    against archive    audit a pin / `git archive COMMIT FOLDER` as a process                          bar 0.125
    against parsing    check of 300 documents / parsing them with PyYAML's C loader                    bar 2.0
    in memory          the peak of an audit of all history / in a history a tenth as long             bar 1.1

Exits with 1 if a bar is missed. The documents of the check name 60 commits; the cost for documents that each name
other commits (1,000 pins) is printed too. Needs git, and pygit2 from the extra `benchmarks`.
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
    """Read and compile the Python files in the folder of every pin."""
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
    """Return the time that an action takes; processor time by default, so that other processes do not count."""
    start = clock()
    action()
    return clock() - start


def most_allocated(folder: Path, commits: int) -> int:
    """Return the peak, in bytes, of an audit of all history; the documents are the same for any number of commits."""
    history = build(folder, commits=300, documents=40, pins=80, modules=40, files=200)
    lengthen(history, commits)
    # This must be the first audit of the repository: the caches of an earlier one would not be counted.
    tracemalloc.start()
    audit(repo=history.repo.path, all_history=True)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def lengthen(history: History, commits: int) -> None:
    """Add commits that change a file which no document names."""
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


def prepare(folder: Path, **options: int) -> History:
    """Build a history and store it as git does."""
    history = build(folder, **options)
    git(history.repo.path, "read-tree", "HEAD")
    git(history.repo.path, "gc", "-q")
    return history


def main(rounds: int = 9) -> int:
    """Print the ratios; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        large = prepare(Path(folder, "large"))
        few = prepare(Path(folder, "few"), commits=200, documents=300, pins=60, modules=60, helpers=10)
        missed = [audits(large, rounds), checks("60 pins", few, rounds), memory(Path(folder))]
        checks("1,000 pins, no bar", large, rounds)
    return int(any(missed))


def audits(history: History, rounds: int) -> bool:
    """Print the cost of an audit; tell whether a bar is missed."""
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
    """Print the cost of a check; tell whether the bar is missed."""
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


def memory(folder: Path) -> bool:
    """Print how memory grows with the length of history; tell whether the bar is missed."""
    # A first audit, so that the memory of imports is not counted.
    audit(
        repo=build(folder / "first", commits=20, documents=5, pins=5, modules=5, files=20).repo.path,
        all_history=True,
    )
    short, long = most_allocated(folder / "short", 2_000), most_allocated(folder / "long", 20_000)
    print("audit of all history, 2,000 and 20,000 commits")
    print(f"  in memory        {long / short:.2f}  (bar 1.1; {long / 2**20:.1f} MiB peak)")
    return long / short > 1.1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
