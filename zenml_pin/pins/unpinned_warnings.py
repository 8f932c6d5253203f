"""The warning that a class stays unpinned; in a block, classes with the same reason have one warning.

with told_once():
pin(First), pin(Second)      # of one repository without a commit: one warning that names both
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

from zenml_pin.base.warn import warn_caller
from zenml_pin.errors import UnpinnedWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.pins.obstacles import Obstacle
    from zenml_pin.source import Source

_kept: ContextVar[dict[str, dict[str, None]] | None] = ContextVar("zenml_pin_unpinned", default=None)


def warn_unpinned(source: Source, reason: Obstacle) -> None:
    """Warn that a class has no pin, at once or at the end of the block."""
    text = f"{reason.message}; {reason.hint}".rstrip("; ")
    kept = _kept.get()
    if kept is None:
        _warn([str(source)], text)
    else:
        kept.setdefault(text, {})[str(source)] = None


@contextmanager
def told_once() -> Iterator[None]:
    """Warn once for each reason at the end of a block."""
    kept: dict[str, dict[str, None]] = {}
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)
        for text, sources in kept.items():
            _warn(list(sources), text)


def _warn(sources: list[str], reason: str) -> None:
    names = ", ".join(f"'{source}'" for source in sources)
    if len(sources) == 1:
        warn_caller(f"{names} stays unpinned: {reason}", UnpinnedWarning)
    else:
        warn_caller(f"{len(sources)} sources stay unpinned: {reason} ({names})", UnpinnedWarning)
