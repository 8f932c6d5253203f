"""What names this Python in the keys of a cache: its syntax, its bytecode, and the names of its native code."""

from __future__ import annotations

import sys
from importlib import machinery


def this_python() -> str:
    """Return a text that another Python does not have, unless it gives the same answers.

    Free-threaded Python has the version of the other, and another name for native code.
    """
    return f"{sys.implementation.name} {sys.hexversion:x} {machinery.EXTENSION_SUFFIXES[:1]}"
