"""A Ray cluster on loopback: one machine with two CPUs, in a folder without a repository, and without a dashboard."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.ended_process import ended

# Ray gives a machine its outside address, also where it is told 127.0.0.1, except where it knows no clusters: on macOS
# and Windows. This makes it do the same here. A process that connects needs it too.
LOOPBACK = "from ray._private import ray_constants\nray_constants.ENABLE_RAY_CLUSTER = False\n"
_START = LOOPBACK + "from ray.scripts.scripts import main\nmain()\n"
_OPTIONS = [
    "--head",
    "--block",
    "--port=0",
    "--num-cpus=2",
    "--object-store-memory=80000000",
    "--include-dashboard=false",
    "--include-log-monitor=false",
    "--disable-usage-stats",
]


class RayCluster:
    """A running cluster.

    Attributes:
        address: Its address.
        head: The process that started it and ends with it.
    """

    def __init__(self, folder: Path, short: str) -> None:
        self._short = Path(short)
        with open(folder / "log", "wb") as log:
            self.head = subprocess.Popen(
                [sys.executable, "-c", _START, "start", *_OPTIONS, f"--temp-dir={self._short}"],
                cwd=folder,
                env={**os.environ, "ZENML_PIN_PATH": "", "PYTHONWARNINGS": "default"},
                stdout=log,
                stderr=log,
                # All that Ray starts has this session.
                start_new_session=True,
            )
        self.address = ""
        self._log = folder / "log"

    def wait_for_start(self) -> None:
        """Wait until it takes calls."""
        while b"Ray runtime started" not in self._log.read_bytes():
            if self.head.poll() is not None:
                raise RuntimeError(self._log.read_text())
            time.sleep(0.05)
        self.address = (self._short / "ray_current_cluster").read_text()

    def processes(self) -> list[int]:
        """Return all its processes that have not ended."""
        return [int(file.parent.name) for file in Path("/proc").glob("[0-9]*/stat") if self._is_of(file)]

    def raylet(self) -> int:
        """Return the process that runs the workers."""
        (raylet,) = [pid for pid in self.processes() if "/raylet/raylet" in _command(pid)]
        return raylet

    def _is_of(self, stat: Path) -> bool:
        try:
            state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            return False
        return int(session) == self.head.pid and state != "Z"

    def close(self) -> None:
        """End all its processes. What one of them started meanwhile is found when they are looked for again."""
        deadline = time.monotonic() + 30
        while (left := self.processes()) and time.monotonic() < deadline:
            for pid in left:
                try:
                    os.kill(pid, 9)
                except ProcessLookupError:
                    continue
            time.sleep(0.05)
        assert left == [], "processes of Ray are left"


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@contextmanager
def ray_cluster(folder: Path) -> Iterator[RayCluster]:
    """Run a cluster as long as a block runs; no process of it is left."""
    folder.mkdir(exist_ok=True)
    # Ray's sockets are in a folder of their own: the path of a socket has at most 107 characters.
    with TemporaryDirectory(prefix="ray-") as short:
        cluster = RayCluster(folder, short)
        with ended(cluster.head):
            try:
                cluster.wait_for_start()
                yield cluster
            finally:
                cluster.close()


@contextmanager
def connected(cluster: RayCluster, folder: Path) -> Iterator[None]:
    """Connect this process from another folder: Ray gives workers on the same machine the folder as an import path."""
    import ray
    from ray._private import ray_constants

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray_constants, "ENABLE_RAY_CLUSTER", False)
        patch.chdir(folder)
        patch.setattr(sys, "argv", [str(folder / "script")])
        ray.init(cluster.address, log_to_driver=False, logging_level="ERROR")
        patch.undo()
        patch.setattr(ray_constants, "ENABLE_RAY_CLUSTER", False)
        try:
            yield
        finally:
            ray.shutdown()


@contextmanager
def one_answer(answer: bytes) -> Iterator[str]:
    """Run a server that gives one answer; its address."""

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        yield "{}:{}".format(*server.server_address)
