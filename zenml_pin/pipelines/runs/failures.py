"""What is said of an exception that ended a step: one line, and a hint for those that others raise."""

from __future__ import annotations

from zenml_pin.errors import PinError

# For exceptions that backends raise: new processes import the script again, Dask cancels calls when it loses its
# scheduler, and Ray gives up a call that ended its worker four times.
_HINTS = {
    "BrokenProcessPool": (
        "put what the script does under: if __name__ == '__main__'; if it is there already, the process was killed"
    ),
    "CancelledError": "the backend cancelled the call: check whether the cluster's scheduler still runs",
    "WorkerCrashedError": "the worker ended during the call, and again when it was repeated: it may need more memory",
}
# For those that a step's own processes raise, such as joblib's.
_STEP_HINTS = {
    "BrokenProcessPool": (
        "a process that the step started was killed, or does not find the step's commit: list the repository or "
        "bundle in ZENML_PIN_PATH, or hand it zenml_pin.ship(function)"
    ),
}


def in_one_line(error: BaseException) -> str:
    """Return an exception in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def hint_for(error: BaseException, has_run: bool) -> str:
    """Return the hint for an exception; "" if there is none.

    Args:
        error: The exception.
        has_run: Whether the step's own code has run, so that it and not the backend raised the exception.
    """
    if isinstance(error, PinError):
        return error.hint
    hints = _STEP_HINTS if has_run else _HINTS
    return next((hints[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in hints), "")
