"""The frames of a traceback that a user looks for: those of the step's own code."""

from __future__ import annotations

import traceback

from zenml_pin.pipelines.runs.bounded_log import BoundedLog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


_RUNS = "zenml_pin.pipelines.runs."
# In bytes: a message may be as long as the array that it shows.
_LONGEST = 2**18


def below_perform(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that is in the step: the frames that `task.perform` called; None without one."""
    while trace is not None:
        frame, trace = trace.tb_frame, trace.tb_next
        if (
            frame.f_code.co_name == "perform"
            and frame.f_globals.get("__name__") == "zenml_pin.pipelines.runs.task"
        ):
            return trace
    return None


def in_the_step(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback that `below_perform` returned; None for one that did not reach code of the step."""
    if trace is None or trace.tb_frame.f_globals.get("__name__", "").startswith(_RUNS):
        return None
    return trace


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an exception from the step's own code on, as text; "" when it was not reached."""
    inner = in_the_step(below_perform(error.__traceback__))
    if inner is None:
        return ""
    text = BoundedLog(_LONGEST)
    for part in traceback.format_exception(type(error), error, inner):
        text.write(part)
    return text.content().decode()
