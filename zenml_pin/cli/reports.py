"""What `check` and `audit` share: the arguments for a report's format and file, and writing it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.audit.report import AuditReport

FORMATS = ("text", "json", "sarif", "github", "html")


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Add --require-signed, --format and -o."""
    verb.add_argument(
        "--require-signed",
        metavar="FILE",
        help="an allowed signer of this file (as ssh-keygen reads it) must have signed each commit or a tag on it",
    )
    verb.add_argument("--format", choices=FORMATS, default="text", help="how it is written (default: text)")
    verb.add_argument("-o", "--output", metavar="FILE", help="write it to a file instead of stdout")


def write_report(arguments: argparse.Namespace, report: AuditReport, *, facts: bool) -> int:
    """Write a report where it is asked for; return the exit code.

    Args:
        arguments: Have `format` and `output`.
        report: What was found.
        facts: Whether text has all that is known, and not the findings alone.
    """
    text = _render(arguments, report, facts)
    if arguments.output is not None:
        from zenml_pin.wholefile import write_whole

        write_whole(arguments.output, text)
    elif sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()
    return 0 if report.is_clean else 1


def _render(arguments: argparse.Namespace, report: AuditReport, facts: bool) -> str:
    if arguments.format == "html":
        from zenml_pin.audit.html.report import report_page
        from zenml_pin.cli.meter import Meter

        with Meter(arguments.quiet) as meter:
            return report_page(report, meter)
    if arguments.format != "text":
        from zenml_pin.audit.formats import render

        return render(report, arguments.format)
    from zenml_pin.audit.formats import text

    on_terminal = arguments.output is None and sys.stdout is not None and sys.stdout.isatty()
    return (text.render_facts if facts else text.render)(report, short_ids=on_terminal)
