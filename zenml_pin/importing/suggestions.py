"""Suggestions: the names from which a traceback chooses "Did you mean: 'value'?", for a module of a commit.

For `from trainers.helper import valeu` the traceback module calls `__import__` with the module's name, and `dir()` of
the result. For a pinned module the result is this package, and its names would be suggested instead of the module's.
"""

from __future__ import annotations

import sys

from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_SUGGESTS = "_compute_suggestion_error"


def find_names(frame: FrameType | None) -> list[str] | None:
    """Return the names of the pinned module whose error a traceback explains; None for every other caller.

    Args:
        frame: The frame that calls `dir()` of this package.
    """
    # From 3.13 on another function of the traceback module is between.
    for caller in (frame, frame and frame.f_back):
        if (
            caller is not None
            and caller.f_code.co_name == _SUGGESTS
            and caller.f_globals.get("__name__") == "traceback"
        ):
            module = sys.modules.get(str(getattr(caller.f_locals.get("exc_value"), "name", "")))
            if module is not None and module.__name__.startswith(NAMESPACE + "."):
                return list(vars(module))
    return None
