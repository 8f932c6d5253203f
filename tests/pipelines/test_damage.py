"""Damaged stores, strange metrics and lost parents."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipelines.conftest import Project
from tests.repos import commit
from zenml_pin.errors import ComponentError, RecordError
from zenml_pin.pipelines.task import METRICS, pack, unpack


def test_a_damaged_record_is_told_with_its_path(project: Project) -> None:
    """Listing and running say so, and what to do."""
    project.pipeline().run()
    Path(".zenml/local_store/runs.sqlite").write_text("junk" * 100)

    with pytest.raises(RecordError, match=r"runs\.sqlite"):
        project.repository.get_runs()
    with pytest.raises(RecordError) as caught:
        project.pipeline().run()
    assert "move the file away" in caught.value.hint


def test_a_damaged_artifact_is_made_anew(project: Project) -> None:
    """It is no cached result, and what the step returns replaces it."""
    first = project.pipeline().run()
    for path in Path(".zenml/local_store/artifacts").rglob("*.*"):
        path.write_bytes(b"junk")

    again = project.pipeline().run()

    assert not any(step.cached for step in again.steps)
    assert again.metrics == first.metrics
    assert all(step.cached for step in project.pipeline().run().steps[1:])


STRANGE = {
    "tuple": {"a": (1, 2)},
    "integer key": {"a": {1: 2}},
    "class": {"a": [int]},
    "bytes": {"a": b"x"},
}


@pytest.mark.parametrize("value", STRANGE.values(), ids=STRANGE)
def test_metrics_that_json_would_change_are_refused(value: object) -> None:
    """With the step's name."""
    with pytest.raises(ComponentError, match="'MyEvaluator'"):
        pack(value, METRICS, "MyEvaluator")


def test_plain_metrics_come_back_as_they_were() -> None:
    """Numbers, text, booleans, None, lists and dicts."""
    value = {"a": [1, 2.5, None, True, {"b": "c"}]}

    assert unpack(pack(value, METRICS, "MyEvaluator"), METRICS) == value


SLOW = """\
import os
import pathlib
import time


def sleep():
    pathlib.Path("worker").write_text(str(os.getpid()))
    time.sleep(60)
"""
PARENT = """\
from slow import sleep
from zenml_pin.backends import ProcessesBackend

if __name__ == "__main__":
    with ProcessesBackend() as backend:
        backend.submit(sleep).result()
"""


def test_a_worker_ends_with_its_parent(project: Project) -> None:
    """kill -9 of the parent leaves no process behind."""
    commit(project.repo, {"slow.py": SLOW, "script.py": PARENT})
    with subprocess.Popen([sys.executable, "script.py"], cwd=project.repo.path) as parent:
        note = Path("worker")
        _wait(lambda: note.is_file() and note.read_text() != "")
        parent.send_signal(signal.SIGKILL)

    assert _wait(lambda: not _lives(int(note.read_text())))


def _wait(holds) -> bool:  # type: ignore[no-untyped-def]
    for _ in range(200):
        if holds():
            return True
        time.sleep(0.1)
    return False


def _lives(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        pass
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return not os.path.isdir("/proc")
