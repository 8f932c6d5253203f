"""The command line: arguments, printing and exit codes. Only this room prints.

stdout holds the answer, one line an item; stderr holds warnings, `error:` and `hint:`.

    0    nothing to report
    1    findings: unpinned, not clean, a refused or failed load
    2    usage, or input that cannot be read
    130  interrupted
"""

from __future__ import annotations

import io
import os
import sys
import warnings

from zenml_pin.base.shell_words import in_the_shell
from zenml_pin.base.text import printable
from zenml_pin.cli.failure import show_failure
from zenml_pin.cli.location import working_in
from zenml_pin.cli.parser import parse_arguments
from zenml_pin.errors import (
    BundleError,
    DocumentError,
    MissingExtraError,
    NotARepositoryError,
    PinError,
    ReleaseMismatchWarning,
    RemoteError,
    RevisionError,
    SignersError,
    SourceSyntaxError,
    StepFailedError,
    UnknownNameError,
    UnpinnedWarning,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        return _run(argv)
    except KeyboardInterrupt as error:
        _name_run(error)
        return 130


def _run(argv: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        # What a terminal or a pipe cannot show is shown as an escape; a closed stream is None.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = parse_arguments(argv)
    with warnings.catch_warnings():
        # Ours are part of the answer, so none is dropped as a repetition.
        for category in (UnpinnedWarning, ReleaseMismatchWarning):
            warnings.simplefilter("ignore" if arguments.quiet else "always", category)
        warnings.showwarning = _show_warning
        try:
            roots = getattr(arguments, "source_root", None)
            with working_in(arguments.directory, getattr(arguments, "fetch", False), roots):
                code: int = arguments.run(arguments)
            if sys.stdout is not None:
                sys.stdout.flush()
        except BrokenPipeError:
            # The reader has seen enough; the interpreter must not complain about it at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except PinError as error:
            _report(error, arguments.verbose, arguments.quiet)
            return 2 if isinstance(error, _UNREADABLE) else arguments.failure
        except OSError as error:
            subject = f": '{printable(str(error.filename))}'" if error.filename is not None else ""
            print(f"error: {error.strerror}{subject}", file=sys.stderr)
            return 2
    return code


def _report(error: PinError, verbose: bool, quiet: bool) -> None:
    if verbose:
        import traceback

        traceback.print_exception(error)
    print(f"error: {error}", file=sys.stderr)
    if isinstance(error, StepFailedError) and not verbose and not quiet:
        show_failure(error)
    _name_run(error)
    if error.hint and not quiet:
        print(f"hint: {in_the_shell(error.hint)}", file=sys.stderr)


def _name_run(error: BaseException) -> None:
    """Print which run an error ended."""
    run_id = getattr(error, "run_id", "")
    if run_id:
        print(printable(f"run: {run_id}"), file=sys.stderr)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    if issubclass(category, (UnpinnedWarning, ReleaseMismatchWarning)):
        print(f"warning: {printable(str(message))}", file=sys.stderr)
    else:
        print(warnings.formatwarning(message, category, filename, lineno, line), end="", file=sys.stderr)
