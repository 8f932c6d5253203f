"""What `check` and `audit` share: the arguments for a report's format and file, and writing it."""

from __future__ import annotations

from zenml_pin.cli import output

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
    output.add_arguments(verb, FORMATS)


def write_report(arguments: argparse.Namespace, report: AuditReport, *, facts: bool) -> int:
    """Write a report where it is asked for; return the exit code.

    Args:
        arguments: Have `format` and `output`.
        report: What was found.
        facts: Whether text has all that is known, and not the findings alone.
    """
    import attrs

    code = 0 if report.is_clean else 1
    try:
        text = _render(arguments, report, facts)
    except KeyboardInterrupt:
        # Without what takes its time, which is left out of an interrupted report.
        text, code = _render(arguments, attrs.evolve(report, is_complete=False), facts), 130
    output.write_text(arguments, text)
    return code


def _render(arguments: argparse.Namespace, report: AuditReport, facts: bool) -> str:
    if arguments.format == "html":
        from zenml_pin.audit.html.report import report_page
        from zenml_pin.cli.meter import Meter

        with Meter(arguments.quiet) as meter:
            return report_page(report, meter)
    if arguments.format not in (None, "text"):
        from zenml_pin.audit.formats import render

        return render(report, arguments.format)
    from zenml_pin.audit.formats import text

    write = text.render_facts if facts else text.render
    return write(report, short_ids=output.is_terminal(arguments))
