"""A Dask cluster on loopback: a scheduler and workers, each in its own process, in a folder without a repository."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_COMMON = ["--no-dashboard", "--scheduler-file", "scheduler.json"]


class Cluster:
    """A running cluster.

    Attributes:
        address: The scheduler's address.
        scheduler: The scheduler's process.
        workers: The workers' processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.scheduler = self._start("dask_scheduler", "--port", "0")
        self.workers: list[subprocess.Popen[bytes]] = []
        self.address = self._wait_for_address()

    def add_worker(self) -> None:
        """Start another worker with one thread; a worker that dies is not started again."""
        self.workers.append(self._start("dask_worker", "--nthreads", "1", "--no-nanny"))

    def _start(self, module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            f"distributed.cli.{module}",
            *_COMMON,
            "--host",
            "127.0.0.1",
            *options,
        ]
        with open(self._folder / "log", "ab") as log:
            return subprocess.Popen(
                command,
                cwd=self._folder,
                env={**os.environ, "ZENML_PIN_PATH": "", "PYTHONWARNINGS": "default"},
                stdout=log,
                stderr=log,
            )

    def _wait_for_address(self) -> str:
        import json

        file = self._folder / "scheduler.json"
        while self.scheduler.poll() is None:
            try:
                return str(json.loads(file.read_text())["address"])
            except (FileNotFoundError, ValueError):
                time.sleep(0.05)
        raise RuntimeError((self._folder / "log").read_text())

    def close(self) -> None:
        """End all its processes."""
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


def leave(workspace: str, folder: str) -> None:
    """Let this process see a workspace as a process on another machine sees it."""
    os.chdir(folder)
    sys.path[:] = [path for path in sys.path if path not in ("", workspace)]


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Run a cluster as long as a block runs."""
    folder.mkdir()
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()
