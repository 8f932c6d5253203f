"""Loggers of pinned code hang below the root logger, as in a plain run.

`logging.getLogger(__name__)` in pinned code names a child of "zenml_pin" by its dots. What somebody sets for the logger
"zenml_pin" is about our messages, though, and not about the code that we load. So "zenml_pin.at", the parent of all
pinned modules' loggers, gets the root as its parent:

    zenml_pin.at.g<commit id>.trainers.step  ->  zenml_pin.at  ->  root

A cached load imports no `logging`. Where it is not there yet, its first import makes these loggers: see
`watched_imports`.
"""

from __future__ import annotations

import sys

from zenml_pin.source import NAMESPACE

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
