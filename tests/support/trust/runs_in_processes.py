"""Processes that run a pipeline over and over in a repository, until they are told to stop.

    python -m tests.support.trust.runs_in_processes NAME < lines of "repository"

For each line: runs the pipeline until the repository has the file `stop`; prints how many runs succeeded, or what one
raised.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.trust.line_process import LineProcess
from zenml_pin.pipelines.repository import Repository

STOP = "stop"


class Runner(LineProcess):
    """A process that runs a pipeline of any repository.

    Args:
        name: The pipeline's name.
    """

    def __init__(self, name: str) -> None:
        super().__init__("tests.support.trust.runs_in_processes", name)

    def start(self, repo: Path) -> None:
        """Begin to run; returns when the first run has ended."""
        self.send(str(repo))
        self.expect("running")

    def result(self) -> str:
        """Return how many runs succeeded after the repository got the file `stop`, or what one raised."""
        return self.read()


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
