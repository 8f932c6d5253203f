"""What an error that ends a command says, and its exit code; of a failed step the traceback of the code that it ran."""

from __future__ import annotations

import sys

from zenml_pin.base.shell_words import in_the_shell, not_given
from zenml_pin.base.text import printable
from zenml_pin.errors import (
    BundleError,
    DocumentError,
    MissingExtraError,
    NotARepositoryError,
    PinError,
    RemoteError,
    RevisionError,
    SignersError,
    SourceSyntaxError,
    StepFailedError,
    UnknownNameError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_UNREADABLE = (
    BundleError,
    DocumentError,
    MissingExtraError,
    NotARepositoryError,
    RemoteError,
    RevisionError,
    SignersError,
    SourceSyntaxError,
    UnknownNameError,
)


def is_unreadable(error: PinError) -> bool:
    """Tell whether an error says that the command could not read what it was asked about: exit code 2."""
    return isinstance(error, _UNREADABLE)


def show_error(error: PinError, arguments: argparse.Namespace) -> None:
    """Print the error of a command to stderr, and its hint unless the command is quiet."""
    verbose, quiet = arguments.verbose, arguments.quiet
    if verbose:
        import traceback

        traceback.print_exception(error)
    print(f"error: {error}", file=sys.stderr)
    if isinstance(error, StepFailedError) and not verbose and not quiet:
        _show_failure(error)
    print_run(error)
    if error.hint and not quiet:
        print(f"hint: {in_the_shell(error.hint, not_given(vars(arguments)))}", file=sys.stderr)


def _show_failure(error: StepFailedError) -> None:
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


def print_run(error: BaseException) -> None:
    """Print which run an error ended."""
    run_id = getattr(error, "run_id", "")
    if run_id:
        print(printable(f"run: {run_id}"), file=sys.stderr)
