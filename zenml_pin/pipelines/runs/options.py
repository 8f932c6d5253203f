"""Options of runs. The command line sets them for a script that calls `run()` itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.backends.env import EnvBackend


@attrs.frozen
class Event:
    """The progress of a run: one step began or ended.

    Attributes:
        kind: "start", "done", "cached" or "failed"; "not run" of a step that cannot be reproduced.
        pipeline: The pipeline's name.
        step: The step's key, or "datasource".
        position: The step's position in the run, from 1.
        count: How many steps the run has.
        seconds: How long the step took; 0 at the start.
    """

    kind: str
    pipeline: str
    step: str
    position: int
    count: int
    seconds: float = 0.0


@attrs.frozen
class Options:
    """How runs treat pins, and what they write and tell.

    Attributes:
        require_pins: Whether a class that cannot be pinned is an error.
        allow_dirty: Whether pins run although their folders have uncommitted changes.
        bundle: Whether the code of all pins is written beside the document.
        progress: A function that is told the progress.
        materialize: A directory to write the files of each commit into; None to keep them in memory.
        env: An open backend that gives each step the libraries that its commit locks; None for other backends.
        use_cache: Whether results may come from earlier runs, where the pipeline allows it.
        note: A function that is told, in one line, how data or packages differ from those of earlier runs; without it
            this is logged.
    """

    require_pins: bool = False
    allow_dirty: bool = False
    bundle: bool = False
    progress: Callable[[Event], None] | None = None
    materialize: str | None = None
    use_cache: bool = True
    note: Callable[[str], None] | None = None
    env: EnvBackend | None = None

    def tell(self, event: Event) -> None:
        """Pass an event to `progress`, if it is set."""
        if self.progress is not None:
            self.progress(event)


_DEFAULT = Options()
_current: ContextVar[Options] = ContextVar("zenml_pin_options", default=_DEFAULT)


def current_options(
    require_pins: bool = False,
    allow_dirty: bool = False,
    bundle: bool = False,
    materialize: str | None = None,
    use_cache: bool = True,
) -> Options:
    """Return the current options, with those of a call added."""
    options = _current.get()
    return attrs.evolve(
        options,
        require_pins=options.require_pins or require_pins,
        allow_dirty=options.allow_dirty or allow_dirty,
        bundle=options.bundle or bundle,
        materialize=materialize or options.materialize,
        use_cache=options.use_cache and use_cache,
    )


@contextmanager
def using(options: Options) -> Iterator[None]:
    """Set the options of every run in a block."""
    token = _current.set(options)
    try:
        yield
    finally:
        _current.reset(token)
