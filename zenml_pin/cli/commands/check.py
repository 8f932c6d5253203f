"""check: the gate for a commit hook and CI."""

from __future__ import annotations

from zenml_pin.cli.output import add_report_arguments, write_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    check = verbs.add_parser(
        "check",
        help="check the sources of pipeline documents",
        description="Check every source of pipeline documents: is it pinned, is the commit there and on a branch, "
        "does it have the module and the class, is the folder committed. Runs and writes nothing. Exit with 1 when "
        "there are errors or warnings; notes alone are none.",
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
        help="read the documents that are staged, as a commit hook must; what is uncommitted is then no finding",
    )
    add_report_arguments(check)
    check.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Check documents and write what was found."""
    from zenml_pin.audit import check

    report = check(arguments.files, staged=arguments.staged, require_signed=arguments.require_signed)
    return write_report(arguments, report, facts=False)
