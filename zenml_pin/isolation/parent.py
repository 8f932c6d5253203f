"""The parent: starts the process of a trial, sends the request, waits, and judges the answer.

    parent   request and bundle                       on the trial's stdin, which then stays open: the life line
    trial    lines of `channel`: walls, events, the answer, the end      on a separate pipe

A trial's stdout and stderr are not shown. The trial has a separate session, and at the end the parent ends all of its
processes. In a process namespace, and below a supervisor, no process can escape this. Without walls, a mark in the
environment identifies the processes: one that leaves the session and changes its environment stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import attrs

import zenml_pin
from zenml_pin.base import environment, process_environment
from zenml_pin.base.text import printable
from zenml_pin.isolation.channel import LONGEST_OUTPUT, Lines, parse_line
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.outcomes import (
    FAILED,
    KILLED,
    LOADED,
    LONGEST_MESSAGE,
    MEMORY,
    OUT_OF_MEMORY,
    REFUSED,
    STOPPED,
    TIMED_OUT,
)
from zenml_pin.isolation.private_folder import private_folder
from zenml_pin.isolation.shared_caches import find_shared
from zenml_pin.isolation.trial import Trial, TrialEvent, read_answer
from zenml_pin.isolation.walls import AUTO, NEWEST_ABI, OFF

_POLL = 20
_PIECE = 65536
_ROUNDS = 100
# How long a trial behind walls may take to end after the life line is closed, in seconds.
_GRACE = 1.0
MARK = "ZENML_PIN_TRIAL"
# Real-time signals have numbers only.
_SIGNALS = {member.value: member.name for member in signal.Signals}
# The folder that contains this package.
_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(zenml_pin.__file__)))
_START = (
    "import sys; sys.path.append(sys.argv[1]); from zenml_pin.isolation.child import main; main(sys.argv[2:])"
)


@attrs.frozen
class Request:
    """A request for a trial.

    Attributes:
        source: The source, pinned to a commit; None to try the walls only.
        root: The repository's root. The trial starts there; behind walls it then moves to its private folder.
        closed: Folders of the repository, which a trial behind walls cannot read.
        mode: "auto", "require" or "off".
        bundle: The code, for a trial behind walls.
        wants_facts: Whether to return facts about the class, and the output of the code.
        env_pass: Names of environment variables that a trial behind walls also gets.
        left_out: Walls that are not put up, as if this machine did not have them.
        landlock_abi: The newest version of Landlock to use.
        tester: Code of the user that judges the class, for a trial behind walls; see `tester`.
    """

    source: str | None
    root: str
    closed: tuple[str, ...] = ()
    mode: str = AUTO
    bundle: bytes = b""
    wants_facts: bool = False
    env_pass: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    landlock_abi: int = NEWEST_ABI
    tester: dict[str, Any] | None = None


def run_trial(request: Request, limits: TrialLimits, stop: threading.Event | None = None) -> Trial:
    """Load a class in a separate process, and return how that ended. A limit or `stop` can end it early.

    Args:
        request: The source and the repository.
        limits: Time and memory.
        stop: Ends the trial when it is set.
    """
    started = time.monotonic()
    if request.mode == OFF:
        return _run(request, limits, stop, started, "")
    with private_folder() as folder:
        return _run(request, limits, stop, started, folder)


def _run(
    request: Request, limits: TrialLimits, stop: threading.Event | None, started: float, private: str
) -> Trial:
    mark, key = secrets.token_hex(16), secrets.token_hex(16)
    reader, writer = os.pipe()
    try:
        try:
            process = _start(writer, request, private, mark)
        finally:
            os.close(writer)
        messages = _Messages(key)
        try:
            _send(process, _format(request, limits, private, key), request.bundle)
            ended = _wait(process, reader, messages, started + limits.seconds, stop)
        finally:
            _end_all(process, mark, messages, is_off=request.mode == OFF)
        messages.read_rest(reader)
    finally:
        os.close(reader)
    code = messages.end if messages.end is not None else process.returncode
    seconds = round(time.monotonic() - started, 3)
    # If this process was suspended, the trial's own timer has ended it.
    if not ended or (code == -signal.SIGALRM and seconds > limits.seconds):
        outcome, message, stopped_by = STOPPED, f"it was stopped after {limits.seconds:g} seconds", TIMED_OUT
    else:
        outcome, message, stopped_by = _judge(messages.answer, code, limits)
    trial = read_answer(outcome, message, seconds, messages.walls, messages.events, messages.answer)
    return attrs.evolve(trial, stopped_by=stopped_by)


class _Messages:
    """The messages of a trial, as they arrive. The first of each kind counts."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._lines = Lines(LONGEST_OUTPUT)
        self.walls: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.end: int | None = None
        self.events: list[TrialEvent] = []

    def read(self, descriptor: int) -> bool:
        """Read a piece; return False at the end of the pipe."""
        piece = os.read(descriptor, _PIECE)
        for line in self._lines.add(piece):
            self._take(parse_line(self._key, line))
        return bool(piece)

    def read_rest(self, descriptor: int) -> None:
        """Read what the pipe has now; do not wait for a process that still has the pipe open."""
        os.set_blocking(descriptor, False)
        with contextlib.suppress(BlockingIOError):
            while self.read(descriptor):
                pass

    def _take(self, message: dict[str, Any]) -> None:
        for name in ("walls", "answer"):
            value = message.get(name)
            if value is not None and not getattr(self, name):
                setattr(self, name, message if name == "walls" else value if isinstance(value, dict) else {})
        if type(message.get("end")) is int and self.end is None:
            self.end = message["end"]
        event = TrialEvent.of(message)
        if event is None or event in self.events:
            return
        for index, earlier in enumerate(self.events if event.times > 1 else ()):
            if attrs.evolve(event, times=earlier.times) == earlier:
                self.events[index] = event
                return
        self.events.append(event)


def _absolute(entry: object) -> str:
    """Return an entry of the import path for a process in another folder; "" for an entry without effect."""
    if not isinstance(entry, str):
        return ""
    if not os.path.exists(entry or os.curdir):
        # It may be a name that an import hook uses.
        return entry
    try:
        return os.path.abspath(entry)
    except OSError:
        # The current folder was deleted.
        return ""


def _start(writer: int, request: Request, private: str, mark: str) -> subprocess.Popen[bytes]:
    # Without a cache: its code does not show whether the class still loads.
    is_off = request.mode == OFF
    variables = (
        process_environment.whole()
        if is_off
        else process_environment.for_isolation(request.env_pass, private)
    )
    return subprocess.Popen(
        # -I: a json.py in the repository must not replace Python's own.
        [sys.executable, "-I", "-c", _START, _PARENT, str(writer)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=request.root,
        env={**variables, environment.CACHE: "", MARK: mark},
        pass_fds=(writer,),
        start_new_session=True,
    )


def _format(request: Request, limits: TrialLimits, private: str, key: str) -> bytes:
    path, homes = [entry for entry in map(_absolute, sys.path) if entry], _homes()
    closed = list(map(os.path.realpath, request.closed))
    content = {
        "source": request.source,
        "root": request.root,
        "path": path,
        "mode": request.mode,
        "bundle": len(request.bundle),
        "key": key,
        "facts": request.wants_facts,
        "private": private,
        "left_out": request.left_out,
        "landlock_abi": request.landlock_abi,
        "tester": request.tester,
        "repositories": closed,
        "homes": homes,
        "shared": list(find_shared(environment.cache_home(), homes, closed)),
        "own": [os.path.join(_PARENT, "zenml_pin"), *_editable(sys.modules)],
        "megabytes": limits.megabytes,
        "seconds": limits.seconds,
    }
    return json.dumps(content).encode("ascii") + b"\n"


def _homes() -> list[str]:
    """Return the known home folders: the user's, root's and /home."""
    names = [environment.home(), os.path.expanduser("~"), "/root", "/home"]
    homes = {os.path.realpath(name) for name in names if name and os.path.isabs(name)}
    return sorted(homes - {"/"})


def _editable(modules: dict[str, Any]) -> Iterator[str]:
    """Yield the folders of packages that pip installed as editable, which are not on the import path."""
    for name, module in list(modules.items()):
        if name.startswith("__editable__"):
            yield from map(os.path.realpath, getattr(module, "MAPPING", {}).values())


def _send(process: subprocess.Popen[bytes], head: bytes, bundle: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        assert process.stdin is not None
        process.stdin.write(head)
        process.stdin.write(bundle)
        process.stdin.flush()


def _wait(
    process: subprocess.Popen[bytes],
    reader: int,
    messages: _Messages,
    deadline: float,
    stop: threading.Event | None,
) -> bool:
    """Read the messages of a trial until it ends; return False after its time, or when `stop` is set."""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while process.poll() is None:
        if poll.poll(_POLL) and not messages.read(reader):
            break
        if time.monotonic() > deadline or (stop is not None and stop.is_set()):
            return False
    # The pipe is closed, so the process is about to end, unless the code itself closed it.
    while process.poll() is None:
        if time.monotonic() > deadline or (stop is not None and stop.is_set()):
            return False
        time.sleep(0.001)
    return True


def _end_all(process: subprocess.Popen[bytes], mark: str, messages: _Messages, is_off: bool) -> None:
    """End all processes of a trial."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    if not is_off:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # A supervisor that reported the end has ended all others.
    if messages.end is None and "processes" not in messages.walls.get("walls", ()):
        _end_marked(mark)


def _end_marked(mark: str) -> None:
    """End every process with the mark of a trial, forked ones too."""
    # Repeated until no process is left: a killed process needs a moment to end, and may fork in it.
    for _ in range(_ROUNDS):
        left = list(_marked(mark))
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            return
        time.sleep(_POLL / 1000)


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


def _judge(answer: dict[str, Any], code: int, limits: TrialLimits) -> tuple[str, str, str]:
    """Return the outcome, why, and what stopped the trial, if something did."""
    outcome, message = answer.get("outcome"), printable(str(answer.get("message", "")))[:LONGEST_MESSAGE]
    if outcome == OUT_OF_MEMORY:
        return STOPPED, f"it needed more than {limits.megabytes} MB of memory", MEMORY
    if outcome in (LOADED, FAILED, REFUSED):
        return outcome, message, ""
    how = f"by signal {_SIGNALS.get(-code, -code)}" if code < 0 else f"with exit code {code}"
    return STOPPED, f"its process ended {how}, without an answer", KILLED
