"""Progress of a run on a terminal; nothing in a pipe."""

from __future__ import annotations

import sys

from zenml_pin.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.pipelines.options import Event

_WORDS = {"start": "...", "cached": "cached", "failed": "failed"}


def progress(quiet: bool) -> Callable[[Event], None] | None:
    """Return what shows events on stderr, None where nobody would see them."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        return None
    return _show


def _show(event: Event) -> None:
    word = _WORDS.get(event.kind) or f"{event.seconds:.1f} s"
    line = printable(f"[{event.position}/{event.count}] {event.step} {word}")
    # The line of a step is written over when it ends.
    print(f"\r{line:<60}", end="" if event.kind == "start" else "\n", file=sys.stderr, flush=True)
