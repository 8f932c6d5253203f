"""A limit on the number of calls: endless work fails, however fast or busy the machine is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest


@contextmanager
def at_most(calls: int) -> Iterator[None]:
    """Fail when a block calls more functions than `calls`, Python's own functions among them."""
    before, count_so_far = sys.getprofile(), 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count_so_far
        count_so_far += event in ("call", "c_call")
        if count_so_far > calls:
            sys.setprofile(before)
            pytest.fail(f"more than {calls:,} calls")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
