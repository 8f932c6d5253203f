"""One command: its arguments are read, it runs, and an error becomes lines and an exit code."""

from __future__ import annotations

import sys
import warnings

from zenml_pin.base.text import printable
from zenml_pin.base.warn import UnusedCacheWarning
from zenml_pin.cli.location import working_in
from zenml_pin.cli.plain_words import read_plain_words
from zenml_pin.load_errors import (
    IncompleteFilesWarning,
    PinError,
    ReleaseMismatchWarning,
    UnpinnedWarning,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

_OURS = (UnpinnedWarning, ReleaseMismatchWarning, IncompleteFilesWarning, UnusedCacheWarning)


def run_command(argv: Sequence[str] | None) -> int:
    """Run a command and return its exit code. BrokenPipeError and OSError pass."""
    arguments = read_plain_words(sys.argv[1:] if argv is None else argv)
    if arguments is None:
        from zenml_pin.cli.parser import parse_arguments

        arguments = parse_arguments(argv)
    with warnings.catch_warnings():
        # Ours are part of the answer, so none is dropped as a repetition.
        for category in _OURS:
            warnings.simplefilter("ignore" if arguments.quiet else "always", category)
        warnings.showwarning = _shower(arguments)
        try:
            roots = getattr(arguments, "source_root", None)
            with working_in(arguments.directory, getattr(arguments, "fetch", False), roots):
                code: int = arguments.run(arguments)
        except PinError as error:
            from zenml_pin.cli.failure import is_unreadable, show_error

            show_error(error, arguments)
            return 2 if is_unreadable(error) else arguments.failure
    return code


def _shower(arguments: argparse.Namespace) -> Callable[..., None]:
    """Return what shows a warning to the user of a command."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, _OURS):
            from zenml_pin.base.shell_words import in_the_shell, not_given

            text = in_the_shell(str(message), not_given(vars(arguments)))
            print(f"warning: {printable(text)}", file=sys.stderr)
        else:
            print(warnings.formatwarning(message, category, filename, lineno, line), end="", file=sys.stderr)

    return show
