"""Trials: loading a class in a process of its own, with limits, so that no old code can hurt who asks.

    parent   {"source": ..., "root": ..., "path": sys.path}       on the trial's stdin
    trial    {"outcome": "loaded" | "failed" | "memory", "message": ...}   on a pipe of its own

A trial's stdout and stderr lead nowhere, it stands in a session of its own, and at the end every process with its
mark in the environment is killed, forked ones among them. It has the rights of whoever asks, and is no sandbox
against code that means harm.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from zenml_pin import environment
from zenml_pin.audit.report import FAILED, LOADED, STOPPED, LoadReport
from zenml_pin.errors import PinError, printable

_POLL = 0.02
_ROUNDS = 100
_LONGEST = 64 * 1024
_MESSAGE = 500
# What setrlimit takes.
_MOST = 2**62
MARK = "ZENML_PIN_TRIAL"
# How who asked the system says that it gave no memory: glibc's loader of shared objects has two texts of its own.
_NO_MEMORY = ("failed to map segment", "cannot map zero-fill pages", os.strerror(errno.ENOMEM))
# Real-time signals have numbers alone.
_SIGNALS = {held.value: held.name for held in signal.Signals}
_PARENT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_START = (
    "import sys; sys.path.append(sys.argv[1]); from zenml_pin.audit.trial import main; main(sys.argv[2:])"
)


@attrs.frozen
class TrialLimits:
    """What a trial may use.

    Attributes:
        seconds: Time on the clock.
        megabytes: Memory of each of its processes, as RLIMIT_DATA counts it: what is allocated, not files in memory.
    """

    seconds: float = 30.0
    megabytes: int = 2048


def try_load(source: str, root: str, limits: TrialLimits, stop: threading.Event | None = None) -> LoadReport:
    """Load a class in a process of its own, and tell how that ended. Returns when its limit or `stop` ends it.

    Args:
        source: The source, pinned to a commit.
        root: The repository.
        limits: When it is stopped.
        stop: Set by whoever does not want to wait any longer.
    """
    started = time.monotonic()
    reader, writer = os.pipe()
    mark = secrets.token_hex(16)
    request = json.dumps({"source": source, "root": root, "path": sys.path})
    try:
        process = subprocess.Popen(
            # Isolated: a json.py in the repository must not be the one that is imported here.
            [sys.executable, "-I", "-c", _START, _PARENT, str(writer), str(limits.megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=root,
            # What a cache holds is not asked whether the class still loads.
            env={**environment.whole(), environment.CACHE: "", MARK: mark},
            pass_fds=(writer,),
            start_new_session=True,
        )
    finally:
        os.close(writer)
    try:
        _send(process, request)
        ended = _wait(process, started + limits.seconds, stop)
    finally:
        _end_all(process, mark)
        answer = _receive(reader)
    seconds = round(time.monotonic() - started, 3)
    if not ended:
        return LoadReport(STOPPED, f"it was stopped after {limits.seconds:g} seconds", seconds)
    return _judge(answer, process.returncode, limits, seconds)


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


def _receive(reader: int) -> bytes:
    """Return what the trial has answered; a process that it left behind cannot keep the pipe open for us."""
    os.set_blocking(reader, False)
    try:
        return os.read(reader, _LONGEST)
    except BlockingIOError:
        return b""
    finally:
        os.close(reader)


def _judge(answer: bytes, code: int, limits: TrialLimits, seconds: float) -> LoadReport:
    try:
        said: Any = json.loads(answer)
        outcome, message = said["outcome"], printable(str(said["message"]))[:_MESSAGE]
    except (ValueError, KeyError, TypeError, RecursionError):
        outcome, message = STOPPED, ""
    if outcome == "memory":
        return LoadReport(STOPPED, f"it needed more than {limits.megabytes} MB of memory", seconds)
    if outcome in (LOADED, FAILED):
        return LoadReport(outcome, message, seconds)
    how = f"by signal {_SIGNALS.get(-code, -code)}" if code < 0 else f"with exit code {code}"
    return LoadReport(STOPPED, f"its process ended {how}, without an answer", seconds)


def main(arguments: list[str]) -> None:
    """Carry out a trial, in its own process."""
    descriptor, megabytes = int(arguments[0]), int(arguments[1])
    os.set_inheritable(descriptor, False)
    request = json.load(sys.stdin)
    sys.path[:] = request["path"]
    warnings.simplefilter("ignore")
    # What loading needs itself is not counted.
    from zenml_pin.resolver import load

    _limit(megabytes)
    own = os.getpid()
    outcome, message = _outcome(lambda: load(request["source"], repo=request["root"], allow_dirty=True))
    # A child that the code has forked comes by here too.
    if os.getpid() == own:
        os.write(descriptor, json.dumps({"outcome": outcome, "message": message[:_MESSAGE]}).encode())
    # Threads and exit handlers of old code must not keep the process.
    os.kill(os.getpid(), signal.SIGKILL)


def _limit(megabytes: int) -> None:
    import resource

    size, (_, hard) = min(megabytes * 2**20, _MOST), resource.getrlimit(resource.RLIMIT_DATA)
    size = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _outcome(load: Callable[[], object]) -> tuple[str, str]:
    try:
        load()
    except BaseException as error:
        if any(_lacked_memory(held) for held in _chain(error)):
            return "memory", ""
        return FAILED, error.message if isinstance(error, PinError) else f"{type(error).__name__}: {error}"
    return LOADED, ""


def _lacked_memory(error: BaseException) -> bool:
    if isinstance(error, (ImportError, OSError)):
        return any(text in str(error) for text in _NO_MEMORY)
    return isinstance(error, MemoryError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__
