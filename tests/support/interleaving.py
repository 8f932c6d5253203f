"""Another thread at every moment: an action that runs in a function, before each of its bytecodes in turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from types import FrameType, FunctionType
from typing import Any, TypeVar, cast

T = TypeVar("T")


def at_every_moment(
    call: Callable[[], T], function: Callable[..., Any], action: Callable[[], object]
) -> Iterator[T]:
    """Yield what a call returns with an action in it, once for each bytecode of a function that it runs.

    Threads of one interpreter may change between any two bytecodes, so the action does what another thread may do.

    Args:
        call: The call.
        function: A Python function that it runs.
        action: Runs once in each call. It must not need a lock that the function has.
    """
    # From Python 3.12 on, the first function that asks for its bytecodes does not get them.
    _traced(call, _Switch(function, -1, action))
    for moment in count():
        switch = _Switch(function, moment, action)
        result = _traced(call, switch)
        if switch.left > 0:
            assert moment > 0, "the call does not run the function"
            return
        yield result


def _traced(call: Callable[[], T], switch: _Switch) -> T:
    before = sys.gettrace()
    sys.settrace(switch.enter)
    try:
        return call()
    finally:
        sys.settrace(before)


class _Switch:
    """Runs an action before one bytecode of a function."""

    def __init__(self, function: Callable[..., Any], moment: int, action: Callable[[], object]) -> None:
        self._code = cast(FunctionType, function).__code__
        self._action = action
        self.left = moment + 1

    def enter(self, frame: FrameType, event: str, argument: object) -> Any:
        """Follow the bytecodes of the function alone."""
        if frame.f_code is not self._code:
            return None
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "opcode" and self.left > 0:
            self.left -= 1
            if not self.left:
                self._action()
        return self._step
