"""Options of runs that are set from outside, as the command line does for a script that calls `run()` itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs


@attrs.frozen
class Event:
    """What a run tells while it goes on.

    Attributes:
        kind: "start", "done", "cached" or "failed".
        pipeline: The pipeline's name.
        step: The step's key, or "datasource".
        position: Which of the run's steps, from 1.
        count: How many there are.
        seconds: How long it took; 0 at the start.
    """

    kind: str
    pipeline: str
    step: str
    position: int
    count: int
    seconds: float = 0.0


@attrs.frozen
class Options:
    """How runs treat pins, whether they write bundles beside documents, and whom they tell of their progress."""

    require_pins: bool = False
    allow_dirty: bool = False
    bundle: bool = False
    progress: Callable[[Event], None] | None = None

    def tell(self, event: Event) -> None:
        """Tell of an event, where somebody listens."""
        if self.progress is not None:
            self.progress(event)


_DEFAULT = Options()
_current: ContextVar[Options] = ContextVar("zenml_pin_options", default=_DEFAULT)


def current_options(require_pins: bool = False, allow_dirty: bool = False, bundle: bool = False) -> Options:
    """Return the options in force, with what a call asks for besides."""
    options = _current.get()
    return attrs.evolve(
        options,
        require_pins=options.require_pins or require_pins,
        allow_dirty=options.allow_dirty or allow_dirty,
        bundle=options.bundle or bundle,
    )


@contextmanager
def using(options: Options) -> Iterator[None]:
    """Let every run in a block use some options."""
    token = _current.set(options)
    try:
        yield
    finally:
        _current.reset(token)
