"""Where an answer goes: stdout, or the file that -o names; and how `check` and `audit` write a report."""

from __future__ import annotations

import os
import sys

from zenml_pin.base.environment import allows_colors
from zenml_pin.base.text import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from zenml_pin.audit.report import AuditReport
    from zenml_pin.audit.rules import Finding

REPORT_FORMATS = ("text", "json", "sarif", "github", "html")


def add_arguments(verb: argparse.ArgumentParser, formats: Sequence[str], default: str = "text") -> None:
    """Add --format and -o."""
    verb.add_argument(
        "--format", choices=formats, default=None, help=f"the output format (default: {default})"
    )
    verb.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of stdout")


def add_json(verb: argparse.ArgumentParser) -> None:
    """Add --format for a command whose answer is a few facts."""
    verb.add_argument(
        "--format", choices=("text", "json"), default="text", help="the output format (default: text)"
    )


def is_terminal(arguments: argparse.Namespace) -> bool:
    """Tell whether a person reads the answer while it is written."""
    return arguments.output is None and sys.stdout is not None and sys.stdout.isatty()


def add_color(verb: argparse.ArgumentParser) -> None:
    """Add --color."""
    verb.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours, with the extra 'cli' (default: auto, on a terminal, unless NO_COLOR is set)",
    )


def has_colors(arguments: argparse.Namespace) -> bool:
    """Tell whether an answer is written in colours.

    Raises:
        MissingExtraError: With `--color always`, if rich or one of its dependencies is not installed.
    """
    always = arguments.color == "always"
    if arguments.color == "never" or sys.stdout is None:
        return False
    if not (always or (is_terminal(arguments) and allows_colors())):
        return False
    try:
        from zenml_pin.cli import highlight as highlight
    except ImportError as error:
        if always:
            from zenml_pin.errors import MissingExtraError

            raise MissingExtraError("nothing can be coloured", error.name or "rich", "cli") from error
        return False
    return True


def write_text(arguments: argparse.Namespace, text: str) -> None:
    """Write an answer to stdout, or to the file that -o names."""
    if arguments.output is not None:
        _write_file(arguments.output, text, arguments.quiet)
    elif sys.stdout is not None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _write_file(path: str, text: str, quiet: bool) -> None:
    """Write a file, and say so on stderr."""
    from zenml_pin.base.atomic import is_special, write_whole

    if not is_special(path):
        write_whole(path, text)
        if not quiet:
            print(printable(f"{path}: {os.path.getsize(path)} bytes"), file=sys.stderr)
        return
    # /dev/stdout, or what a shell makes of >(command): a person named it and waits for the output.
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def to_json(value: object) -> str:
    """Return plain data as JSON; names that are not UTF-8 are escaped."""
    import json

    return json.dumps(value, indent=2) + "\n"


def add_report_arguments(verb: argparse.ArgumentParser) -> None:
    """Add the arguments of a command that writes a report of an audit: what it reads and demands, --format and -o."""
    verb.add_argument("--allow-empty", action="store_true", help="accept that there is no document (ZP020)")
    verb.add_argument(
        "--documents",
        metavar="DIR",
        action="append",
        default=[],
        help="read the documents of this folder instead of the pipelines folders (may be given again)",
    )
    verb.add_argument(
        "--strict",
        action="store_true",
        help="warn of ZenML's own classes that do not run here also in documents that ZenML wrote",
    )
    verb.add_argument(
        "--require-signed",
        metavar="FILE",
        help="require that a signer in this file (as ssh-keygen reads it) signed each commit or a tag on it",
    )
    add_arguments(verb, REPORT_FORMATS)


def write_report(arguments: argparse.Namespace, report: AuditReport, *, facts: bool) -> int:
    """Write a report to stdout, or to the file that -o names; return the exit code.

    Args:
        arguments: Have `format` and `output`.
        report: The report.
        facts: Whether the text format shows all facts, or only the findings.
    """
    from zenml_pin.base.values import evolve

    code = 0 if report.is_clean else 1
    if arguments.fetch:
        report = _without_fetch(report)
    try:
        text = _render(arguments, report, facts)
    except KeyboardInterrupt:
        # An interrupted report leaves out the parts that take long.
        text, code = _render(arguments, evolve(report, is_complete=False), facts), 130
    write_text(arguments, text)
    return code


def _without_fetch(report: AuditReport) -> AuditReport:
    """Return the report of a command that has fetched: no hint proposes that again."""
    from zenml_pin.base.shell_words import without_proposal
    from zenml_pin.base.values import evolve

    def changed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple([evolve(each, hint=without_proposal(each.hint, "fetch")) for each in findings])

    documents = tuple([evolve(each, findings=changed(each.findings)) for each in report.documents])
    return evolve(report, documents=documents, own_findings=changed(report.own_findings))


def _render(arguments: argparse.Namespace, report: AuditReport, facts: bool) -> str:
    if arguments.format == "html":
        from zenml_pin.audit.formats.html.report import report_page
        from zenml_pin.cli.progress import ProgressMeter

        with ProgressMeter(arguments.quiet) as meter:
            return report_page(report, meter)
    if arguments.format not in (None, "text"):
        from zenml_pin.audit.formats import render

        return render(report, arguments.format)
    from zenml_pin.audit.formats import text

    write = text.render_facts if facts else text.render
    return write(report, short_ids=is_terminal(arguments))
