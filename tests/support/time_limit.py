"""A time limit by the alarm signal: a test that would wait for ever fails instead."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeLimitError(BaseException):
    """A time limit is exceeded; no `except Exception` catches this."""


@contextmanager
def time_limit(seconds: float = 20) -> Iterator[None]:
    """Raise TimeLimitError in the main thread if a block takes longer; an outer limit continues afterwards."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeLimitError(f"no answer after {seconds} seconds")

    started = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - started)))
