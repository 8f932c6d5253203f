"""Damaged stores, strange metrics and lost parents."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit
from zenml_pin.errors import ComponentError, DocumentError, RecordError
from zenml_pin.pipelines.runs.database import Database
from zenml_pin.pipelines.runs.task import METRICS, pack, unpack


def test_a_damaged_record_is_reported_with_its_path(project: Project) -> None:
    """Listing and running report it, with a remedy."""
    project.pipeline().run()
    Path(".zenml/local_store/runs.sqlite").write_text("junk" * 100)

    with pytest.raises(RecordError, match=r"runs\.sqlite"):
        project.repository.get_runs()
    with pytest.raises(RecordError) as caught:
        project.pipeline().run()
    assert "move the file away" in caught.value.hint


IN_THE_WAY = {
    ".zenml/local_store": RecordError,
    ".zenml/local_store/artifacts": RecordError,
    ".zenml/local_store/running": RecordError,
    ".zenml/local_store/lock/": RecordError,
    ".zenml/local_store/runs.sqlite/": RecordError,
    "pipelines": DocumentError,
}


@pytest.mark.parametrize("path", IN_THE_WAY)
def test_an_obstacle_is_named(project: Project, path: str) -> None:
    """A file in place of a folder, or the other way round: no run begins, and the error has the path."""
    obstacle = Path(path)
    if obstacle.is_dir():
        obstacle.rmdir()
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    obstacle.mkdir() if path.endswith("/") else obstacle.touch()

    with pytest.raises(
        IN_THE_WAY[path], match=re.escape(os.path.join(project.repo.path, obstacle))
    ) as caught:
        project.pipeline().run()
    assert not isinstance(caught.value, OSError)


def test_a_damaged_artifact_is_made_again(project: Project) -> None:
    """It does not count as a cached result, and the step's output replaces it."""
    first = project.pipeline().run()
    for path in Path(".zenml/local_store/artifacts").rglob("*.*"):
        path.write_bytes(b"junk")

    again = project.pipeline().run()

    assert not any(step.cached for step in again.steps)
    assert again.metrics == first.metrics
    assert all(step.cached for step in project.pipeline().run().steps[1:])


KILLED_WRITER = """
import os, sqlite3
base = sqlite3.connect(".zenml/local_store/runs.sqlite", isolation_level=None)
base.execute("PRAGMA cache_size = 1")
base.execute("BEGIN")
base.execute("UPDATE runs SET outcome = 'lost'")
for n in range(50):
    base.execute("INSERT INTO environments VALUES (?, ?)", (str(n), "x" * 8000))
os._exit(0)
"""


def test_a_write_that_was_killed_is_undone(project: Project) -> None:
    """Its pages are in the file already; the next reader gets the state before it."""
    project.pipeline().run()
    subprocess.run([sys.executable, "-c", KILLED_WRITER], check=True)
    assert Path(".zenml/local_store/runs.sqlite-journal").exists()

    assert [run.outcome for run in project.repository.get_runs()] == ["succeeded"]
    assert project.pipeline().run().outcome == "succeeded"


def test_a_writer_that_is_killed_beside_a_reader_is_undone(project: Project) -> None:
    """Also where the reader opened the record before the writer began."""
    project.pipeline().run()

    with Database(".zenml/local_store/runs.sqlite").reading() as connection:
        subprocess.run([sys.executable, "-c", KILLED_WRITER], check=True)
        outcomes = [outcome for (outcome,) in connection.execute("SELECT outcome FROM runs")]

    assert outcomes == ["succeeded"]


def test_a_reader_changes_nothing(project: Project) -> None:
    """What reads the record cannot write it by mistake."""
    project.pipeline().run()

    with (
        pytest.raises(RecordError, match="readonly"),
        Database(".zenml/local_store/runs.sqlite").reading() as connection,
    ):
        connection.execute("DELETE FROM runs")


def test_a_record_without_tables_is_empty(project: Project) -> None:
    """A process that is killed just after it created the file leaves one."""
    Path(".zenml/local_store").mkdir(parents=True)
    Path(".zenml/local_store/runs.sqlite").touch()

    assert project.repository.get_runs() == []
    assert project.pipeline().run().outcome == "succeeded"


def test_a_fifo_is_not_a_record_or_an_artifact(project: Project) -> None:
    """A FIFO in place of either."""
    run = project.pipeline().run()
    artifact = next(Path(".zenml/local_store/artifacts").rglob("*.pickle"))
    artifact.unlink()
    os.mkfifo(artifact)
    assert project.pipeline().run().metrics == run.metrics
    Path(".zenml/local_store/runs.sqlite").unlink()
    os.mkfifo(".zenml/local_store/runs.sqlite")

    with pytest.raises(RecordError, match="not a regular file"):
        project.repository.get_runs()


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
import time


def sleep():
    print("at work", flush=True)
    time.sleep(60)
    print("still here", flush=True)
"""
PARENT = """\
from slow import sleep
from zenml_pin.backends import ProcessesBackend

if __name__ == "__main__":
    with ProcessesBackend() as backend:
        backend.submit(sleep).result()
"""


@pytest.mark.slow
def test_a_worker_ends_with_its_parent(project: Project) -> None:
    """kill -9 of the parent leaves no process: the pipe that the worker reads is closed, and empty."""
    commit(project.repo, {"slow.py": SLOW, "script.py": PARENT})
    command = [sys.executable, "script.py"]
    with subprocess.Popen(command, cwd=project.repo.path, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"at work\n"
        parent.send_signal(signal.SIGKILL)

        assert parent.stdout.read() == b""
