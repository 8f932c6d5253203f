"""EnvWorker: a process of an environment's Python that runs calls, one after the other, seen from this side."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
from multiprocessing.connection import Connection
from typing import Any

from zenml_pin.backends.environments.crossing import InstalledLibraries, unreadable
from zenml_pin.backends.environments.serving import BROKEN, ERROR
from zenml_pin.backends.environments.stored import StoredEnvironment
from zenml_pin.backends.environments.support import BEHIND, support_folders
from zenml_pin.base.distributions import LIBRARIES, version_of
from zenml_pin.base.process_environment import for_worker
from zenml_pin.base.version import __version__
from zenml_pin.errors import BackendError, ShippedError

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "serving.py")
_MODULES = {"attr": "attrs", "yaml": "PyYAML", "_yaml": "PyYAML"}


class WorkerTracebackError(Exception):
    """Its text is the traceback of an exception in the other process."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


class EnvWorker:
    """A process of an environment's Python.

    Args:
        environment: The environment.

    Raises:
        BackendError: The process cannot be started, or a locked library breaks this package.
    """

    def __init__(self, environment: StoredEnvironment) -> None:
        self._environment = environment
        front, behind = support_folders()
        here, there = socket.socketpair()
        with there:
            command = [environment.executable, "-I", _PROGRAM, str(there.fileno()), front, behind]
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    env=for_worker(environment.venv),
                    pass_fds=[there.fileno()],
                )
            except OSError as error:
                here.close()
                raise BackendError(f"'{environment.executable}' cannot be started: {error}") from error
        self._connection = Connection(here.detach())
        try:
            self._greet()
        except BaseException:
            self.stop()
            raise

    def call(self, message: bytes) -> Any:
        """Run a call and return its result; raise what it raised.

        Raises:
            BackendError: The process ended.
            ShippedError: The result cannot be opened here.
        """
        outcome = self._exchange(message)
        if outcome[0] == ERROR:
            _, dumped, text, trace = outcome
            raise _error(dumped, text) from WorkerTracebackError(trace)
        try:
            return pickle.loads(outcome[1])
        except Exception as error:
            there = InstalledLibraries.of_environment(self._environment)
            raise unreadable("the result", error, outcome[1], there, InstalledLibraries.here()) from error

    def stop(self) -> None:
        """End the process, also in the middle of a call."""
        self._connection.close()
        self._process.kill()
        self._process.wait()

    @property
    def is_alive(self) -> bool:
        """Whether it can take calls."""
        return self._process.poll() is None

    def _greet(self) -> None:
        outcome = self._exchange(None)
        if outcome[0] == BROKEN:
            _, text, roots, versions = outcome
            raise _broken(self._environment, text, roots, versions)

    def _exchange(self, message: bytes | None) -> tuple[Any, ...]:
        try:
            if message is not None:
                self._connection.send_bytes(message)
            outcome: tuple[Any, ...] = pickle.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            code = self._process.wait()
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise BackendError(
                f"the process of the environment of '{self._environment.lock}' {how}",
                "it may have run out of memory, or the code ended it",
            ) from error
        return outcome


def _error(dumped: bytes, text: str) -> BaseException:
    """Return an exception of a worker; a RuntimeError with its text where its class is not known here."""
    try:
        error = pickle.loads(dumped)
    except Exception:
        return RuntimeError(text)
    return error if isinstance(error, BaseException) else RuntimeError(text)


def _broken(
    environment: StoredEnvironment, text: str, roots: list[str], versions: dict[str, str]
) -> BackendError | ShippedError:
    """Return an error for a locked library with which this package does not start; it names both."""
    names = [_MODULES.get(root, root) for root in roots if root in BEHIND]
    name = next((name for name in names if name.lower() in versions), None)
    if name is None:
        return BackendError(f"zenml_pin {__version__} does not start in '{environment.lock}': {text}")
    here = version_of(name)
    own = f"{name} {here}" if name in LIBRARIES else f"{name} {here}, which its libraries need"
    return BackendError(
        f"'{environment.lock}' locks {name} {versions[name.lower()]}, with which zenml_pin {__version__} does not "
        f"start: {text}",
        f"here it uses {own}; lock a newer one in a commit, or run it without --env",
    )
