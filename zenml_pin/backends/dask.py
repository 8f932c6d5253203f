"""DaskBackend: runs calls on a running Dask cluster, given by its scheduler's address.

Each call is sent as bytes with its pinned code, so workers need only this package: no repository, no set-up, no file.
The scheduler does not open the bytes.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any

from zenml_pin.backends.base import ClusterBackend
from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.bundles.shipping import Shipped
from zenml_pin.errors import BackendError, MissingExtraError


class DaskBackend(ClusterBackend):
    """Runs calls on a Dask cluster.

    Args:
        address: The scheduler's address, such as "tcp://127.0.0.1:8786".
        timeout: How many seconds to wait for the scheduler, and for its first worker.
    """

    def __init__(self, address: str, timeout: float = 30.0) -> None:
        self._address = address
        self._timeout = timeout
        self._client: Any = None
        self._executor: Any = None

    @property
    def _is_open(self) -> bool:
        return self._executor is not None

    def _send(self, shipped: Shipped) -> Future[Any]:
        future: Future[Any] = self._executor.submit(shipped)
        return future

    def __enter__(self) -> DaskBackend:
        """Connect, and check that the cluster has workers with this release of the package.

        Raises:
            MissingExtraError: `distributed` is not installed here.
            BackendError: The scheduler does not answer, has no worker, or a worker lacks this release.
        """
        try:
            from distributed import Client
        except ImportError as error:
            raise MissingExtraError("a Dask cluster cannot be used", "distributed", "dask") from error
        try:
            connect: Callable[..., Any] = Client
            self._client = connect(self._address, timeout=self._timeout, set_as_default=False)
            self._client.wait_for_workers(1, timeout=self._timeout)
        except (OSError, ValueError, TimeoutError) as error:
            self.__exit__(None, None, None)
            raise BackendError(
                f"the Dask cluster at '{self._address}' does not answer: {error or type(error).__name__}",
                "start a scheduler and workers, and give the address that the scheduler prints",
            ) from error
        try:
            self._compare_releases()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        # Impure: Dask must run two equal calls twice.
        self._executor = self._client.get_executor(pure=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect, and cancel calls that have not ended. The cluster stays."""
        client, self._client, self._executor = self._client, None, None
        if client is not None:
            client.close()

    def _compare_releases(self) -> None:
        """Refuse workers without this release: a worker that cannot unpickle a task never answers."""
        answers = self._client.run(pkgutil.resolve_name, f"{PACKAGE}:__version__", on_error="return")
        others = {worker: answer for worker, answer in answers.items() if answer != __version__}
        if others:
            worker, answer = next(iter(others.items()))
            raise BackendError(
                f"{len(others)} of {len(answers)} workers of '{self._address}' lack zenml_pin {__version__}: "
                f"'{worker}' has {answer if isinstance(answer, str) else 'none'}",
                f"install zenml_pin=={__version__} where the workers run",
            )
