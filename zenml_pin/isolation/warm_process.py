"""The warm process: has imported what trials need, and runs each trial in a fork of itself.

    request     a line of JSON: the names of modules to import, or a function of this package and its arguments
    answer      a line of JSON: what the function answered, how its process ended, what it printed

A trial starts in milliseconds, and nothing that it does is there for the next one. The first modules are the libraries
that the code imports, and never code of a working tree. A trial ends with all processes that it started.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time

from zenml_pin.isolation.attempt import ignore_warnings, limit
from zenml_pin.isolation.supervisor import adopt_orphans, end_children, follow_parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_LONGEST_PRINTED = 10_000
_LONGEST_ANSWER = 1_000_000
# What a load imports when it is needed.
_OURS = (
    "zenml_pin.resolver",
    "zenml_pin.pins.checkout",
    *(
        f"zenml_pin.importing.rewriting.{name}"
        for name in ("code_patch", "compile", "import_scan", "place_words")
    ),
)
# How often a trial is looked at that has answered, or has closed its pipe, in seconds.
_POLL = 0.005


def serve(requests: socket.socket) -> None:
    """Answer requests until the other side closes the socket. Never returns."""
    try:
        os.setsid()
        adopt_orphans()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        ignore_warnings()
        with requests.makefile("rb") as lines:
            for line in lines:
                request = json.loads(line)
                answer = _warm(request) if "modules" in request else _Fork(request, requests).run()
                requests.sendall(json.dumps(answer).encode("ascii") + b"\n")
    finally:
        os._exit(0)


def _warm(request: dict[str, Any]) -> dict[str, Any]:
    """Import libraries, and ours; what fails here fails in a trial too, if that needs it."""
    _import(_OURS, sys.path[:])
    _import(request["modules"], request["path"])
    _import(request["tests"], [*request["tests_path"], *sys.path])
    # Forks would copy what a collection of garbage looks at.
    gc.collect()
    gc.freeze()
    return {}


def _import(names: Iterable[str], path: list[str]) -> None:
    before = sys.path[:]
    sys.path[:] = path
    for name in names:
        # A library may raise anything, SystemExit too.
        with contextlib.suppress(BaseException):
            importlib.import_module(name)
    sys.path[:] = before


class _Fork:
    """One trial.

    Args:
        request: The function, its arguments, and the limits.
        requests: The socket; if the other side closes it, the trial ends.
    """

    def __init__(self, request: dict[str, Any], requests: socket.socket) -> None:
        self._request = request
        self._requests = requests
        self._data = b""

    def run(self) -> dict[str, Any]:
        """Fork, wait, end all processes of the trial, and return its answer."""
        printed = os.memfd_create("printed")
        reader, writer = os.pipe()
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            self._work(writer, printed)
        os.close(writer)
        try:
            status = self._wait(child, reader, started + self._request["seconds"])
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
            end_children()
        self._read(reader)
        text = os.pread(printed, _LONGEST_PRINTED, 0).decode("utf-8", "replace")
        os.close(printed)
        os.close(reader)
        return {
            "answer": _parse(self._data),
            "code": None if status is None else os.waitstatus_to_exitcode(status),
            "printed": text,
            "seconds": round(time.monotonic() - started, 3),
        }

    def _work(self, writer: int, printed: int) -> None:
        """Run the function in this process. Never returns."""
        try:
            follow_parent()
            os.setsid()
            self._requests.close()
            os.dup2(printed, 1)
            os.dup2(printed, 2)
            limit(self._request["megabytes"], self._request["seconds"])
            module, _, name = self._request["function"].partition(":")
            own = os.getpid()
            answer = getattr(importlib.import_module(module), name)(**self._request["arguments"])
            # A process that the code has forked runs this line too.
            if os.getpid() == own:
                for stream in (sys.stdout, sys.stderr):
                    with contextlib.suppress(Exception):
                        stream.flush()
                os.write(writer, json.dumps(answer).encode("ascii")[:_LONGEST_ANSWER])
        finally:
            # Threads and exit handlers of old code must not keep the process alive.
            os.kill(os.getpid(), signal.SIGKILL)

    def _wait(self, child: int, reader: int, deadline: float) -> int | None:
        """Return how the trial ended; None if it had no more time, or if nobody waits for it."""
        poll = select.poll()
        poll.register(reader, select.POLLIN)
        poll.register(self._requests, select.POLLIN)
        is_open = True
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return status
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if not is_open:
                time.sleep(_POLL)
                continue
            # After its answer, the process itself may need a moment, and others that it started keep the pipe open.
            ready = dict(poll.poll((_POLL if self._data else min(left, 60)) * 1000))
            if self._requests.fileno() in ready:
                return None
            if reader in ready and not self._read(reader):
                poll.unregister(reader)
                is_open = False

    def _read(self, reader: int) -> bool:
        os.set_blocking(reader, False)
        try:
            piece = os.read(reader, 65536)
        except BlockingIOError:
            return True
        if len(self._data) < _LONGEST_ANSWER:
            self._data += piece
        return bool(piece)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
