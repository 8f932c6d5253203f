"""What the code of steps and classes prints: it goes to stderr, because stdout holds the command's answer."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, redirect_stdout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def prints_on_stderr() -> Iterator[None]:
    """Send what code prints in a block to stderr: that of this process, of its libraries and of other processes."""
    if sys.stdout is None or sys.stderr is None:
        yield
        return
    sys.stdout.flush()
    saved = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
