"""The log of a step: what its code logs and prints, kept beside where it goes as usual.

    with keeping_log() as log:
        component.run_fn(...)
    log.content()

Kept are the records that reach the handlers of loggers, and what Python code writes to `sys.stdout` and `sys.stderr`.
What native code and child processes write to the terminal by themselves is not seen. Everything still goes where it
goes without us: handlers, levels, `logging.lastResort` and `logging.basicConfig` work as in a plain run, so no handler
is added. `Logger.callHandlers` and the two streams are wrapped while a step runs, and put back when the last one ends.

Steps may run side by side in threads of one process. What a thread writes belongs to the step that runs in its context;
a thread that a step has started belongs to the only step that runs, if there is only one.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from zenml_pin.base.locks import ForkLock
from zenml_pin.pipelines.runs.bounded_log import BoundedLog
from zenml_pin.source import split_pinned

_own: ContextVar[BoundedLog | None] = ContextVar("zenml_pin_step_log", default=None)
# Where a handler writes to a stream while a record is handled, the record has been kept already.
_handling = threading.local()
_lock = ForkLock()
_running: list[BoundedLog] = []
_undo: list[Callable[[], None]] = []


@contextmanager
def keeping_log(path: str = "") -> Iterator[BoundedLog]:
    """Keep what code in a block logs and prints.

    Args:
        path: A file that has the log while the block runs, for readers if this process is killed; it is removed at the
            end. Without such a folder on this machine, as on a worker elsewhere, no file is written.
    """
    log = BoundedLog(path=path)
    with _lock:
        if not _running:
            _wrap()
        _running.append(log)
    token = _own.set(log)
    try:
        yield log
    finally:
        _own.reset(token)
        log.leave_file()
        with _lock:
            _running.remove(log)
            if not _running:
                _unwrap()


def _find_log() -> BoundedLog | None:
    """Return the log to which the current thread's output belongs."""
    log = _own.get()
    if log is not None:
        return log
    running = _running[:2]
    return running[0] if len(running) == 1 else None


def _wrap() -> None:
    call_handlers = logging.Logger.callHandlers

    def keep_and_call(self: logging.Logger, record: logging.LogRecord) -> None:
        log = _find_log()
        if log is not None:
            log.write(_line_of(record))
        before = getattr(_handling, "is_on", False)
        _handling.is_on = True
        try:
            call_handlers(self, record)
        finally:
            _handling.is_on = before

    logging.Logger.callHandlers = keep_and_call  # type: ignore[method-assign]

    def put_back() -> None:
        # Whoever wrapped it in the meantime calls ours, which then only passes on.
        if logging.Logger.callHandlers is keep_and_call:
            logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]

    _undo.append(put_back)
    for name in ("stdout", "stderr"):
        _wrap_stream(name)


def _wrap_stream(name: str) -> None:
    stream = getattr(sys, name)
    if stream is None:
        return
    copied = _Copied(stream)
    setattr(sys, name, copied)

    def put_back() -> None:
        if getattr(sys, name) is copied:
            setattr(sys, name, stream)

    _undo.append(put_back)


def _unwrap() -> None:
    while _undo:
        _undo.pop()()


class _Copied:
    """A stream that also writes to the log of the step that writes; in everything else it is the stream itself."""

    def __init__(self, stream: Any) -> None:
        self.__dict__["_stream"] = stream

    def write(self, text: str) -> Any:
        """Write to the stream, and to the log."""
        answer = self._stream.write(text)
        log = None if getattr(_handling, "is_on", False) else _find_log()
        if log is not None:
            log.write(text)
        return answer

    def writelines(self, lines: Any) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> Any:
        """The stream of bytes below; what is written there is kept as well."""
        return _CopiedBytes(self._stream.buffer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._stream, name, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream)

    def __enter__(self) -> _Copied:
        self._stream.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._stream.__exit__(*error)


class _CopiedBytes(_Copied):
    """A stream of bytes that also writes to the log of a step."""

    def write(self, data: Any) -> Any:
        """Write to the stream, and to the log."""
        answer = self._stream.write(data)
        log = _find_log()
        if log is not None:
            log.write(bytes(data).decode("utf-8", "backslashreplace"))
        return answer


def _line_of(record: logging.LogRecord) -> str:
    """Return a record as text: time in UTC, level, logger and message, and the traceback that it has."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(record.created))
    pinned = split_pinned(record.name)
    name = record.name if pinned is None else pinned[1]
    try:
        text = record.getMessage()
        # `Formatter.format` would leave its text in the record, for the formatters of handlers.
        text += "".join(f"\n{more}" for more in _attached(record))
    except Exception as error:
        # What `logging` itself does with a wrong format: it tells, and goes on.
        text = f"{record.msg!r} cannot be formatted: {type(error).__name__}: {error}"
    return f"{moment} {record.levelname} {name}: {text}\n"


def _attached(record: logging.LogRecord) -> Iterator[str]:
    if record.exc_info and record.exc_info[0] is not None:
        yield _FORMATTER.formatException(record.exc_info)
    if record.stack_info:
        yield record.stack_info


_FORMATTER = logging.Formatter()
