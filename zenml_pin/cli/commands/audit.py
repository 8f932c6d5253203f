"""audit: what the documents of a repository name, whether it is still there, and what changed since."""

from __future__ import annotations

import argparse
from contextlib import nullcontext

from zenml_pin.cli.isolation import add_sandbox
from zenml_pin.cli.location import add_fetch
from zenml_pin.cli.output import add_report_arguments, write_report
from zenml_pin.cli.printed_by_code import prints_on_stderr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS, _MEGABYTES = 30.0, 2048


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    audit = verbs.add_parser(
        "audit",
        help="report on every pin of the repository's documents",
        description="Report on every source of every pipeline document: does its commit exist, which branch or tag "
        "leads to it, who committed it and when, are its folder and class there, do they differ from HEAD and from "
        "the working tree, which pins share code, do the commit's requirements fit what is installed, is it "
        "signed. Exits with 1 if there are errors or warnings.",
    )
    audit.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="documents, or folders of them (default: all of the pipelines folders)",
    )
    audit.add_argument("--rev", metavar="REV", help="read the documents of this commit")
    audit.add_argument(
        "--all-history",
        action="store_true",
        help="read each version of each document that a branch or tag (or REV) leads to, also deleted ones",
    )
    audit.add_argument(
        "--load", action="store_true", help="try to load each class, in a process of its own with limits"
    )
    audit.add_argument(
        "--reproduce",
        action="store_true",
        help="run the newest recorded run of each document again, with your rights and without a sandbox, and compare "
        "its outputs",
    )
    add_sandbox(audit)
    audit.add_argument(
        "--time-limit",
        metavar="S",
        type=_positive(float),
        default=_SECONDS,
        help="seconds for a load (default: %(default)g)",
    )
    audit.add_argument(
        "--memory-limit",
        metavar="MB",
        type=_positive(int),
        default=_MEGABYTES,
        help="memory of a load in MB (default: %(default)s)",
    )
    audit.add_argument(
        "--jobs",
        metavar="N",
        type=_positive(int),
        default=1,
        help="processes that share the work (default: 1)",
    )
    audit.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="let the workers of a Dask cluster share it; they must see the repository's path",
    )
    add_report_arguments(audit)
    add_fetch(audit)
    audit.set_defaults(run=run, failure=2)


def run(arguments: argparse.Namespace) -> int:
    """Audit the repository here and write what was found, also when it is interrupted."""
    from zenml_pin.audit.auditing import AuditInterrupted, audit
    from zenml_pin.cli.progress import ProgressMeter
    from zenml_pin.isolation.limits import TrialLimits

    try:
        # Steps that run again may print.
        steps = prints_on_stderr() if arguments.reproduce else nullcontext()
        with ProgressMeter(arguments.quiet) as meter, steps:
            report = audit(
                arguments.files,
                revision=arguments.rev,
                all_history=arguments.all_history,
                allow_empty=arguments.allow_empty,
                load=arguments.load,
                reproduce=arguments.reproduce,
                jobs=arguments.jobs,
                dask=arguments.dask,
                require_signed=arguments.require_signed,
                limits=TrialLimits(arguments.time_limit, arguments.memory_limit),
                sandbox=arguments.sandbox,
                env_pass=arguments.env_pass,
                fetch=arguments.fetch,
                progress=meter,
                strict=arguments.strict,
                folders=arguments.documents,
            )
    except AuditInterrupted as interrupted:
        write_report(arguments, interrupted.report, facts=True)
        return 130
    return write_report(arguments, report, facts=True)


def _positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    """Return what reads a number of a kind that is above zero."""

    def number(text: str) -> float:
        value = kind(text)
        # Not so for NaN either.
        if not value > 0:
            raise argparse.ArgumentTypeError(f"'{text}' is not above 0")
        return value

    return number
