"""Why a step failed: the traceback of the code that it ran, without the frames that led there."""

from __future__ import annotations

import sys

from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.errors import StepFailedError


def show_failure(error: StepFailedError) -> None:
    """Print the cause's traceback to stderr, hostile text escaped; nothing where no step's code was reached."""
    import traceback

    from zenml_pin.pipelines.runs.user_frames import in_the_step

    cause = error.__cause__
    if cause is None:
        return
    inner = in_the_step(cause.__traceback__)
    # What another process raised has its traceback there, as a text, for its cause.
    if inner is None and cause.__cause__ is None:
        return
    for line in "".join(traceback.format_exception(type(cause), cause, inner)).splitlines():
        print(printable(line), file=sys.stderr)


def name_run(error: BaseException) -> None:
    """Print which run an error ended."""
    run_id = getattr(error, "run_id", "")
    if run_id:
        print(printable(f"run: {run_id}"), file=sys.stderr)
