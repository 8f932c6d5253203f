"""Loggers of pinned code hang below the root logger, as in a plain run.

`logging.getLogger(__name__)` in pinned code names a child of "zenml_pin" by its dots. What somebody sets for the logger
"zenml_pin" is about our messages, though, and not about the code that we load. So "zenml_pin.at", the parent of all
pinned modules' loggers, gets the root as its parent:

    zenml_pin.at.g<commit id>.trainers.step  ->  zenml_pin.at  ->  root

A cached load imports no `logging`. Where it is not there yet, the finder lets its first import make these loggers.
"""

from __future__ import annotations

import sys
from importlib import machinery

from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
    from types import ModuleType
    from typing import Any

LOGGING = "logging"
_OWN = NAMESPACE.partition(".")[0]


def make_loggers() -> None:
    """Make "zenml_pin" and "zenml_pin.at"; do nothing while `logging` is not imported."""
    if LOGGING not in sys.modules:
        return
    # Another thread may be importing it right now; this waits for that.
    import logging

    # First the one above: it would take the other one as its child when it is made.
    logging.getLogger(_OWN)
    logging.getLogger(NAMESPACE).parent = logging.getLogger()


def find_logging(
    finders: Sequence[Any], path: Sequence[str] | None, target: ModuleType | None
) -> machinery.ModuleSpec | None:
    """Return the spec of `logging` from the first of some finders that has it. Its loader then makes our loggers."""
    for finder in finders:
        spec: machinery.ModuleSpec | None = finder.find_spec(LOGGING, path, target)
        if spec is not None:
            if spec.loader is not None:
                spec.loader = _LoggingLoader(spec.loader)  # type: ignore[assignment]
            return spec
    return None


class _LoggingLoader:
    """Loads `logging` as its own loader does, and makes our loggers; only the own loader stays in the module."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: machinery.ModuleSpec) -> ModuleType | None:
        """Make the module."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then make our loggers."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        make_loggers()

    def __getattr__(self, name: str) -> object:
        # What else tools ask a loader, such as get_source.
        return getattr(self._loader, name)
