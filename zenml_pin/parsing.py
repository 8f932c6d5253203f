"""Parsing source that is only looked at."""

from __future__ import annotations

import ast
import warnings
from threading import RLock

from zenml_pin.locks import hold_at_fork

# catch_warnings changes what all threads share.
_lock = RLock()
hold_at_fork(_lock)


def parse_quietly(data: bytes) -> ast.Module:
    """Parse a module without a warning, also where the caller has made warnings errors: nothing runs.

    Raises:
        SyntaxError, ValueError: Python cannot compile it.
        RecursionError, MemoryError: It nests too deep.
    """
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(data)
