"""A module of the tests in a process of its own, which reads lines and answers each with lines."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

# `-m` looks in the current folder, which other fixtures may have changed.
_PROJECT = Path(__file__).parents[3]


class LineProcess:
    """Starts `python -m MODULE ARGUMENT`; an exception in the block ends it, otherwise it ends with its work."""

    def __init__(self, module: str, argument: str) -> None:
        # No `with` block: it lives as long as the process.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, argument],
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def send(self, line: str) -> None:
        """Send a line, and forget what it wrote to stderr."""
        self._errors.seek(0)
        self._errors.truncate()
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def read(self) -> str:
        """Wait for a line; "" if it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def expect(self, answer: str) -> None:
        """Wait for a line that must be this one."""
        line = self.read()
        assert line == answer, f"'{line}', exit code {self._process.poll()}: {self.errors()}"

    def errors(self) -> str:
        """Return the end of what it wrote to stderr since the last line that it got."""
        self._errors.seek(0)
        return self._errors.read()[-3000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        self._process.communicate()
        self._errors.close()
