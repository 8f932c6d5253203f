"""How long the clean check of one folder takes in a large repository: `python -m benchmarks.status [FILES]`.

Two ratios of medians, measured in turns in one run:

    against git    our check / `git status --porcelain -uall -- FOLDER` as a process            bar 0.25
    against small  our check in the large repository / the same in one of 100 files             bar 2.0

Exits with 1 if a bar is missed.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import get_status

ROUNDS = 15
REPEATS = 5
A_FOLDER = 100


def build(root: str, files: int) -> None:
    """Make a repository of folders with a hundred small modules each, checked out and packed."""
    os.makedirs(root)
    git(root, "init", "-q", "-b", "main")
    stream = [b"commit refs/heads/main\ncommitter Ada <ada@example.org> 1610366400 +0000\ndata 5\nfirst\n"]
    for number in range(files):
        path = f"{folder_of(number)}/step{number % A_FOLDER:02}.py"
        text = f"class Step{number}:\n    epochs = {number}\n".encode() * 10
        stream.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(text), text))
    git(root, "fast-import", "--quiet", stdin=b"".join(stream))
    git(root, "reset", "-q", "--hard")
    # The index must be written in a later clock tick than the files, or git hashes them all.
    time.sleep(1.1)
    git(root, "status")


def git(root: str, *args: str, stdin: bytes = b"") -> None:
    """Run git without the user's settings."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(
        ["git", *args], cwd=root, env=environment, input=stdin, check=True, stdout=subprocess.DEVNULL
    )


def folder_of(number: int) -> str:
    """Return the folder of a file."""
    folder = number // A_FOLDER
    return f"pkg{folder // 50:02}/mod{folder:03}"


def ours(root: str, folder: str) -> None:
    """Open the repository and check the folder, as each pin does."""
    with GitRepository.open(root) as repository:
        assert get_status(repository, folder).clean


def seconds(action: Callable[[], None], repeats: int = 1) -> float:
    """Return the mean time of an action that is repeated."""
    start = time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.perf_counter() - start) / repeats


def main(files: int) -> int:
    """Measure, print the ratios, and return 1 if a bar is missed."""
    folder = tempfile.mkdtemp()
    try:
        large, small = os.path.join(folder, "large"), os.path.join(folder, "small")
        build(large, files)
        build(small, A_FOLDER)
        middle, first = folder_of(files // 2), folder_of(0)
        status = ("--no-optional-locks", "status", "--porcelain", "-uall", "--", middle)
        rounds = [
            (
                seconds(lambda: ours(large, middle), REPEATS),
                seconds(lambda: ours(small, first), REPEATS),
                seconds(lambda: git(large, *status)),
            )
            for _ in range(ROUNDS)
        ]
    finally:
        shutil.rmtree(folder)
    in_large, in_small, by_git = (statistics.median(column) for column in zip(*rounds, strict=True))
    against_git, against_small = in_large / by_git, in_large / in_small
    print(f"one folder of {A_FOLDER} files among {files}, medians of {ROUNDS} rounds:")
    print(
        f"  against git    {against_git:.3f}  (bar 0.25; {in_large * 1000:.1f} ms / {by_git * 1000:.1f} ms)"
    )
    print(f"  against small  {against_small:.2f}   (bar 2.0; {in_small * 1000:.1f} ms in the small one)")
    return 0 if against_git <= 0.25 and against_small <= 2.0 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
