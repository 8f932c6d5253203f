"""Parsing source that is only looked at."""

from __future__ import annotations

import ast
import warnings
from threading import RLock

from zenml_pin.locks import hold_at_fork

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

# catch_warnings changes what all threads share.
_lock = RLock()
hold_at_fork(_lock)


def parse_quietly(data: bytes) -> ast.Module:
    """Parse a module without a warning, also where the caller has made warnings errors: nothing runs.

    Raises:
        SyntaxError, ValueError: Python cannot compile it.
        RecursionError, MemoryError: It nests too deep.
    """
    return quietly(ast.parse, data)


def quietly(parse: Callable[[bytes], T], data: bytes) -> T:
    """Return what a parser makes of a module, without a warning."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parse(data)
