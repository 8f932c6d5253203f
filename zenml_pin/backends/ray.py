"""RayBackend: runs calls on a running Ray cluster, given by its address.

Each call is sent as bytes with its pinned code, so workers need only this package: no repository, no set-up, no file.
Ray itself does not open the bytes, and it starts the call of a lost worker again on another one.

Ray ends the process that asks for a cluster which is not there, after a minute, and leaves calls without an answer when
a cluster is lost. So the address is tried first, and again from time to time while the backend is open.
"""

from __future__ import annotations

import pickle
import pkgutil
import socket
import threading
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from types import TracebackType
from typing import Any

from zenml_pin.backends.base import ClusterBackend
from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.bundles.shipping import Shipped, unpickle
from zenml_pin.errors import BackendError, MissingExtraError

# Seconds between two looks at the cluster, and how long it may take to answer one.
_INTERVAL = 2.0
_PATIENCE = 5.0
# The first bytes of a client of HTTP/2, which gRPC speaks: its preface and an empty frame of settings.
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


class RayBackend(ClusterBackend):
    """Runs calls on a Ray cluster.

    A process has one connection to Ray at a time. If it has one to this cluster, the backend uses it and leaves it
    open; else it connects, and disconnects at its end.

    Args:
        address: The address that `ray start --head` prints, such as "127.0.0.1:6379", on a machine of the cluster.
        timeout: How many seconds to wait for a worker of each machine.
    """

    def __init__(self, address: str, timeout: float = 60.0) -> None:
        self._address = address
        self._timeout = timeout
        self._ray: Any = None
        self._remote_call: Any = None
        self._is_ours = False
        self._calls: dict[Future[Any], Any] = {}
        self._closing = threading.Event()

    @property
    def _is_open(self) -> bool:
        return self._ray is not None

    def __enter__(self) -> RayBackend:
        """Connect, and check that the cluster's machines have this release of the package.

        Raises:
            MissingExtraError: `ray` is not installed here.
            BackendError: No cluster answers, this process is connected to another one, or a machine lacks this release.
        """
        try:
            import ray
        except ImportError as error:
            raise MissingExtraError("a Ray cluster cannot be used", "ray", "ray") from error
        self._ray = ray
        try:
            self._connect()
            self._compare_releases()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self._remote_call = ray.remote(max_retries=3)(_call)
        # A new one: the thread of an earlier block, which may be at work, ends by its own.
        self._closing = threading.Event()
        threading.Thread(target=self._watch, args=(self._closing,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel calls that have not ended, and disconnect. The cluster stays."""
        self._closing.set()
        for future in list(self._calls):
            future.cancel()
        ray, self._ray = self._ray, None
        if self._is_ours:
            self._is_ours = False
            ray.shutdown()

    def _connect(self) -> None:
        try:
            _try_address(self._address)
            if self._ray.is_initialized():
                self._refuse_another(self._ray.get_runtime_context().gcs_address)
                return
            # What workers print stays there: the standard output of a command has its answer and nothing else.
            self._ray.init(self._address, log_to_driver=False, logging_level="ERROR")
        except (OSError, ValueError, RuntimeError) as error:
            raise BackendError(
                f"the Ray cluster at '{self._address}' does not answer: {error or type(error).__name__}",
                "start it with `ray start --head`, and give the address that this prints, on one of its machines",
            ) from error
        self._is_ours = True

    def _refuse_another(self, connected: str) -> None:
        if not _is_same(self._address, connected):
            raise BackendError(
                f"this process is connected to another Ray cluster, '{connected}'",
                f"end that connection with ray.shutdown() before you use '{self._address}'",
            )

    def _compare_releases(self) -> None:
        """Refuse machines without this release, before their workers fail one call after the other."""
        release = self._ray.remote(num_cpus=0, max_retries=0)(pkgutil.resolve_name)
        on = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        machines = [node for node in self._ray.nodes() if node["Alive"]]
        answers = {
            release.options(scheduling_strategy=on(node["NodeID"], soft=False)).remote(
                f"{PACKAGE}:__version__"
            ): node["NodeManagerAddress"]
            for node in machines
        }
        ready, waiting = self._ray.wait(list(answers), num_returns=len(answers), timeout=self._timeout)
        if waiting:
            raise BackendError(
                f"{len(waiting)} of {len(answers)} machines of the Ray cluster at '{self._address}' start no worker "
                f"in {self._timeout:g} seconds: '{answers[waiting[0]]}'",
                "look at `ray status` there, or give a longer timeout",
            )
        releases = {answers[answer]: self._release_of(answer) for answer in ready}
        others = {machine: version for machine, version in releases.items() if version != __version__}
        if others:
            machine, version = next(iter(others.items()))
            raise BackendError(
                f"{len(others)} of {len(answers)} workers of '{self._address}' lack zenml_pin {__version__}: "
                f"'{machine}' has {version or 'none'}",
                f"install zenml_pin=={__version__} where the workers run",
            )

    def _release_of(self, answer: Any) -> str | None:
        try:
            return str(self._ray.get(answer))
        except self._ray.exceptions.RayError:
            return None

    def _send(self, shipped: Shipped) -> Future[Any]:
        reference = self._remote_call.remote(shipped)
        future: Future[Any] = Future()
        self._calls[future] = reference
        future.add_done_callback(self._forget)
        reference.future().add_done_callback(lambda ended: self._end(future, ended))
        return future

    def _forget(self, future: Future[Any]) -> None:
        """End the call of a future that was cancelled."""
        reference = self._calls.pop(future, None)
        if reference is not None and self._ray is not None:
            self._ray.cancel(reference)

    def _end(self, future: Future[Any], ended: Future[bytes]) -> None:
        """Hand on the outcome of a call, unless its future has one."""
        if self._calls.pop(future, None) is None:
            return
        # The user may cancel it at this moment.
        with suppress(InvalidStateError):
            try:
                value = unpickle(ended.result())
            except Exception as error:
                future.set_exception(_raised_there(error))
            else:
                future.set_result(value)

    def _watch(self, closing: threading.Event) -> None:
        """While the backend is open, look whether the cluster is there; when it is lost, all calls fail."""
        address = self._ray.get_runtime_context().gcs_address
        while not closing.wait(_INTERVAL):
            try:
                _try_address(address)
                self._find_own_machine()
            except (OSError, ValueError) as error:
                self._fail_all(error)

    def _fail_all(self, error: Exception) -> None:
        """Fail all calls, because the cluster is lost."""
        for future in list(self._calls):
            if self._calls.pop(future, None) is not None:
                fault = BackendError(
                    f"the Ray cluster at '{self._address}' was lost: {error}",
                    "look at the logs of Ray there, and start the run again",
                )
                # The user may cancel it at this moment.
                with suppress(InvalidStateError):
                    future.set_exception(fault)

    def _find_own_machine(self) -> None:
        """Raise ConnectionError if the cluster has lost this machine; calls go through its own Ray processes."""
        ray = self._ray
        if ray is not None:
            own = ray.get_runtime_context().get_node_id()
            if not any(node["Alive"] for node in ray.nodes() if node["NodeID"] == own):
                raise ConnectionError("this machine has left it")


def _call(shipped: Shipped) -> bytes:
    """Run a call in a worker. Its value stays bytes until this package opens it."""
    return pickle.dumps(shipped(), protocol=5)


def _raised_there(error: BaseException) -> BaseException:
    """Return the exception that the call raised; Ray's own, with the traceback as text, is its cause."""
    raised = getattr(error, "cause", None)
    if not isinstance(raised, Exception):
        return error
    raised.__cause__ = error
    return raised


def _try_address(address: str) -> None:
    """Raise OSError or ValueError if no server of Ray's protocol, gRPC, answers at an address."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal():
        raise ValueError("an address is HOST:PORT")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE) as connection:
        connection.sendall(_PREFACE)
        if connection.recv(9)[3:4] != b"\4":
            raise ConnectionError("another server answers there")


def _is_same(address: str, connected: str) -> bool:
    """Tell whether an address is that of a connection, whose host is always a number."""
    host, _, port = address.rpartition(":")
    connected_host, _, connected_port = connected.rpartition(":")
    if address == "auto" or address == connected:
        return True
    try:
        number = socket.gethostbyname(host)
    except OSError:
        return False
    return port == connected_port and (number == connected_host or number.startswith("127."))
