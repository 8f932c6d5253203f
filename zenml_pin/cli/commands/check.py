"""check: the gate for a commit hook and CI."""

from __future__ import annotations

from zenml_pin.base.text import count, printable
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_report_arguments, write_report
from zenml_pin.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.audit.report import AuditReport
    from zenml_pin.audit.settings import Settings


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    check = verbs.add_parser(
        "check",
        help="check the sources of pipeline documents",
        description="Check every source of the pipeline documents: whether it is pinned, whether its commit exists "
        "and is on a branch, whether the commit has the module and the class, and whether the folder is "
        "committed. Runs and writes nothing. Exits with 1 if there are errors or warnings; notes do not "
        "count.",
    )
    check.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="documents, or folders of them (default: all of the pipelines folders)",
    )
    check.add_argument(
        "--staged",
        action="store_true",
        help="read the staged documents, for a commit hook; uncommitted files are then not a finding",
    )
    check.add_argument(
        "--write-baseline",
        action="store_true",
        help="write the findings to a file (the setting 'baseline'); they are known from then on, and do not count",
    )
    add_report_arguments(check)
    add_fetch(check)
    check.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Check documents and write the report."""
    from zenml_pin.audit import check
    from zenml_pin.audit.checking import settings_of
    from zenml_pin.base.values import evolve
    from zenml_pin.cli.progress import ProgressMeter

    settings = settings_of()
    with ProgressMeter(arguments.quiet) as meter:
        report = check(
            arguments.files,
            staged=arguments.staged,
            allow_empty=arguments.allow_empty,
            require_signed=arguments.require_signed,
            strict=arguments.strict,
            folders=arguments.documents,
            fetch=arguments.fetch,
            progress=meter,
            settings=evolve(settings, baseline="") if arguments.write_baseline else settings,
        )
    if arguments.write_baseline:
        return _write_baseline(report, settings)
    return write_report(arguments, report, facts=False)


def _write_baseline(report: AuditReport, settings: Settings) -> int:
    from zenml_pin.audit.settings import baseline_of
    from zenml_pin.base.atomic import write_whole

    if not settings.baseline:
        raise UnsupportedError("a bare repository has no working tree for a baseline")
    write_whole(settings.baseline, baseline_of(report))
    print(printable(f"{settings.baseline}: {count(len(report.findings), 'finding')}"))
    return 0
