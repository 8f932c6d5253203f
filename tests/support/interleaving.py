"""Another thread at every moment: an action that runs in a function, before each of its bytecodes in turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from threading import Thread
from types import FrameType, FunctionType
from typing import Any, TypeVar, cast

T = TypeVar("T")


def at_every_moment(
    call: Callable[[], T], function: Callable[..., Any], action: Callable[[], object], every: int = 1
) -> Iterator[T]:
    """Yield what a call returns with an action in it, once for each bytecode of a function that it runs.

    Threads of one interpreter may change between any two bytecodes, so the action does what another thread may do.

    Args:
        call: The call.
        function: A Python function that it runs.
        action: Runs once in each call. If it needs a lock that the function has, run it by `OtherThreads`.
        every: Only before every n-th bytecode, where a call takes long.
    """
    # From Python 3.12 on, the first function that asks for its bytecodes does not get them.
    _traced(call, _Switch(function, -1, action))
    for moment in count(0, every):
        switch = _Switch(function, moment, action)
        result = _traced(call, switch)
        if switch.left > 0:
            assert moment > 0, "the call does not run the function"
            return
        yield result


class OtherThreads:
    """Threads for actions that need a lock: where the function has it, they run as soon as it is free.

    Args:
        action: What each of them does.
    """

    def __init__(self, action: Callable[[], object]) -> None:
        self._action = action
        self._threads: list[Thread] = []

    def run(self) -> None:
        """Run the action in a thread, to its end if it needs no lock of this thread."""
        thread = Thread(target=self._action)
        self._threads.append(thread)
        thread.start()
        thread.join(0.01)

    def wait(self) -> None:
        """Wait for all of them."""
        while self._threads:
            self._threads.pop().join()


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
