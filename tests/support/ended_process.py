"""A process that ends with the block that uses it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import AnyStr


@contextmanager
def ended(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """Kill a process at the end of the block, with its group if it leads one, if it has not ended by itself.

    A failed test would leave it behind, and Python's warning about it would fail another test.
    """
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                leads = os.getpgid(process.pid) == process.pid
                os.killpg(process.pid, signal.SIGKILL) if leads else process.kill()
