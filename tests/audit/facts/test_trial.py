"""Trials of loads: whatever old code does, the audit continues and reports it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support.audit.trial_processes import marked
from tests.support.documents_by_line import document
from tests.support.ended_process import ended
from tests.support.repositories import Repo, commit, write
from zenml_pin.audit import LoadReport, audit
from zenml_pin.audit.facts.trial import TrialLimits, try_load

QUICK = TrialLimits(seconds=30, megabytes=512)
CLASS = "\nclass Mine: pass\n"


def try_code(
    repo: Repo, code: str, limits: TrialLimits = QUICK, stop: threading.Event | None = None
) -> LoadReport:
    """Load a class whose module holds some code."""
    head = commit(repo, {"trainers": {"step.py": code + CLASS}})
    return try_load(f"trainers.step.Mine@{head}", repo.path, limits, stop)


def test_class_that_loads(repo: Repo) -> None:
    """The working tree does not matter, and the code's output is discarded."""
    head = commit(
        repo, {"trainers": {"step.py": "import sys\nprint('x')\nprint('y', file=sys.stderr)" + CLASS}}
    )
    write(
        repo,
        {"trainers": {"step.py": "raise SystemExit"}, "json.py": "raise SystemExit('the working tree ran')"},
    )

    report = try_load(f"trainers.step.Mine@{head}", repo.path, QUICK)

    assert (report.outcome, report.message) == ("loaded", "")


@pytest.mark.quick(every=10)
@pytest.mark.parametrize(
    ("code", "message"),
    {
        "raise ValueError('no\\nway')": "ValueError: no",
        "import no_such_library": "ModuleNotFoundError: No module named 'no_such_library'",
        "raise SystemExit(3)": "SystemExit: 3",
        "raise KeyboardInterrupt": "KeyboardInterrupt",
        "def f(): f()\nf()": "RecursionError",
        "raise ValueError('failed to map segment 3')": "ValueError: failed to map segment 3",
        "raise OSError(5, 'Cannot allocate memory')": "OSError: [Errno 5] Cannot allocate memory",
        "try: int('x')\nexcept ValueError as error: raise error from error": "ValueError: invalid literal",
        "class Odd(OSError):\n    def __str__(self): return self.no\nraise Odd(1, 'x')": "Odd",
        "class Odd(KeyboardInterrupt):\n    def __str__(self): raise SystemExit\nraise Odd": "Odd",
    }.items(),
    ids=lambda value: value[:20],
)
def test_code_that_raises_has_failed(repo: Repo, code: str, message: str) -> None:
    """The message has the code's own exception, in one line."""
    report = try_code(repo, code)

    assert report.outcome == "failed"
    assert message in report.message
    assert "\n" not in report.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "message"),
    {
        "x = bytearray(2**40)": "it needed more than 512 MB of memory",
        "x = []\nwhile True: x.append(bytearray(10**7))": "it needed more than 512 MB of memory",
        "import os; os.kill(os.getpid(), 9)": "its process ended by signal SIGKILL, without an answer",
        "import os; os.abort()": "its process ended by signal SIGABRT, without an answer",
        "import os; os._exit(0)": "its process ended with exit code 0, without an answer",
        "import os; os.kill(os.getpid(), 40)": "its process ended by signal 40, without an answer",
        "import os; os.closerange(3, 100)": "without an answer",
        "import os\nfor n in range(3, 20):\n    try: os.write(n, b'[1, 2')\n    except OSError: pass\nos._exit(0)": "",
        "import os\nfor n in range(3, 40):\n    try: os.write(n, b'[' * 50000)\n    except OSError: 0\nos._exit(0)": "",
    }.items(),
    ids=lambda value: value[:20],
)
def test_code_that_ends_its_process_was_stopped(repo: Repo, code: str, message: str) -> None:
    """Without an answer, or at its memory limit."""
    report = try_code(repo, code)

    assert report.outcome == "stopped"
    assert message in report.message


@pytest.mark.parametrize(
    "code",
    {
        "hangs": "import time\nwhile True: time.sleep(1)",
        "ignores signals": "import signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(99)",
        "leaves children": "import os, time\nfor n in range(3):\n    os.fork()\ntime.sleep(99)",
        "leaves daemons": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(99)\ntime.sleep(99)",
    }.values(),
    ids=["hangs", "ignores signals", "leaves children", "leaves daemons"],
)
@pytest.mark.slow
def test_code_that_does_not_end_is_stopped(repo: Repo, code: str) -> None:
    """At its time limit, with every process that it started."""
    report = try_code(repo, code, TrialLimits(seconds=2.5))

    assert (report.outcome, report.message) == ("stopped", "it was stopped after 2.5 seconds")
    assert not marked(repo.path)


@pytest.mark.slow
def test_daemon_does_not_outlive_a_load(repo: Repo) -> None:
    """Also a process that the code leaves behind when it is done."""
    report = try_code(repo, "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(99)")

    assert (report.outcome, marked(repo.path)) == ("loaded", set())


@pytest.mark.quick(every=2)
@pytest.mark.parametrize(
    ("megabytes", "message"), {1: "it needed more than 1 MB of memory", 10**15: ""}.items()
)
def test_any_limit_of_memory_is_accepted(repo: Repo, megabytes: int, message: str) -> None:
    """Even one that is too small for Python, and one that is larger than any machine."""
    assert try_code(repo, "x = bytearray(10**8)", TrialLimits(megabytes=megabytes)).message == message


@pytest.mark.parametrize(("seconds", "megabytes"), [(0, 1), (-1, 1), (1, 0), (1, -1), (1, 0.5)])
def test_limit_that_is_not_positive_is_refused(seconds: float, megabytes: int) -> None:
    """So that a mistake does not remove the limit."""
    with pytest.raises(ValueError, match="seconds" if seconds < 1 else "megabytes"):
        TrialLimits(seconds, megabytes)


# The memory is full, except for holes that the interpreter itself needs; or for one page.
FULL = """
import ctypes, importlib.util, resource
place = importlib.util.find_spec("_lsprof").origin
held = [bytearray(1000) for _ in range(4000)]
del held[::2]
resource.setrlimit(resource.RLIMIT_DATA, (2**20, 2**20))
"""
NEARLY_FULL = """
import mmap
held, size = [], 2**20
while size >= 4096:
    try: held.append(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE))
    except OSError: size //= 2
held.pop().close()
"""


@pytest.mark.quick(every=6)
@pytest.mark.parametrize(
    "code",
    {
        "Python": "bytearray(10**9)",
        "code that says something else": "try: bytearray(10**9)\nexcept MemoryError: raise ValueError('no data')",
        "a mapping": "import mmap; mmap.mmap(-1, 10**9, flags=mmap.MAP_PRIVATE)",
        "an extension module": FULL + "import _lsprof",
        "a shared object": FULL + "ctypes.CDLL(place)",
        # Whether a real library fits depends on the holes; this is how its import fails.
        "a library, where a page is left": NEARLY_FULL + "raise ImportError('failed to map segment')",
    }.values(),
    ids=[
        "Python",
        "code that says something else",
        "a mapping",
        "an extension module",
        "a shared object",
        "a library",
    ],
)
def test_code_that_gets_no_memory_is_stopped(repo: Repo, code: str) -> None:
    """Whatever needed the memory, and however the failure appears."""
    report = try_code(repo, code, TrialLimits(megabytes=64))

    assert (report.outcome, report.message) == ("stopped", "it needed more than 64 MB of memory")


def test_path_is_that_of_the_caller(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the current folder of the caller, which is not the trial's; entries that Python ignores are not faults."""
    (tmp_path / "beside.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path, Path("other")])
    write(repo, {"resource.py": "raise SystemExit('the working tree ran')", "beside.py": "raise SystemExit"})

    assert try_code(repo, "import beside").message == ""


def test_deleted_current_folder_has_no_modules(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trial runs in the working tree, but does not use its modules instead."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setattr(sys, "path", ["", ".", *sys.path])
    write(repo, {"beside.py": "raise SystemExit('the working tree ran')"})

    assert "No module named 'beside'" in try_code(repo, "import beside").message


def test_trial_that_cannot_start_leaves_nothing_open(repo: Repo, tmp_path: Path) -> None:
    """Its repository may be deleted."""
    before = os.listdir("/proc/self/fd")

    with pytest.raises(FileNotFoundError):
        try_load("trainers.step.Mine@" + "0" * 40, str(tmp_path / "gone"), QUICK)

    assert len(os.listdir("/proc/self/fd")) == len(before)


# The caller gives itself a signal when it begins to wait for an endless trial.
ASK = """
import os, signal, sys
from zenml_pin.audit.facts.trial import TrialLimits, try_load

class Stop:
    sent = False
    def is_set(self):
        if not self.sent:
            self.sent = True
            os.kill(os.getpid(), signal.{signal})
        return False

print(try_load(*sys.argv[1:], TrialLimits(seconds={seconds}), Stop()).message)
"""


def ask(repo: Repo, signal_name: str, seconds: float) -> subprocess.Popen[str]:
    """Start such a caller; it prints how the trial ended."""
    head = commit(repo, {"trainers": {"step.py": "while True: pass" + CLASS}})
    code = ASK.format(signal=signal_name, seconds=seconds)
    words = [sys.executable, "-c", code, f"trainers.step.Mine@{head}", repo.path]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def wait_for_the_end_of_trials(repo: Repo) -> None:
    """Wait until no process of a trial is left; a minute is longer than any of them needs."""
    deadline = time.monotonic() + 60
    while marked(repo.path) and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.mark.slow
def test_time_counts_while_the_caller_is_suspended(repo: Repo) -> None:
    """The trial ends by its own clock, and the reason is its time limit."""
    with ended(ask(repo, "SIGSTOP", 0.5)) as process:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        wait_for_the_end_of_trials(repo)
        process.send_signal(signal.SIGCONT)
        assert process.communicate()[0] == "it was stopped after 0.5 seconds\n"


@pytest.mark.slow
def test_trial_does_not_outlive_the_caller(repo: Repo) -> None:
    """A killed process cannot stop its trial; the system does, shortly after the time limit."""
    with ended(ask(repo, "SIGKILL", 2)) as process:
        process.wait()
    assert (process.returncode, len(marked(repo.path))) == (-signal.SIGKILL, 1)

    wait_for_the_end_of_trials(repo)

    assert not marked(repo.path)


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("code", ["os.fork()", "assert os.fork()", "assert not os.fork(); time.sleep(0.5)"])
def test_code_that_forks_is_judged_by_its_first_process(repo: Repo, code: str) -> None:
    """A child that continues to import does not count."""
    report = try_code(repo, f"import os, time; {code}")

    assert report.outcome == ("failed" if "not" in code else "loaded")


@pytest.mark.slow
def test_trial_ends_when_nobody_waits_for_it(repo: Repo) -> None:
    """The interrupted caller sets `stop`."""

    class Stop(threading.Event):
        def is_set(self) -> bool:
            return bool(marked(repo.path))

    report = try_code(repo, "import time; time.sleep(99)", stop=Stop())

    assert report.outcome == "stopped"
    assert report.seconds < QUICK.seconds


@pytest.mark.slow
def test_outcomes_are_findings(repo: Repo) -> None:
    """ZP013 for failed loads, ZP014 for stopped ones; an absent class is not tried."""
    good = commit(repo, {"trainers": {"step.py": CLASS}})
    bad = commit(repo, {"trainers": {"step.py": "raise ValueError" + CLASS}})
    ends = commit(repo, {"trainers": {"step.py": "import os; os._exit(0)" + CLASS}})
    sources = [f"trainers.step.Mine@{name}" for name in (good, bad, ends, "0" * 40)]
    write(repo, {"pipelines": {"mine.yaml": document(*sources)}})

    report = audit(repo=repo.path, load=True, jobs=2)

    assert [(finding.rule.id, finding.line) for finding in report.findings] == [
        ("ZP013", 5),
        ("ZP014", 6),
        ("ZP003", 7),
    ]
    outcomes = {pin.source: None if pin.load is None else pin.load.outcome for pin in report.pins}
    assert [outcomes[source] for source in sources] == ["loaded", "failed", "stopped", None]
    assert all(pin.load.seconds > 0 for pin in report.pins if pin.load is not None)
