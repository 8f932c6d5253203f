"""Commands on a terminal, as a person sees them."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress


def on_a_terminal(*arguments: str, cwd: str, **variables: str) -> str:
    """Return what `zenml-pin` shows on a terminal of 256 colours and 80 columns."""
    terminal, other = pty.openpty()
    command = [sys.executable, "-m", "zenml_pin", *arguments]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **variables}
    running = subprocess.Popen(command, cwd=cwd, env=environment, stdin=other, stdout=other, stderr=other)
    os.close(other)
    parts = []
    # At its end, a terminal gives an error.
    with suppress(OSError):
        while part := os.read(terminal, 65536):
            parts.append(part)
    os.close(terminal)
    running.wait()
    return b"".join(parts).decode().replace("\r\n", "\n")
