"""An audit of a long history: memory that does not grow with it, progress, and an end at Ctrl-C."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.ended_process import ended

pytestmark = [pytest.mark.slow, pytest.mark.git]

MIB = 1024
AUDIT = [sys.executable, "-m", "zenml_pin", "audit", "--all-history", "--allow-empty"]


def history(folder: Path, commits: int) -> Path:
    """Make a repository whose every commit changes a file; every twentieth is a merge. One pack has all objects."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", folder], check=True)
    stream = []
    for number in range(1, commits + 1):
        parents = f"from :{number - 1}\n" if number > 1 else ""
        parents += f"merge :{number - 10}\n" if number > 10 and number % 20 == 0 else ""
        head = f"commit refs/heads/main\nmark :{number}\ncommitter A <a@b> {1_500_000_000 + number} +0000\n"
        text = f"{number}\n"
        change = f"M 100644 inline data/d{number % 50}.txt\ndata {len(text)}\n{text}\n"
        stream.append(f"{head}data 2\nc\n{parents}{change}")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input="".join(stream).encode(), check=True)
    return folder


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository of 6,000 commits."""
    return history(tmp_path_factory.mktemp("long") / "repo.git", 6_000)


def peak_of_audit(repo: Path) -> int:
    """Return the peak of memory of an audit, in KiB."""
    process = subprocess.Popen(AUDIT, cwd=repo, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux alone")
def test_memory_does_not_grow_with_the_history(long: Path, tmp_path: Path) -> None:
    """Apart from the ids of the commits: 5,500 commits more take at most 4 MiB more."""
    few = peak_of_audit(history(tmp_path / "few.git", 500))

    assert peak_of_audit(long) < few + 4 * MIB


def test_ctrl_c_ends_the_walk_through_the_history(tmp_path: Path) -> None:
    """On a terminal, as soon as the commits are counted there; the report says that it is not all.

    They are counted after half a second, in which a fast machine reads 6,000 commits.
    """
    longest = history(tmp_path / "longest.git", 50_000)
    terminal, other = pty.openpty()
    shown = b""
    with ended(subprocess.Popen(AUDIT, cwd=longest, stdout=subprocess.PIPE, stderr=other)) as process:
        os.close(other)
        while b"commits" not in shown:
            shown += os.read(terminal, 1000)
        process.send_signal(signal.SIGINT)
        with suppress(OSError):
            while more := os.read(terminal, 1000):
                shown += more
        out, _ = process.communicate()
    os.close(terminal)

    assert (process.returncode, b"Traceback" in shown) == (130, False)
    assert out == b"0 documents, 0 sources, 0 pins: nothing to report; interrupted, so this is not all\n"
