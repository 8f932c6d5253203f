"""The log and the traceback of each step are kept with the run, whatever ran it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit, get_head
from zenml_pin.backends import BaseBackend, DaskBackend, LocalBackend, ProcessesBackend
from zenml_pin.errors import RecordError, StepFailedError
from zenml_pin.pipelines.runs.bounded_log import BoundedLog
from zenml_pin.pipelines.runs.step_log import keeping_log

TALKING = """\
import logging
import sys
import threading

logging.getLogger(__name__).warning("NaN in %d rows", 3)
print("to stdout")
print("to stderr", file=sys.stderr)
other = threading.Thread(target=print, args=("from a thread",))
other.start()
other.join()
"""
BACKENDS: dict[str, type[BaseBackend]] = {"local": LocalBackend, "processes": ProcessesBackend}


def talk(project: Project, *, then: str = "return Line(1.0)") -> None:
    """Commit a trainer that logs and prints."""
    lines = [*TALKING.splitlines(), then]
    text = trainer(1.0).replace("        return Line(1.0)", "\n".join(f"        {line}" for line in lines))
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_a_log_has_records_and_prints_in_their_order(project: Project, backend: type[BaseBackend]) -> None:
    """With the plain name of the logger; steps that say nothing have none."""
    talk(project)

    run = project.pipeline().run(backend())

    record, *printed = run.steps[2].log.splitlines()
    assert record.endswith("WARNING trainers.step: NaN in 3 rows")
    assert printed == ["to stdout", "to stderr", "from a thread"]
    assert run.steps[1].log == ""
    assert project.repository.get_runs()[0].steps[2].log == run.steps[2].log


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_a_failed_step_keeps_its_log_and_traceback(project: Project, backend: type[BaseBackend]) -> None:
    """The traceback begins in the step's own code, and shows its text."""
    talk(project, then="raise ValueError('no rows')")

    with pytest.raises(StepFailedError):
        project.pipeline().run(backend())

    step = project.repository.get_runs()[0].steps[2]
    assert "to stdout" in step.log
    lines = step.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "trainers/step.py@" in lines[1]
    assert "raise ValueError('no rows')" in lines[2]
    assert lines[-1] == "ValueError: no rows"


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_an_exception_that_cannot_travel_is_kept_with_its_traceback(
    project: Project, backend: type[BaseBackend]
) -> None:
    """One that pickle refuses comes as its type and message."""
    talk(project, then="raise ValueError(lambda: 1)")

    with pytest.raises(StepFailedError, match="ValueError: <function"):
        project.pipeline().run(backend())

    assert "ValueError: <function" in project.repository.get_runs()[0].steps[2].traceback


def test_an_interrupted_step_keeps_its_log(project: Project) -> None:
    """What it said before Ctrl-C."""
    talk(project, then="raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        project.pipeline().run()

    step = project.repository.get_runs()[0].steps[2]
    assert (step.outcome, "to stdout" in step.log) == ("interrupted", True)
    assert step.traceback.rstrip().endswith("KeyboardInterrupt")


def test_a_cached_step_has_no_log_of_its_own(project: Project) -> None:
    """Its code did not run."""
    talk(project)
    project.pipeline().run()

    step = project.pipeline().run().steps[2]

    assert (step.cached, step.log) == (True, "")


def test_output_goes_where_it_goes_without_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Streams, handlers and `basicConfig` work as before, and everything is put back."""
    before = sys.stdout, sys.stderr, logging.Logger.callHandlers
    root = logging.Logger("root of this test")

    with keeping_log() as log:
        print("one")
        sys.stdout.buffer.write(b"two\n")
        root.addHandler(logging.StreamHandler(sys.stderr))
        root.error("three")

    assert capsys.readouterr() == ("one\ntwo\n", "three\n")
    assert log.content().decode().count("three") == 1
    assert log.content().startswith(b"one\ntwo\n")
    assert (sys.stdout, sys.stderr, logging.Logger.callHandlers) == before


def test_side_by_side_each_step_has_its_own_log() -> None:
    """Two threads, as on a worker of a cluster: no line in the other's log."""
    logs: dict[str, bytes] = {}
    barrier = threading.Barrier(2)

    def step(name: str) -> None:
        with keeping_log() as log:
            barrier.wait(10)
            print(name)
            barrier.wait(10)
            logs[name] = log.content()

    threads = [threading.Thread(target=step, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert logs == {"first": b"first\n", "second": b"second\n"}


def test_a_fork_and_a_signal_find_the_log_usable() -> None:
    """Code of a step may fork while one of its threads prints, and print in a handler while it prints."""
    log = BoundedLog(100)
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with log._lock:
            inside.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(20)
    with warnings.catch_warnings():
        # That there are threads is what is tested.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        signal.alarm(20)
        log.write("x" * 200)
        os._exit(0 if len(log.content()) > 100 else 1)
    done.set()
    thread.join()
    with log._lock:
        log.write("y")

    assert os.waitpid(child, 0)[1] == 0
    assert log.content() == b"y"


def test_a_long_log_keeps_its_beginning_and_its_end() -> None:
    """And says how much is left out; it is never longer than its bound and that line."""
    log = BoundedLog(400)
    for number in range(1000):
        log.write(f"{number:05}é")

    text = log.content().decode()

    assert text.startswith("00000é00001é")
    assert text.endswith("00998é00999é")
    assert "bytes are left out" in text
    assert len(text.encode()) < 400 + 60


SCRIPT = """\
import sys
from zenml_pin.backends import LocalBackend, ProcessesBackend
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from trainers.step import MyTrainer

if __name__ == "__main__":
    pipeline = TrainingPipeline(name="killed").add_datasource(MemoryDatasource([1])).add_trainer(MyTrainer())
    pipeline.run({"local": LocalBackend, "processes": ProcessesBackend}[sys.argv[1]]())
"""


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_killed_step_keeps_what_it_said(project: Project, backend: str) -> None:
    """kill -9 of its process, as the kernel does where memory runs out."""
    talk(project, then="import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    commit(project.repo, {"script.py": SCRIPT}, base=get_head(project.repo))

    subprocess.run(
        [sys.executable, "script.py", backend], cwd=project.repo.path, capture_output=True, check=False
    )

    [run] = project.repository.get_runs()
    assert run.outcome == {"local": "killed", "processes": "failed"}[backend]
    assert run.steps[-1].log.splitlines()[1:] == ["to stdout", "to stderr", "from a thread"]
    assert list(Path(".zenml/local_store/logs").iterdir()) == []


def test_the_file_of_a_long_log_is_bounded(tmp_path: Path) -> None:
    """It has the beginning and the end, and is gone when the step ends."""
    path = tmp_path / "log"
    log = BoundedLog(1000, str(path))
    for number in range(10_000):
        log.write(f"{number:05}\n")

    assert path.stat().st_size < 4 * 1000 + 100
    assert path.read_bytes().startswith(b"00000\n")
    assert path.read_bytes().endswith(b"09999\n")
    log.leave_file()
    assert not path.exists()


def test_a_damaged_log_is_reported(project: Project) -> None:
    """Its bytes have another hash; everything else of the run is there."""
    import sqlite3

    talk(project)
    project.pipeline().run()
    with sqlite3.connect(".zenml/local_store/runs.sqlite") as base:
        base.execute("UPDATE texts SET content = ?", (b"junk",))
    base.close()

    run = project.repository.get_runs()[0]

    assert run.metrics["rows"] == 10
    with pytest.raises(RecordError, match="have another hash"):
        assert run.steps[2].log


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_log_comes_back_from_a_cluster(project: Project, tmp_path: Path) -> None:
    """With the traceback, from workers that do not see the repository."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install zenml_pin[dask]")
    from tests.support.backends.dask_cluster import cluster

    talk(project, then="raise ValueError('no rows')")
    with (
        cluster(tmp_path / "cluster") as running,
        pytest.raises(StepFailedError, match="ValueError: no rows"),
    ):
        project.pipeline().run(DaskBackend(running.address))

    step = project.repository.get_runs()[0].steps[2]
    assert step.log.splitlines()[1:] == ["to stdout", "to stderr", "from a thread"]
    assert "raise ValueError('no rows')" in step.traceback


def test_a_store_of_an_older_release_is_read_and_extended(project: Project) -> None:
    """Its runs have no logs; the next run adds the tables, and an older release can still write beside it."""
    import sqlite3

    project.pipeline().run()
    path = Path(".zenml/local_store/runs.sqlite")
    with sqlite3.connect(path) as base:
        base.executescript("DROP TABLE details; DROP TABLE texts;")
        rows = base.execute("SELECT * FROM steps").fetchall()
    base.close()

    assert [step.log for step in project.repository.get_runs()[0].steps] == [""] * 4
    talk(project)
    assert "to stdout" in project.pipeline().run().steps[2].log
    # The statement of release 0.1.
    with sqlite3.connect(path) as base:
        base.execute(f"INSERT OR REPLACE INTO steps VALUES ({', '.join('?' * 15)})", rows[0])
    base.close()
