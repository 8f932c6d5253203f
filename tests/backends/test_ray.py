"""A Ray cluster that is not there, or is lost: an error in seconds, where Ray itself ends the process or waits."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.backends.ray_cluster import LOOPBACK, one_answer, ray_cluster
from zenml_pin.backends import RayBackend
from zenml_pin.errors import BackendError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install zenml_pin[ray]"),
    # What Ray warns of on this Python.
    pytest.mark.filterwarnings("default"),
]


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nowhere", "ray://127.0.0.1:10001", "127.0.0.1:http"])
def test_ray_cluster_that_is_not_there_is_an_error(address: str) -> None:
    """At once; Ray itself would end the process after a minute and a half."""
    with pytest.raises(BackendError, match=f"'{address}' does not answer"), RayBackend(address):
        pass


def test_other_server_is_not_taken_for_a_ray_cluster() -> None:
    """One that speaks another protocol, such as the dashboard of Ray."""
    with (
        one_answer(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address,
        pytest.raises(BackendError, match="another server answers there"),
        RayBackend(address),
    ):
        pass


def test_call_that_is_cancelled_at_this_moment_keeps_no_other_from_failing() -> None:
    """When the cluster is lost: each call gets its error, so nobody waits for ever."""
    backend = RayBackend("127.0.0.1:1")
    cancelled, waiting = Future[Any](), Future[Any]()
    backend._calls = {cancelled: object(), waiting: object()}
    cancelled.cancel()

    backend._fail_all(ConnectionError("it is gone"))

    assert isinstance(waiting.exception(20), BackendError)
    assert cancelled.cancelled()


# Connects by itself, which a process with a connection does not. Ray prints lines of its own.
_LOSING = (
    LOOPBACK
    + """
import os, signal, sys, time
from zenml_pin.backends import RayBackend

address, raylet = sys.argv[1:]
with RayBackend(address) as backend:
    print('=', backend.submit(max, 1, 2).result(60))
    answer, cancelled = backend.submit(time.sleep, 100), backend.submit(time.sleep, 100)
    cancelled.cancel()
    os.kill(int(raylet), signal.SIGKILL)
    print('=', type(answer.exception(60)).__name__, answer.exception())
print('=', sys.modules["ray"].is_initialized())
"""
)


def test_lost_ray_cluster_fails_its_calls(tmp_path: Path) -> None:
    """They end and say what happened; Ray itself would leave them without an answer, and end the process."""
    with ray_cluster(tmp_path / "ray") as made:
        lost = subprocess.run(
            [sys.executable, "-c", _LOSING, made.address, str(made.raylet())],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    answer, fault, is_connected = [line[2:] for line in lost.stdout.splitlines() if line[:2] == "= "]
    assert (lost.returncode, answer, is_connected) == (0, "2", "False"), lost.stderr
    assert fault.startswith(f"BackendError the Ray cluster at '{made.address}' was lost: ")
