"""bisect: find the first commit at which a class or a pipeline is bad."""

from __future__ import annotations

import argparse
import sys

from zenml_pin.cli.environments import add_env, env_settings
from zenml_pin.cli.output import add_arguments, is_terminal, to_json, write_text
from zenml_pin.cli.printed_by_code import prints_on_stderr
from zenml_pin.errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from zenml_pin.audit.bisecting import BisectReport
    from zenml_pin.pipelines.bisecting.trials import Tested

_FORMATS = ("text", "json", "html")


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = verbs.add_parser(
        "bisect",
        help="find the first commit at which a class or a pipeline is bad",
        description="Search the history between a good and a bad commit, as 'git bisect run' does, for the first "
        "commit at which a class or a pipeline is bad. Each distinct code is tried once, in a process of its own; the "
        "working tree stays as it is. Without a test, a class is bad if it does not load, and a pipeline if it fails. "
        "Exits with 0 for an answer, and with 2 if only commits are left that cannot be judged.",
    )
    verb.add_argument(
        "what", metavar="SOURCE|PIPELINE", help="trainers.step.MyTrainer, or a pipeline's name or file"
    )
    verb.add_argument(
        "--good",
        metavar="REV",
        action="append",
        required=True,
        help="a commit at which it is good; may be repeated",
    )
    verb.add_argument(
        "--bad", metavar="REV", default="HEAD", help="a commit at which it is bad (default: HEAD)"
    )
    _add_tests(verb)
    _add_search(verb)
    add_arguments(verb, _FORMATS)
    verb.add_argument_group(
        "the command",
        "-- COMMAND [ARG ...] after all options judges the class: exit code 0 means good, 125 that it cannot be "
        "judged, 1 to 127 bad. It finds the class in ZENML_PIN_SOURCE, ZENML_PIN_NAME (to import) and "
        "ZENML_PIN_COMMIT.",
    )
    verb.set_defaults(run=run, failure=2, command_words=[])


def _add_tests(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--test",
        metavar="MODULE:FUNCTION",
        help="a function that gets the class (or FILE.py:FUNCTION); bad if it raises, or returns what is false and "
        "not None",
    )
    verb.add_argument(
        "--skip-on",
        metavar="EXCEPTION",
        action="append",
        default=[],
        help="a commit where this exception is raised cannot be judged; may be repeated",
    )
    verb.add_argument("--metric", metavar="NAME", help="the metric of a pipeline that decides")
    verb.add_argument("--min", type=float, metavar="NUMBER", help="bad if the metric is smaller")
    verb.add_argument("--max", type=float, metavar="NUMBER", help="bad if the metric is larger")


def _add_search(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--first-parent", action="store_true", help="count a merge as a commit of its first parent alone"
    )
    verb.add_argument(
        "--repeat",
        type=int,
        default=1,
        metavar="N",
        help="trials of each code: the median of a metric decides, or most answers (default: 1)",
    )
    verb.add_argument("--jobs", type=int, default=1, metavar="N", help="trials at the same time (default: 1)")
    verb.add_argument(
        "--timeout",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="the longest time of a trial (default: 300)",
    )
    verb.add_argument(
        "--memory", type=int, default=4096, metavar="MB", help="the memory of a trial (default: 4096)"
    )
    verb.add_argument(
        "--sandbox",
        nargs="?",
        const="auto",
        default="off",
        choices=("auto", "require", "off"),
        help="run trials behind the walls that this machine has; what is denied something cannot be judged",
    )
    verb.add_argument(
        "--env-pass",
        metavar="NAME",
        action="append",
        default=[],
        help="give trials behind walls this environment variable too; may be repeated",
    )
    add_env(verb)
    verb.add_argument("--log", metavar="FILE", help="write each verdict to a file")
    verb.add_argument("--replay", metavar="FILE", help="take the verdicts of such a file instead of trials")


def run(arguments: argparse.Namespace) -> int:
    """Search, and write the answer."""
    from zenml_pin.audit.bisecting import bisect
    from zenml_pin.isolation.limits import TrialLimits

    if arguments.timeout <= 0 or arguments.memory <= 0:
        raise UnsupportedError("--timeout and --memory are above 0")
    with prints_on_stderr():
        report = bisect(
            arguments.what,
            good=arguments.good,
            bad=arguments.bad,
            test=arguments.test,
            command=arguments.command_words,
            metric=arguments.metric,
            minimum=arguments.min,
            maximum=arguments.max,
            skip_on=arguments.skip_on,
            first_parent=arguments.first_parent,
            repeat=arguments.repeat,
            jobs=arguments.jobs,
            sandbox=arguments.sandbox,
            env_pass=arguments.env_pass,
            limits=TrialLimits(arguments.timeout, arguments.memory),
            env=env_settings(arguments),
            log=arguments.log,
            replay=arguments.replay,
            tell=_progress(arguments),
        )
    write_text(arguments, _render(report, arguments))
    return 0 if report.first_bad is not None else 2


def _render(report: BisectReport, arguments: Any) -> str:
    if arguments.format == "json":
        return to_json(report.to_dict())
    if arguments.format == "html":
        from zenml_pin.audit.formats.html.bisection import bisection_page

        return bisection_page(report)
    from zenml_pin.audit.formats.bisection_text import render_bisection

    return render_bisection(report)


def _progress(arguments: argparse.Namespace) -> Callable[[Tested, int], None] | None:
    """Return a function that tells each verdict on a terminal."""
    if arguments.quiet or sys.stderr is None or not (is_terminal(arguments) or sys.stderr.isatty()):
        return None

    def tell(tested: Tested, left: int) -> None:
        from zenml_pin.base.text import printable

        why = f" ({tested.verdict.text})" if tested.verdict.text else ""
        line = f"{tested.commit_id[:8]} {tested.verdict.answer}{why}; {left} candidates"
        print(printable(line), file=sys.stderr)

    return tell
