"""The supervisor: waits for the process that runs the code, and passes on its messages. It never runs the code.

    channel      lines of the code's process, up to a size; passed on unchanged
    listener     system calls that the supervisor refuses for seccomp, and reports to the parent in its own lines
    life line    the parent closes it, or ends, when the trial must end: the supervisor then ends the code's process

In a process namespace it is the first process, so that the kernel ends all others with it. Otherwise all processes that
the code leaves running become its children, however they were started, and it ends each of them.
"""

from __future__ import annotations

import _socket
import array
import contextlib
import os
import select
import signal
import sys
from typing import Any

from zenml_pin.isolation import seccomp
from zenml_pin.isolation.channel import LONGEST_STREAM, Lines, format_line, parse_line, send
from zenml_pin.isolation.mounts import Mounts
from zenml_pin.isolation.syscalls import prctl

_POLL = 50
_PIECE = 65536
_ROUNDS = 200
_PARENT_DEATH, _SUBREAPER = 1, 36
_MOST_REFUSALS = 200


def supervise(request: dict[str, Any], bundle: bytes, missing: dict[str, str], out: int) -> None:
    """Fork the process that runs the code, and watch it until its end.

    Args:
        request: The parent's request.
        bundle: The code.
        missing: Why a wall is missing, by name.
        out: The descriptor for lines to the parent.
    """
    mounts = Mounts(request["private"], request["megabytes"], missing)
    reader, writer = os.pipe()
    ours, theirs = _socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            from zenml_pin.isolation.code_process import run_code

            run_code(request, bundle, mounts, writer, theirs)
        finally:
            os._exit(1)
    os.close(writer)
    theirs.close()
    ends_others = "processes" not in missing
    Supervisor(child, reader, ours, out, request["key"], ends_others).watch(sys.stdin.fileno())


def follow_parent() -> None:
    """Have the kernel end this process with the one that forked it."""
    prctl(_PARENT_DEATH, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of all processes below this one whose parent ends."""
    prctl(_SUBREAPER, 1)


class Supervisor:
    """Watches over one process.

    Args:
        child: The process.
        channel: The descriptor of its lines.
        listeners: The socket that receives the descriptor of seccomp.
        out: The descriptor for lines to the parent.
        key: The channel's key.
        ends_others: Whether the kernel ends all other processes with this one.
    """

    def __init__(
        self, child: int, channel: int, listeners: _socket.socket, out: int, key: str, ends_others: bool
    ) -> None:
        self._child = child
        self._channel = channel
        self._listeners = listeners
        self._out = out
        self._key = key
        self._ends_others = ends_others
        self._lines = Lines()
        self._passed = 0
        # The first of its kind, and how often, by name and two arguments: others may be left over from earlier calls.
        self._refused: dict[tuple[str, tuple[int, ...]], tuple[list[str], int]] = {}
        self._poll = select.poll()
        self._listener: int | None = None

    def watch(self, life_line: int) -> None:
        """Wait until the process ends, and end it if the parent closes the life line; then report how it ended."""
        os.set_blocking(self._channel, False)
        watched = {self._channel: self._pass_on, self._listeners.fileno(): self._take_listener}
        for number in watched:
            self._poll.register(number, select.POLLIN)
        # No data comes from it; poll reports that it is closed.
        self._poll.register(life_line, 0)
        with contextlib.suppress(OSError):
            # Without it, the poll's time limit ends before the end of the process is noticed.
            self._poll.register(os.pidfd_open(self._child), select.POLLIN)
        status = None
        while status is None:
            for number, _ in self._poll.poll(_POLL):
                if number == life_line:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self._child, signal.SIGKILL)
                    self._poll.unregister(life_line)
                elif number == self._listener:
                    self._refuse()
                elif number in watched:
                    watched[number]()
            status = self._ended()
        self._pass_on()
        if not self._ends_others:
            end_children()
        for (name, _), (arguments, times) in self._refused.items():
            if times > 1:
                self._report(name, arguments, times)
        send(self._out, format_line(self._key, {"end": os.waitstatus_to_exitcode(status)}))

    def _ended(self) -> int | None:
        """Collect the processes that have ended; return the status of the code's process, if it has ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid == self._child:
                return status
            if pid == 0:
                return None

    def _pass_on(self) -> None:
        """Pass on the lines that have arrived."""
        try:
            piece = os.read(self._channel, _PIECE)
        except BlockingIOError:
            return
        if not piece:
            with contextlib.suppress(KeyError):
                self._poll.unregister(self._channel)
        for line in self._lines.add(piece):
            message = parse_line(self._key, line)
            # Only this process may report these.
            message.pop("end", None)
            message.pop("refused", None)
            output = format_line(self._key, message)
            self._passed += len(output)
            if message and self._passed <= LONGEST_STREAM:
                send(self._out, output)

    def _take_listener(self) -> None:
        """Take the descriptor of seccomp, once."""
        self._poll.unregister(self._listeners.fileno())
        with contextlib.closing(self._listeners):
            _, ancillary, _, _ = self._listeners.recvmsg(1, _socket.CMSG_SPACE(4))
        for level, kind, data in ancillary:
            if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
                self._listener = array.array("i", data)[0]
                self._poll.register(self._listener, select.POLLIN)

    def _refuse(self) -> None:
        """Refuse a system call, and report it once."""
        assert self._listener is not None
        try:
            name, arguments = seccomp.answer_one(self._listener)
        except OSError:
            return
        call = (name, arguments[:2])
        first, times = self._refused.get(call, (list(map(hex, arguments[:4])), 0))
        if times or len(self._refused) < _MOST_REFUSALS:
            self._refused[call] = first, times + 1
        if call in self._refused and not times:
            self._report(name, first, 1)

    def _report(self, name: str, arguments: list[str], times: int) -> None:
        send(self._out, format_line(self._key, {"refused": name, "arguments": arguments, "times": times}))


def end_children() -> None:
    """End every process that the code left running, after `adopt_orphans`."""
    for _ in range(_ROUNDS):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in _children():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        select.select([], [], [], 0.005)


def _children() -> list[int]:
    """Return the children of this process that have not ended."""
    own, children = str(os.getpid()), []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, IndexError), open(f"/proc/{name}/stat") as file:
            state, parent = file.read().rpartition(")")[2].split()[:2]
            if parent == own and state not in "ZX":
                children.append(int(name))
    return children
