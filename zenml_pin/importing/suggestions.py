"""Suggestions: the names that a traceback chooses from, "Did you mean: 'value'?", for a module of a commit.

For `from trainers.helper import valeu` the traceback module looks at `dir()` of what `__import__` of the module's name
returns. For a pinned module that is this package, whose own names would be suggested instead of the module's.
"""

from __future__ import annotations

import sys

from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_ASKS = "_compute_suggestion_error"


def find_names(frame: FrameType | None) -> list[str] | None:
    """Return the names of the pinned module whose error a traceback explains; None for all others that ask.

    Args:
        frame: The frame that asks for the names of this package.
    """
    # From 3.13 on a function of the traceback module is between.
    for asks in (frame, frame and frame.f_back):
        if (
            asks is not None
            and asks.f_code.co_name == _ASKS
            and asks.f_globals.get("__name__") == "traceback"
        ):
            module = sys.modules.get(str(getattr(asks.f_locals.get("exc_value"), "name", "")))
            if module is not None and module.__name__.startswith(NAMESPACE + "."):
                return list(vars(module))
    return None
