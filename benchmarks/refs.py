"""How long it takes to read HEAD in a repository with many refs: `python -m benchmarks.refs [REFS]`.

Two ratios of medians of processor time, measured in turns in one run; nothing is remembered between two reads:

    against few     HEAD in reftables of REFS refs / the same of 100 refs                     bar 3.0
    against packed  HEAD in reftables of REFS refs / in a `packed-refs` of the same number    bar 1.5

Needs a git that knows reftables (2.45). Exits with 1 if a bar is missed.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time

from benchmarks.status import git
from zenml_pin.git import refs as refs_module
from zenml_pin.git.layout import Layout, get_layout
from zenml_pin.git.refs import Refs
from zenml_pin.git.reftable import stack

ROUNDS = 25
REPEATS = 10
FEW = 100


def build(root: str, storage: str, count: int) -> Layout:
    """Make a repository with one commit and a number of refs, in one table or one `packed-refs`."""
    os.makedirs(root)
    git(root, "init", "-q", "-b", "main", f"--ref-format={storage}")
    git(
        root,
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.org",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "one",
    )
    lines = (f"create refs/changes/{number % 100:02}/{number} HEAD\n" for number in range(count))
    git(root, "update-ref", "--stdin", stdin="".join(lines).encode())
    git(root, "pack-refs", "--all")
    return get_layout(root)


def read(layout: Layout) -> None:
    """Read HEAD with nothing remembered."""
    for memo in (stack._lists, stack._values, refs_module._loose, refs_module._packed):
        memo.clear()
    assert Refs(layout).head()


def seconds(layout: Layout, repeats: int) -> float:
    """Return the processor time of one read; other processes do not change it."""
    start = time.process_time()
    for _ in range(repeats):
        read(layout)
    return (time.process_time() - start) / repeats


def main(count: int) -> int:
    """Measure, print the ratios, and return 1 if a bar is missed."""
    folder = tempfile.mkdtemp()
    try:
        many = build(os.path.join(folder, "many"), "reftable", count)
        few = build(os.path.join(folder, "few"), "reftable", FEW)
        packed = build(os.path.join(folder, "packed"), "files", count)
        rounds = [(seconds(many, REPEATS), seconds(few, REPEATS), seconds(packed, 1)) for _ in range(ROUNDS)]
    finally:
        shutil.rmtree(folder)
    in_many, in_few, in_packed = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"HEAD among {count} refs, medians of {ROUNDS} rounds:")
    print(f"  against few     {in_many / in_few:.2f}   (bar 3.0; {in_few * 1e6:.0f} us among {FEW})")
    print(f"  against packed  {in_many / in_packed:.4f} (bar 1.5; {in_packed * 1e6:.0f} us in packed-refs)")
    return 0 if in_many / in_few <= 3.0 and in_many / in_packed <= 1.5 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
