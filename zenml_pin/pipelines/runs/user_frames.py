"""The frames of a traceback that a user looks for: those of the step's own code."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


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
