"""Work, counted in calls: what would never end fails instead, and a busy machine changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest


@contextmanager
def at_most(calls: int) -> Iterator[None]:
    """Fail when a block calls more functions, Python's own among them, than that."""
    before, made = sys.getprofile(), 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")
        if made > calls:
            sys.setprofile(before)
            pytest.fail(f"more than {calls:,} calls")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
