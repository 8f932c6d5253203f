"""Warm processes: a function runs in a fork, with limits, and leaves nothing behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.warm_parent import WarmProcess, Warmth

LIMITS = TrialLimits(seconds=20, megabytes=1000)
WORK = "zenml_pin.pipelines.bisecting.work:look_for_function"
MODULES = {
    "forks": "import os, time\npid = os.fork()\nif pid == 0:\n    os.setsid()\n    time.sleep(60)\n"
    "open('pid', 'w').write(str(pid))\ndef f(): pass\n",
    "forks_and_ends_late": "import os, time\nif os.fork() == 0:\n    time.sleep(60)\n"
    "kill = os.kill\nos.kill = lambda *given: (time.sleep(0.2), kill(*given))\ndef f(): pass\n",
    "changes": "import os, sys\nos.environ['LEFT'] = 'x'\nsys.modules['left'] = sys\ndef f(): pass\n",
    "looks": "import os, sys\nassert 'LEFT' not in os.environ and 'left' not in sys.modules\ndef f(): pass\n",
    "hangs": "import time\ntime.sleep(60)\n",
    "hangs_when_asked": "import os, time\nif os.path.exists('hanging'):\n    open('hanging', 'w').close()\n"
    "    time.sleep(60)\nopen('imported', 'w').close()\ndef f(): pass\n",
    "dies": "import os\nos.kill(os.getpid(), 9)\n",
    "exits": "import os\nos._exit(3)\n",
    "prints": "print('hello')\ndef f(): pass\n",
    "asks": "import sys\nassert sys.stdin.read() == ''\ndef f(): pass\n",
}


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WarmProcess]:
    """A process, and a module for each way of behaving."""
    monkeypatch.chdir(tmp_path)
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
    with WarmProcess() as warm:
        yield warm


def arguments(module: str) -> dict[str, object]:
    """Return the arguments with which the work imports a module."""
    return {"path": [os.getcwd()], "module": module, "function": "f"}


def test_trial_changes_nothing_for_the_next_one(process: WarmProcess) -> None:
    """Not the environment, nor modules."""
    assert process.call(WORK, arguments("changes"), LIMITS).answer == {"answer": "found"}
    assert process.call(WORK, arguments("looks"), LIMITS).answer == {"answer": "found"}


@pytest.mark.slow
def test_processes_of_a_trial_end_with_it(process: WarmProcess) -> None:
    """Also one that has a session of its own."""
    assert process.call(WORK, arguments("forks"), LIMITS).answer == {"answer": "found"}

    assert not Path("/proc", Path("pid").read_text()).exists()


@pytest.mark.slow
def test_answer_ends_a_trial(process: WarmProcess) -> None:
    """Not the time limit, although another process of the trial keeps the pipe open."""
    outcome = process.call(WORK, arguments("forks_and_ends_late"), LIMITS)

    assert (outcome.answer, outcome.code) == ({"answer": "found"}, -9)


@pytest.mark.quick(every=3)
@pytest.mark.parametrize(
    ("module", "reason", "code"), [("hangs", "timed out", None), ("dies", "killed", -9), ("exits", "", 3)]
)
def test_end_without_an_answer(process: WarmProcess, module: str, reason: str, code: int | None) -> None:
    """It is said how the process ended; the next trial works."""
    limits = TrialLimits(seconds=1, megabytes=1000) if module == "hangs" else LIMITS
    outcome = process.call(WORK, arguments(module), limits)

    assert (outcome.answer, outcome.stopped_by, outcome.code) == ({}, reason, code)
    assert process.call(WORK, arguments("looks"), LIMITS).answer == {"answer": "found"}


def test_output_is_kept_and_input_is_empty(process: WarmProcess) -> None:
    """What code prints is not mixed with the output of this process."""
    assert process.call(WORK, arguments("prints"), LIMITS).printed == "hello\n"
    assert process.call(WORK, arguments("asks"), LIMITS).answer == {"answer": "found"}


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("module", ["no_such_library", "dies", "exits"])
def test_library_that_cannot_be_imported_is_left_out(process: WarmProcess, module: str) -> None:
    """Trials start without it."""
    process.warm(Warmth([module], [os.getcwd(), *sys.path]))

    assert process.call(WORK, arguments("looks"), LIMITS).answer == {"answer": "found"}


@pytest.mark.slow
def test_library_is_imported_once(process: WarmProcess, tmp_path: Path) -> None:
    """In the warm process, and not in each trial."""
    (tmp_path / "slow_library.py").write_text("open('imports', 'a').write('x')\ndef f(): pass\n")
    process.warm(Warmth(["slow_library"], [os.getcwd(), *sys.path]))

    for _ in range(3):
        assert process.call(WORK, arguments("slow_library"), LIMITS).answer == {"answer": "found"}

    assert Path("imports").read_text() == "x"


def close_when_it_hangs(process: WarmProcess) -> Thread:
    """Close the process from another thread, as soon as the module that hangs is imported."""
    os.mkfifo("hanging")

    def close() -> None:
        # Opening it waits for the other end.
        Path("hanging").read_bytes()
        process.close()

    thread = Thread(target=close)
    thread.start()
    return thread


@pytest.mark.slow
def test_close_ends_a_running_trial(process: WarmProcess) -> None:
    """From another thread, as when its answer is no longer needed."""
    thread = close_when_it_hangs(process)
    outcome = process.call(WORK, arguments("hangs_when_asked"), LIMITS)
    thread.join()

    assert outcome.stopped_by == "killed"


@pytest.mark.slow
def test_close_ends_a_trial_that_waits_for_the_imports(process: WarmProcess) -> None:
    """It does not run afterwards; and the import that was ended is no library that ends its process."""
    process.warm(Warmth(["hangs_when_asked"], [os.getcwd(), *sys.path]))
    thread = close_when_it_hangs(process)
    outcome = process.call(WORK, arguments("looks"), LIMITS)
    thread.join()
    os.remove("hanging")

    assert outcome.stopped_by == "killed"
    assert process.call(WORK, arguments("looks"), LIMITS).answer == {"answer": "found"}
    assert Path("imported").exists()


def test_trial_that_is_stopped_before_it_begins_does_not_run(process: WarmProcess) -> None:
    """Who stops it cannot end a process that is not there yet."""
    stop = Event()
    stop.set()
    process.close()

    assert process.call(WORK, arguments("looks"), LIMITS, stop).stopped_by == "killed"
