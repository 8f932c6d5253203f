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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        return _run(argv)
    except KeyboardInterrupt as error:
        from zenml_pin.cli.failure import print_run

        print_run(error)
        return 130


def _run(argv: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        # What a terminal or a pipe cannot show is shown as an escape; a closed stream is None.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _answer(sys.argv[1:] if argv is None else argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; the interpreter must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        from zenml_pin.base.text import printable

        subject = f": '{printable(str(error.filename))}'" if error.filename is not None else ""
        print(f"error: {error.strerror}{subject}", file=sys.stderr)
        return 2
    return code


def _answer(words: Sequence[str]) -> int:
    # A prompt or a hook asks for it; no parser is needed to answer.
    if [*words] == ["--version"]:
        from zenml_pin.cli.commands.version import show_version

        return show_version()
    from zenml_pin.cli.dispatch import run_command

    return run_command(words)
