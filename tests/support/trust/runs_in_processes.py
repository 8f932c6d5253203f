"""Processes that run a pipeline over and over in a repository, until they are told to stop.

    python -m tests.support.trust.runs_in_processes NAME < lines of "repository"

For each line: runs the pipeline until the repository has the file `stop`; prints how many runs succeeded, or what one
raised.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.support.trust.injected_faults import PROJECT
from zenml_pin.pipelines.repository import Repository

STOP = "stop"


class Runner:
    """A process that runs a pipeline of any repository.

    Args:
        name: The pipeline's name.
    """

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "tests.support.trust.runs_in_processes", name]
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def start(self, repo: Path) -> None:
        """Begin to run; returns when the first run has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{repo}\n")
        self._process.stdin.flush()
        answer = self._read()
        assert answer == "running", f"'{answer}', exit code {self._process.poll()}: {self._words()}"

    def result(self) -> str:
        """Return how many runs succeeded after the repository got the file `stop`, or what one raised."""
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _words(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-3000:]

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        self._process.communicate()
        self._errors.close()


def _run_until_stopped(repo: str, name: str) -> str:
    os.chdir(repo)
    count = 0
    try:
        while not os.path.exists(STOP) or not count:
            run = Repository(repo).get_pipeline_by_name(name).run(use_cache=count % 2 == 0)
            assert run.metrics, run
            if not count:
                print("running", flush=True)
            count += 1
    except Exception as error:
        if not count:
            print("running", flush=True)
        return f"{type(error).__name__}: {error}".replace("\n", " ")
    return str(count)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        for line in sys.stdin:
            print(_run_until_stopped(line.strip(), sys.argv[1]), flush=True)
