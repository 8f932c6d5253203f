"""Trials: loading a class in a process of its own, with limits, so that no old code can hurt who asks.

    parent   {"source": ..., "root": ..., "path": sys.path}       on the trial's stdin
    trial    {"outcome": "loaded" | "failed" | "memory", "message": ...}   on a pipe of its own

A trial's stdout and stderr lead nowhere, it stands in a session of its own, and at the end every process with its
mark in the environment is killed, forked ones among them; what leaves that session with another environment stays.
It has the rights of whoever asks, and is no sandbox against code that means harm. What goes on in it: `attempt`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import attrs

import zenml_pin
from zenml_pin.audit.facts.trial_process import LONGEST_MESSAGE, OUT_OF_MEMORY
from zenml_pin.audit.report import FAILED, LOADED, STOPPED, LoadReport
from zenml_pin.base import environment
from zenml_pin.base.text import printable

_POLL = 0.02
_ROUNDS = 100
_LONGEST_ANSWER = 64 * 1024
MARK = "ZENML_PIN_TRIAL"
# Real-time signals have numbers alone.
_SIGNALS = {held.value: held.name for held in signal.Signals}
# The folder that holds this package.
_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(zenml_pin.__file__)))
_START = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from zenml_pin.audit.facts.trial_process import run_trial; run_trial(sys.argv[2:])"
)


@attrs.frozen
class TrialLimits:
    """What a trial may use.

    Attributes:
        seconds: Time on the clock.
        megabytes: Memory of each of its processes, as RLIMIT_DATA counts it: what is allocated, not files in memory.

    Raises:
        ValueError: One of them is not above 0.
    """

    seconds: float = attrs.field(default=30.0, converter=float, validator=attrs.validators.gt(0))
    megabytes: int = attrs.field(default=2048, converter=int, validator=attrs.validators.gt(0))


def try_load(source: str, root: str, limits: TrialLimits, stop: threading.Event | None = None) -> LoadReport:
    """Load a class in a process of its own, and tell how that ended. Returns when its limit or `stop` ends it.

    Args:
        source: The source, pinned to a commit.
        root: The repository.
        limits: When it is stopped.
        stop: Set by whoever does not want to wait any longer.
    """
    started = time.monotonic()
    path = [entry for entry in map(_absolute, sys.path) if entry]
    request = json.dumps({"source": source, "root": root, "path": path})
    mark = secrets.token_hex(16)
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as said:
        try:
            process = _start(writer, root, limits, mark)
        finally:
            os.close(writer)
        try:
            _send(process, request)
            ended = _wait(process, started + limits.seconds, stop)
        finally:
            _end_all(process, mark)
        answer = _receive(said)
    seconds = round(time.monotonic() - started, 3)
    # Its own clock ends it where this process was suspended.
    if not ended or (process.returncode == -signal.SIGALRM and seconds > limits.seconds):
        return LoadReport(STOPPED, f"it was stopped after {limits.seconds:g} seconds", seconds)
    return _judge(answer, process.returncode, limits, seconds)


def _absolute(entry: object) -> str:
    """Return an entry of the import path for a process that stands elsewhere; nothing for one that gives nothing."""
    if not isinstance(entry, str):
        return ""
    if not os.path.exists(entry or os.curdir):
        # It may be an import hook's own name.
        return entry
    try:
        return os.path.abspath(entry)
    except OSError:
        # The current folder was deleted.
        return ""


def _start(writer: int, root: str, limits: TrialLimits, mark: str) -> subprocess.Popen[bytes]:
    arguments = [str(writer), str(limits.megabytes), str(limits.seconds)]
    return subprocess.Popen(
        # Isolated: a json.py in the repository must not be the one that is imported here.
        [sys.executable, "-I", "-c", _START, _PARENT, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=root,
        # What a cache holds is not asked whether the class still loads.
        env={**environment.whole(), environment.CACHE: "", MARK: mark},
        pass_fds=(writer,),
        start_new_session=True,
    )


def _send(process: subprocess.Popen[bytes], request: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        assert process.stdin is not None
        process.stdin.write(request.encode("utf-8", "surrogateescape"))
        process.stdin.close()


def _wait(process: subprocess.Popen[bytes], deadline: float, stop: threading.Event | None) -> bool:
    """Wait for the end; False when the time is over, or nobody wants to wait."""
    while process.poll() is None:
        if time.monotonic() > deadline or (stop is not None and stop.is_set()):
            return False
        time.sleep(_POLL)
    return True


def _end_all(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill what is left of a trial: its session, and whoever left that but inherited the mark."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # Until none is left: what is killed takes a moment to go, and may have forked in it.
    for _ in range(_ROUNDS):
        left = list(_marked(mark))
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            return
        time.sleep(_POLL)


def _marked(mark: str) -> Iterator[int]:
    """Yield the processes that have a mark in their environment."""
    wanted = f"{MARK}={mark}".encode()
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:
                if wanted in file.read():
                    yield int(name)


def _receive(said: io.FileIO) -> bytes:
    """Return what the trial has answered; a process that it left behind cannot keep the pipe open for us."""
    os.set_blocking(said.fileno(), False)
    return said.read(_LONGEST_ANSWER) or b""


def _judge(answer: bytes, code: int, limits: TrialLimits, seconds: float) -> LoadReport:
    try:
        said: Any = json.loads(answer)
        outcome, message = said["outcome"], printable(str(said["message"]))[:LONGEST_MESSAGE]
    except (ValueError, KeyError, TypeError, RecursionError):
        outcome, message = STOPPED, ""
    if outcome == OUT_OF_MEMORY:
        return LoadReport(STOPPED, f"it needed more than {limits.megabytes} MB of memory", seconds)
    if outcome in (LOADED, FAILED):
        return LoadReport(outcome, message, seconds)
    how = f"by signal {_SIGNALS.get(-code, -code)}" if code < 0 else f"with exit code {code}"
    return LoadReport(STOPPED, f"its process ended {how}, without an answer", seconds)
