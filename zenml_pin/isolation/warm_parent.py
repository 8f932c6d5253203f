"""The parent of a warm process: starts it, sends it functions to run, and reads the answers.

    with WarmProcess() as process:
        process.warm(Warmth(["numpy"], path))
        outcome = process.call("zenml_pin.module:function", {"x": 1}, TrialLimits())
        outcome.answer          what the function returned, or {}

The process is a fork of this one where no other thread runs, else a new Python. Trials have all rights of the user, and
are only kept apart. See `judging` for walls.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import attrs

import zenml_pin
from zenml_pin.base.locks import ForkLock
from zenml_pin.isolation.outcomes import KILLED, MEMORY, OUT_OF_MEMORY, TIMED_OUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from zenml_pin.isolation.limits import TrialLimits

# The folder that contains this package.
_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(zenml_pin.__file__)))
_START = (
    "import sys, socket; sys.path.append(sys.argv[1]); "
    "from zenml_pin.isolation.warm_process import serve; sys.path[:] = sys.argv[3:]; "
    "serve(socket.socket(fileno=int(sys.argv[2])))"
)
# The longest time for the imports before the first trial, in seconds.
_WARM_UP = 120.0
# How much longer than its limit a trial may take to be ended.
_GRACE = 30.0
# How long a process may take to end its trial and itself, and how often it is looked at, in seconds.
_ENDING = 30.0
_POLL = 0.002


@attrs.frozen
class ForkOutcome:
    """How a trial ended.

    Attributes:
        answer: What the function answered; {} if its process ended before.
        code: The exit code of its process, negative for a signal; None if it was stopped.
        stopped_by: "timed out", "killed" or "out of memory"; else empty.
        message: Why, in one line.
        printed: The output of the code.
        seconds: How long it took.
    """

    answer: dict[str, Any]
    code: int | None = None
    stopped_by: str = ""
    message: str = ""
    printed: str = ""
    seconds: float = 0.0


@attrs.frozen
class Warmth:
    """What a warm process imports.

    Attributes:
        modules: Dotted names of libraries.
        path: The import path for them.
        tests: Modules of the user's tests.
        tests_path: Where these are found first.
    """

    modules: list[str]
    path: list[str]
    tests: list[str] = attrs.field(factory=list)
    tests_path: list[str] = attrs.field(factory=list)


@attrs.define
class _Running:
    """A process that runs.

    Attributes:
        socket: The socket to it.
        pid: Its id.
        process: The process, if it is not a fork of this one.
        is_warm: Whether it has imported what it should, so that it notices when the socket is closed.
    """

    socket: socket.socket
    pid: int
    process: subprocess.Popen[bytes] | None = None
    is_warm: bool = False
    _lock: ForkLock = attrs.field(factory=ForkLock)

    def end(self) -> None:
        """End it, and the trial that it runs. During an import it does not notice that, and is killed."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        latest = time.monotonic() + (_ENDING if self.is_warm else 0)
        with self._lock:
            while not self._has_ended():
                if time.monotonic() >= latest:
                    os.kill(self.pid, signal.SIGKILL)
                time.sleep(_POLL)

    def _has_ended(self) -> bool:
        if self.process is not None:
            return self.process.poll() is not None
        try:
            return os.waitpid(self.pid, os.WNOHANG) != (0, 0)
        except ChildProcessError:
            return True


class WarmProcess:
    """A warm process, which starts when it is needed and again after it was closed."""

    def __init__(self) -> None:
        self._running: _Running | None = None
        self._warmth: Warmth | None = None
        # Another object after each `close`.
        self._opened = object()

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def warm(self, warmth: Warmth) -> None:
        """Import modules in the process, so that trials need not."""
        self._warmth = warmth
        self._end()

    def call(
        self,
        function: str,
        arguments: dict[str, Any],
        limits: TrialLimits,
        stop: threading.Event | None = None,
    ) -> ForkOutcome:
        """Run a function of this package in a fork of the process.

        Args:
            function: As in "zenml_pin.module:function".
            arguments: Plain data.
            limits: Time and memory.
            stop: If it is set when this begins, nothing runs. Who sets it calls `close` next.
        """
        request = {
            "function": function,
            "arguments": arguments,
            "seconds": limits.seconds,
            "megabytes": limits.megabytes,
        }
        opened = self._opened
        if stop is None or not stop.is_set():
            self._start(opened)
            answer = self._ask(request, limits.seconds + _GRACE)
            if answer is not None:
                return _judge(answer, limits)
            self._end()
        return ForkOutcome({}, stopped_by=KILLED, message="the process of the trials ended")

    def close(self) -> None:
        """End the process, and the trial that it runs. May be called from another thread."""
        # First: a process that starts at this moment ends too.
        self._opened = object()
        self._end()

    def start(self) -> None:
        """Start the process, unless it runs."""
        self._start(self._opened)

    def _start(self, opened: object) -> None:
        """Start the process, unless it runs, or was closed since `_opened` was this object."""
        if self._running is not None:
            return
        self._connect(opened)
        running = self._running
        if self._warmth is None or running is None:
            return
        if self._ask(attrs.asdict(self._warmth), _WARM_UP) is not None:
            running.is_warm = True
            return
        self._end()
        if self._opened is opened:
            # A library ended the process, or hangs; trials start without it.
            self._warmth = None
            self._connect(opened)

    def _connect(self, opened: object) -> None:
        ours, theirs = socket.socketpair()
        if is_alone():
            pid = os.fork()
            if pid == 0:
                from zenml_pin.isolation.warm_process import serve

                ours.close()
                serve(theirs)
            self._running = _Running(ours, pid, is_warm=self._warmth is None)
        else:
            process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, _PARENT, str(theirs.fileno()), *sys.path],
                pass_fds=(theirs.fileno(),),
            )
            self._running = _Running(ours, process.pid, process, is_warm=self._warmth is None)
        theirs.close()
        if self._opened is not opened:
            self._end()

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.end()

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """Return the answer to a request; None if the process ended, or does not answer."""
        running = self._running
        if running is None:
            return None
        data = b""
        try:
            running.socket.settimeout(seconds)
            running.socket.sendall(json.dumps(request).encode("ascii") + b"\n")
            while not data.endswith(b"\n"):
                piece = running.socket.recv(65536)
                if not piece:
                    return None
                data += piece
        except OSError:
            return None
        answer: dict[str, Any] = json.loads(data)
        return answer


def is_alone() -> bool:
    """Tell whether this process has no other thread, also none of a library."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _judge(reply: dict[str, Any], limits: TrialLimits) -> ForkOutcome:
    answer, code = reply["answer"], reply["code"]
    stopped_by, message = "", ""
    if answer.get("answer") == OUT_OF_MEMORY:
        stopped_by, message = MEMORY, f"it needed more than {limits.megabytes} MB of memory"
    elif not answer and code is None:
        stopped_by, message = TIMED_OUT, f"it was stopped after {limits.seconds:g} seconds"
    elif not answer and code < 0:
        stopped_by, message = KILLED, f"its process ended by signal {-code}"
    return ForkOutcome(answer, code, stopped_by, message, reply["printed"], reply["seconds"])
