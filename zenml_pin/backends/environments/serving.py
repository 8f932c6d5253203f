"""The worker's own program: `python -I serving.py DESCRIPTOR FRONT BEHIND`, in the environment's Python.

It reads calls from a socket and writes their outcomes, all of them pickles, until the other side closes the socket.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

READY, BROKEN, RESULT, ERROR = "ready", "broken", "result", "error"


def main(arguments: list[str]) -> None:
    """Serve calls until the other side hangs up."""
    from multiprocessing.connection import Connection

    descriptor, front, behind = int(arguments[0]), arguments[1], arguments[2]
    os.set_inheritable(descriptor, False)
    sys.path.insert(0, front)
    sys.path.append(behind)
    connection = Connection(descriptor)
    threading.Thread(target=_end_with_parent, args=(descriptor,), daemon=True).start()
    try:
        _import_all()
    except BaseException as error:
        _send(connection, (BROKEN, f"{type(error).__name__}: {error}", _libraries_in(error), _own_versions()))
        return
    _send(connection, (READY,))
    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return
        _send(connection, _outcome(message))


def _import_all() -> None:
    """Import what opens shipped objects, so that a library that does not fit is found out now."""
    import attrs  # noqa: F401

    import zenml_pin.backends.processes
    import zenml_pin.git.repository
    import zenml_pin.yaml.reading  # noqa: F401


def _outcome(message: bytes) -> tuple[Any, ...]:
    from zenml_pin.backends.processes import run_call

    try:
        result = run_call(*pickle.loads(message))
        return RESULT, pickle.dumps(result, protocol=5)
    except (Exception, SystemExit) as error:
        return (
            ERROR,
            _dumped(error),
            f"{type(error).__name__}: {error}",
            "".join(traceback.format_exception(error)),
        )


def _dumped(error: BaseException) -> bytes:
    try:
        return pickle.dumps(error, protocol=5)
    except Exception:
        return b""


def _send(connection: Connection, message: tuple[Any, ...]) -> None:
    connection.send_bytes(pickle.dumps(message, protocol=5))


def _libraries_in(error: BaseException) -> list[str]:
    """Return the top-level names of the modules that an exception went through, the innermost first."""
    names = [str(getattr(error, "name", None) or "").partition(".")[0]]
    trace = error.__traceback__
    while trace is not None:
        names.insert(1, trace.tb_frame.f_globals.get("__name__", "").partition(".")[0])
        trace = trace.tb_next
    return names


def _own_versions() -> dict[str, str]:
    from zenml_pin.base.distributions import packages

    return {name.lower(): version for name, version in packages().items()}


def _end_with_parent(descriptor: int) -> None:
    """End this process when the other side is gone, also while a call runs."""
    from select import POLLHUP, POLLRDHUP, poll

    watched = poll()
    watched.register(descriptor, POLLHUP | POLLRDHUP)
    watched.poll()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
