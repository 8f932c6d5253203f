"""Performed: what came of a step where it ran, on its way back: the output or the exception, and the log.

A step's exception is a part of the answer and is not raised there, so its log and its traceback come back from every
backend. In the same process the exception is the live one. From another process it comes as a pickle; what pickle does
not accept comes as a RuntimeError with its type and message. Its traceback comes as text, as its cause.
"""

from __future__ import annotations

import pickle
from typing import Any

from zenml_pin.bundles.shipping import portable

_LEFT = "_zenml_pin_performed"


class RemoteTraceback(Exception):
    """The traceback that an exception had in another process, as text."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


class Performed:
    """What came of a step.

    Attributes:
        data: The packed output; None when the step raised.
        log: What it logged and printed, as UTF-8.
        traceback: The traceback of the exception, from the step's own code on; "" without one.
        error: The exception.
    """

    __slots__ = ("data", "error", "log", "traceback")

    def __init__(
        self,
        data: bytes | None,
        log: bytes = b"",
        traceback: str = "",
        error: BaseException | None = None,
    ) -> None:
        self.data = data
        self.log = log
        self.traceback = traceback
        self.error = error

    def output(self) -> bytes:
        """Return the packed output.

        Raises:
            BaseException: What the step raised.
        """
        if self.error is not None:
            raise self.error
        assert self.data is not None
        return self.data

    def __reduce__(self) -> Any:
        if self.error is None:
            return type(self), (self.data, self.log)
        return _received, (pickle.dumps(portable(self.error)), self.log, self.traceback, _say(self.error))


def leave_log(error: BaseException, log: bytes, traceback: str) -> None:
    """Leave a log with an exception that is not a part of an answer: Ctrl-C, which ends the run."""
    error.__dict__[_LEFT] = Performed(None, log, traceback)


def find_left(error: BaseException) -> Performed | None:
    """Return what `leave_log` left with an exception."""
    left = error.__dict__.get(_LEFT)
    return left if isinstance(left, Performed) else None


def _received(payload: bytes, log: bytes, traceback: str, text: str) -> Performed:
    try:
        error: BaseException = pickle.loads(payload)
    except Exception:
        # It could be opened there and cannot be here, such as one of a library that is not installed here.
        error = RuntimeError(text)
    if traceback:
        error.__cause__ = RemoteTraceback(traceback)
    return Performed(None, log, traceback, error)


def _say(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
