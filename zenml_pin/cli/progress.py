"""Progress on stderr: the steps of a run, and on a terminal how far a long command is.

A long command shows its progress after half a second: with rich (extra `cli`) as a bar, without it as a counter.
"""

from __future__ import annotations

import sys
import time

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from zenml_pin.pipelines.runs.options import Event

# Seconds before progress is shown, and between two updates.
_WAIT = 0.5
_EVERY = 0.1
_WORDS = {"start": "...", "cached": "cached", "failed": "failed", "not run": "not run"}


def progress(quiet: bool) -> Callable[[Event], None] | None:
    """Return a function that shows events on stderr; None with `quiet`."""
    if quiet or sys.stderr is None:
        return None
    return _show if sys.stderr.isatty() else _tell


def _show(event: Event) -> None:
    word = _WORDS.get(event.kind) or f"{event.seconds:.1f} s"
    line = printable(f"[{event.position}/{event.count}] {event.step} {word}")
    # When a step ends, its line is overwritten.
    print(f"\r{line:<60}", end="" if event.kind == "start" else "\n", file=sys.stderr, flush=True)


def _tell(event: Event) -> None:
    """Write one line when a step ends, as for the log of a job."""
    if event.kind != "start":
        word = _WORDS.get(event.kind) or f"{event.seconds:.1f} s"
        line = printable(f"[{event.position}/{event.count}] {event.step} {word}")
        print(line, file=sys.stderr, flush=True)


class ProgressMeter:
    """Shows progress in a `with` block. Call it with the stage, the number done, and the total (0 if unknown)."""

    def __init__(self, quiet: bool = False) -> None:
        self._shows = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._next = time.monotonic() + _WAIT
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}
        self._width = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show the progress, at most ten times a second."""
        now = time.monotonic()
        if not self._shows or (now < self._next and done != total):
            return
        if now < self._next and not (self._bar or self._width):
            return
        self._next = now + _EVERY
        if self._bar is None and not self._width:
            self._bar = _rich()
        if self._bar is not None:
            self._show_bar(stage, done, total)
        else:
            self._show_counter(stage, done, total)

    def __enter__(self) -> ProgressMeter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        elif self._width:
            print("\r" + " " * self._width + "\r", end="", file=sys.stderr, flush=True)

    def _show_bar(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=total or None)
        self._bar.update(self._tasks[stage], completed=done, total=total or None)

    def _show_counter(self, stage: str, done: int, total: int) -> None:
        line = f"{stage}: {done}/{total}" if total else f"{stage}: {done}"
        self._width = max(self._width, len(line))
        print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)


def _rich() -> Any:
    """Return a started progress bar of rich on stderr; None if rich is not installed."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    except ImportError:
        return None
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.start()
    return bar
