"""The tests of importlib.resources that others wrote, over packages that are read from git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "support" / "conformance" / "resources_from_git.py"

# Test, or class of tests: why it cannot hold for modules in memory.
EXCLUDED = {
    "test_path.PathDiskTests": "asks for a path on disk; a pinned file has a temporary one",
    "test_resource.DeletingZipsTest": "is about zip files that stay open",
}


def run(package: str, *path: str) -> dict[str, str]:
    """Return the outcomes of a package's tests, with more folders to import from."""
    done = subprocess.run(
        [sys.executable, "-B", str(SCRIPT), package],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def judge(package: str, outcomes: dict[str, str]) -> str:
    """Every test passes, except the named ones; return how many, as a line."""
    counted = {
        test: outcome
        for test, outcome in outcomes.items()
        if test not in EXCLUDED and test.rpartition(".")[0] not in EXCLUDED
    }
    failed = {test: outcome for test, outcome in counted.items() if outcome != "ok"}
    version = ".".join(map(str, sys.version_info[:2]))
    assert failed == {}
    assert len(counted) > 90
    return f"{package} on {version}: {len(counted)} passed, {len(outcomes) - len(counted)} excluded"


@pytest.mark.slow
@pytest.mark.skipif(sys.version_info < (3, 13), reason="before 3.13 these tests read fixed folders")
def test_cpythons_tests_pass_from_git(announce: Callable[[str], None]) -> None:
    """test.test_importlib.resources of the running Python."""
    pytest.importorskip("test.test_importlib.resources")

    announce(judge("test.test_importlib.resources", run("test.test_importlib.resources")))


@pytest.mark.slow
@pytest.mark.network
def test_the_backports_tests_pass_from_git(tmp_path: Path, announce: Callable[[str], None]) -> None:
    """Those inside the importlib_resources wheel."""
    # In a folder of its own: jaraco.test is a pytest plugin too, and gives our marks another meaning.
    wanted = ["importlib_resources==7.1.0", "zipp", "jaraco.test"]
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(tmp_path), *wanted]
    subprocess.run(command, check=True, capture_output=True)

    announce(judge("importlib_resources.tests", run("importlib_resources.tests", str(tmp_path))))
