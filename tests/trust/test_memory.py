"""Thousands of loads and unloads do not leak memory or file descriptors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.repositories import commit, init, pack
from tests.support.thorough import usually

# Whoever hashes much imports hashlib in the end, which takes 4 MiB: here before the first measurement.
SCRIPT = """
import gc, hashlib, os, resource, sys
import zenml_pin

repo, first, second, few, many = sys.argv[1:]

def load(times):
    for n in range(times):
        commit = (first, second)[n % 2]
        cls = zenml_pin.load(f"pkg.step.A@{commit}", repo=repo, allow_dirty=n % 10 > 0)
        assert cls.epochs == n % 2 + 1
        del cls
        zenml_pin.unload(commit)
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    print(pages * resource.getpagesize(), len(os.listdir("/proc/self/fd")))

load(int(few))
load(int(many))
"""


@pytest.mark.slow
def test_memory_after_thousands_of_loads(tmp_path: Path, announce: Callable[[str], None]) -> None:
    """At most 5% more than after the first ones; every tenth load checks the folder. Half of the objects are packed."""
    repo = init(tmp_path / "repo")
    helper = {"__init__.py": "", "helper.py": "from pkg import late\nVALUE = late.VALUE\n"}
    step = "from pkg.helper import VALUE\n\n\nclass A:\n    epochs = VALUE\n"
    first = commit(repo, {"pkg": {**helper, "step.py": step, "late.py": "VALUE = 1\n"}})
    pack(repo)
    second = commit(repo, {"pkg": {"late.py": "VALUE = 2\n"}}, base=first)

    few, more = usually((500, 2_500), (1_000, 9_000))
    command = [sys.executable, "-c", SCRIPT, repo.path, first, second, str(few), str(more)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    (early, first_files), (late, last_files) = (map(int, line.split()) for line in done.stdout.splitlines())
    announce(
        f"memory after {few + more:,} loads: {late / 2**20:.1f} MiB, {100 * (late - early) / early:+.2f}% of that "
        f"after {few}; {last_files - first_files:+d} file descriptors"
    )
    assert late <= 1.05 * early
    assert last_files == first_files
