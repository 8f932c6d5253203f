"""ProcessesBackend: runs calls in new Python processes on this machine.

Only bytes are sent, and they are opened inside the call: if the other process cannot find a class, the call fails and
not the pool. The other process first attaches the repositories and bundles that are attached here, so it finds the
same pinned classes.
"""

from __future__ import annotations

import os
import pickle
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any

from zenml_pin.at import registry
from zenml_pin.backends.base import BaseBackend, not_open
from zenml_pin.bundles.shipping import raise_portable, unpickle
from zenml_pin.errors import BackendError, NotARepositoryError, UnusedCacheWarning
from zenml_pin.importing.given_roots import know, known_roots

# The addresses of repositories, the directory to materialize in, and source roots that a caller gave.
Known = tuple[list[str | bytes], str | None, list[tuple[str, ...]]]


class ProcessesBackend(BaseBackend):
    """Runs calls in new processes ("spawn").

    Args:
        workers: How many processes at most.
    """

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Start the call in another process.

        Raises:
            BackendError: The backend is not open.
        """
        if self._pool is None:
            raise not_open()
        payload = pickle.dumps((fn, args), protocol=5)
        return self._pool.submit(run_call, known_here(), payload)

    def __enter__(self) -> ProcessesBackend:
        """Open the pool. Its processes start with the first call.

        Raises:
            BackendError: This system has no processes or semaphores, such as a browser.
        """
        try:
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=get_context("spawn"), initializer=_begin
            )
        except (ImportError, NotImplementedError) as error:
            raise BackendError(
                f"this system cannot run calls in other processes: {error}", "use LocalBackend"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool and cancel calls that have not begun; after Ctrl-C, end running calls too."""
        if self._pool is not None:
            if kind is not None and not issubclass(kind, Exception):
                for process in list(self._pool._processes.values()):
                    process.terminate()
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _begin() -> None:
    # One process tells it.
    warnings.simplefilter("ignore", UnusedCacheWarning)
    _watch_parent()


def _watch_parent() -> None:
    """End this process when its parent ends."""
    # A parent that was killed does not close the pool, and this process would wait for ever.
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    # No process is left that could take a result or report an error.
    os._exit(1)


def known_here() -> Known:
    """Return what another process needs in order to find the pinned classes that are known here."""
    return registry.addresses(), registry.directory, known_roots()


def run_call(known_there: Known, payload: bytes) -> Any:
    """Run a call of another process.

    Args:
        known_there: What `known_here` returned in that process.
        payload: The pickled function and its arguments.
    """
    addresses, directory, given = known_there
    registry.materialize_in(directory)
    for roots in given:
        know(roots)
    known = registry.addresses()
    for address in addresses:
        # A repository that does not exist any more is an error only for a class from it; that error names the commit.
        with suppress(NotARepositoryError):
            if address not in known:
                registry.attach(registry.open(address))
    try:
        fn, args = unpickle(payload)
        return fn(*args)
    except (Exception, SystemExit) as error:
        raise_portable(error)
