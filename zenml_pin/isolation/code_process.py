"""The process that runs the code, behind the walls, until it sends its answer.

Its only descriptors are /dev/null, a file in memory for the output of the code, and the channel to the supervisor. The
walls come first, then the limits, then the code.
"""

from __future__ import annotations

import _socket
import array
import contextlib
import fcntl
import json
import os
import signal
import sys
from typing import Any

from zenml_pin.base import memory_folder
from zenml_pin.base.locks import ForkLock
from zenml_pin.base.script_arguments import module_of, script_arguments
from zenml_pin.isolation.attempt import ignore_warnings, limit, limit_files_and_processes, outcome_of
from zenml_pin.isolation.channel import format_line, send
from zenml_pin.isolation.events import Watch
from zenml_pin.isolation.import_path import list_now
from zenml_pin.isolation.outcomes import LONGEST_MESSAGE, REFUSED
from zenml_pin.isolation.own_walls import Walls
from zenml_pin.isolation.readable import Allowed, Grant, grants, open_entries, partial_entries
from zenml_pin.isolation.shared_caches import link_shared
from zenml_pin.isolation.walls import REQUIRE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.isolation.mounts import Mounts

_CHANNEL = 3
_LONGEST_PRINTED = 10_000
_sending = ForkLock()


def run_code(
    request: dict[str, Any], bundle: bytes, mounts: Mounts, channel: int, listeners: _socket.socket
) -> None:
    """Put up the walls, load the class, answer, and end this process. Never returns.

    Args:
        request: The parent's request.
        bundle: The code.
        mounts: The file systems, which are already mounted.
        channel: The descriptor for lines to the supervisor.
        listeners: The socket that sends the descriptor of seccomp to the supervisor.
    """
    own = os.getpid()
    try:
        load = _prepare(request, bundle)
        os.chdir(request["private"])
        link_shared(request["shared"], request["private"])
        printed = _arrange_descriptors(channel, listeners, request["facts"])
        # This reads folders that the walls forbid afterwards.
        granted = _grants(request, mounts)
        list_now(partial_entries(request["path"], request["repositories"], request["homes"]))
        walls = Walls(granted, mounts.missing, request["left_out"], request["landlock_abi"])
        _hand_over(walls.listener, _socket.socket(fileno=_CHANNEL + 1))
        key = request["key"]
        state = {
            "walls": walls.standing,
            "missing": walls.missing,
            "abi": walls.abi,
            "counted": mounts.is_counted,
        }
        _tell(key, state)
        if (request["mode"] == REQUIRE and walls.missing) or request["source"] is None:
            _tell(key, {"answer": {"outcome": REFUSED, "message": ""}})
            return
        Watch(lambda event: _tell(key, {"event": event}), Allowed(granted), walls.standing).start()
        if not mounts.has_own_memory_files:
            # The machine's /dev/shm is closed; nobody else can see the private folder.
            memory_folder.use(request["private"])
        limit_files_and_processes(request["megabytes"])
        limit(request["megabytes"], request["seconds"])
        answer = _answer(load, request, printed)
        # A process that the code has forked runs this line too.
        if os.getpid() == own:
            _tell(key, {"answer": answer})
    finally:
        # Threads and exit handlers of old code must not keep the process alive.
        os.kill(os.getpid(), signal.SIGKILL)


class _Load:
    """Loads the class of a request from its bundle."""

    def __init__(self, source: str, bundle: bytes, resolver: Any) -> None:
        from zenml_pin.isolation.received_bundle import ReceivedBundle

        self._source = source
        self._bundle = ReceivedBundle(bundle)
        self._resolver = resolver
        self.loaded: Any = None

    def __call__(self) -> None:
        with script_arguments(module_of(self._source)):
            self.loaded = self._resolver.load(self._source, repo=self._bundle, allow_dirty=True)

    @property
    def needs_more(self) -> bool:
        """Whether it needed a part of the commit that the bundle does not have."""
        return self._bundle.needs_more


def _prepare(request: dict[str, Any], bundle: bytes) -> _Load | None:
    """Import what a load needs: it does not count as memory of the code, and never comes from a working tree."""
    # Compiled modules of the libraries stay unchanged.
    sys.dont_write_bytecode = True
    ignore_warnings()
    if request["source"] is None:
        return None
    sys.path += request["path"]
    from zenml_pin import resolver

    if request["facts"]:
        import zenml_pin.isolation.facts
    if request["tester"] is not None:
        import zenml_pin.isolation.tester  # noqa: F401
    sys.path[:] = open_entries(request["path"], request["repositories"])
    return _Load(request["source"], bundle, resolver)


def _grants(request: dict[str, Any], mounts: Mounts) -> list[Grant]:
    shared = [Grant(path, "read", "a cache that is shared") for path, _ in request["shared"]]
    return shared + grants(
        request["path"],
        request["repositories"],
        request["homes"],
        request["private"],
        request["own"],
        has_own_proc=mounts.has_own_proc,
        has_own_memory_files=mounts.has_own_memory_files,
    )


def _answer(load: _Load | None, request: dict[str, Any], printed: int | None) -> dict[str, Any]:
    assert load is not None
    outcome, message = outcome_of(load)
    answer: dict[str, Any] = {"outcome": outcome, "message": message[:LONGEST_MESSAGE]}
    cls = load.loaded
    if cls is not None and request["tester"] is not None:
        from zenml_pin.isolation.tester import run_tester

        answer["tested"] = run_tester(request["tester"], cls, request["source"])
    answer["needs_more"] = load.needs_more
    if request["facts"]:
        answer["printed"] = _read_printed(printed)
        if cls is not None:
            from zenml_pin.isolation.facts import facts_of

            outcome_of(lambda: answer.update(facts=json.loads(json.dumps(facts_of(cls)))))
    return answer


def _tell(key: str, message: dict[str, Any]) -> None:
    # A thread of the code that is still running must not write its events into the answer.
    with _sending:
        send(_CHANNEL, format_line(key, message))


def _arrange_descriptors(channel: int, listeners: _socket.socket, wants_printed: bool) -> int | None:
    """Close every descriptor that a trial does not need; return the descriptor of the output, if wanted."""
    # First to high numbers, so that the numbers that they get are free.
    high = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 64) for number in (channel, listeners.detach())]
    nothing = os.open(os.devnull, os.O_RDWR)
    output = os.memfd_create("printed") if wants_printed else nothing
    for number, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(number, target)
    for index, number in enumerate(high):
        os.dup2(number, _CHANNEL + index, inheritable=False)
    os.closerange(_CHANNEL + 2, 2**20)
    return 1 if wants_printed else None


def _hand_over(listener: int | None, listeners: _socket.socket) -> None:
    """Send the supervisor the descriptor for questions about system calls; keep no copy."""
    with contextlib.closing(listeners):
        if listener is None:
            listeners.send(b"0")
            return
        rights = array.array("i", [listener])
        listeners.sendmsg([b"1"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
        os.close(listener)


def _read_printed(descriptor: int | None) -> str:
    """Return the beginning of the code's output."""
    if descriptor is None:
        return ""
    for stream in (sys.stdout, sys.stderr):
        outcome_of(stream.flush)
    try:
        return os.pread(descriptor, _LONGEST_PRINTED, 0).decode("utf-8", "replace")
    except (OSError, MemoryError):
        return ""
