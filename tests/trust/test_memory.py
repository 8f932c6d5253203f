"""Three thousand loads and unloads do not leak memory or file descriptors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.repositories import commit, init, pack

# Whoever hashes much imports hashlib in the end, which takes 4 MiB: here before the first measurement.
SCRIPT = """
import gc, hashlib, os, resource, sys
import zenml_pin

repo, first, second = sys.argv[1:]

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

load(500)
load(2_500)
"""


@pytest.mark.slow
def test_memory_after_three_thousand_loads(tmp_path: Path, announce: Callable[[str], None]) -> None:
    """At most 5% more than after five hundred; every tenth load checks the folder. Half of the objects are packed."""
    repo = init(tmp_path / "repo")
    helper = {"__init__.py": "", "helper.py": "from pkg import late\nVALUE = late.VALUE\n"}
    step = "from pkg.helper import VALUE\n\n\nclass A:\n    epochs = VALUE\n"
    first = commit(repo, {"pkg": {**helper, "step.py": step, "late.py": "VALUE = 1\n"}})
    pack(repo)
    second = commit(repo, {"pkg": {"late.py": "VALUE = 2\n"}}, base=first)

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, repo.path, first, second], capture_output=True, text=True, check=True
    )

    (early, few), (late, many) = (map(int, line.split()) for line in done.stdout.splitlines())
    announce(
        f"memory after 3,000 loads: {late / 2**20:.1f} MiB, {100 * (late - early) / early:+.2f}% of that after "
        f"500; {many - few:+d} file descriptors"
    )
    assert late <= 1.05 * early
    assert many == few
