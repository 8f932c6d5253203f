"""runs: list what ran, show one run, or compare two."""

from __future__ import annotations

import contextlib
import os
import sys

from zenml_pin.base.text import printable
from zenml_pin.cli.listing import add_listing, open_repository
from zenml_pin.cli.output import write_text
from zenml_pin.cli.plain_data import of_run, of_run_details, print_json
from zenml_pin.cli.table import print_table
from zenml_pin.errors import PinError, UnsupportedError

_WIDEST = 40
_SHOWN = 8
_NAME = "NAME|RUN"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.pipelines.repository import Repository
    from zenml_pin.pipelines.runs.run import Run


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    text = "list what ran, show one run with its logs, or compare two"
    verb = add_listing(verbs, "runs", text, run, has_page=True)
    verb.add_argument(
        "name",
        metavar=_NAME,
        nargs="?",
        help="list the runs of this pipeline; or show this run: its id, its beginning or last six digits, or "
        "last, last~1, ...",
    )
    verb.add_argument("--last", metavar="N", type=_positive, help="list the N newest runs")
    verb.add_argument(
        "--failed", action="store_true", help="list runs that failed, were interrupted or killed"
    )
    verb.add_argument(
        "--sort",
        metavar="KEY",
        default="began",
        help="sort a list by began, seconds, pipeline, outcome or the name of a metric, with dots of one that another "
        "contains (default: began)",
    )
    verb.add_argument("--reverse", action="store_true", help="reverse the order of a list")
    verb.add_argument(
        "--log", action="store_true", help="of one run: print the whole log of each step, and no more"
    )
    verb.add_argument("--packages", action="store_true", help="of one run: print its packages, and no more")
    verb.add_argument(
        "--patch",
        action="store_true",
        help="of one run: print how its uncommitted code differed from HEAD, as git does; "
        "with --compare: also print the lines that differ",
    )
    verb.add_argument(
        "--compare",
        metavar=("A", "B"),
        nargs=2,
        help="compare two runs of one pipeline: code, arguments, inputs, packages and metrics; "
        "exits with 1 if anything differs",
    )


def _positive(text: str) -> int:
    import argparse

    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of runs")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """List runs, show one, or compare two."""
    repository = open_repository()
    if arguments.output is not None and arguments.format != "html":
        raise UnsupportedError("-o writes a page", "add --format html, or use > FILE")
    if arguments.compare is not None:
        return _compare(arguments, repository)
    if arguments.name is not None and not _is_pipeline(repository, arguments.name):
        return _show(arguments, repository.get_run(arguments.name))
    for option in ("log", "packages", "patch"):
        if getattr(arguments, option):
            raise UnsupportedError(f"--{option} shows one run", f"name it: zenml-pin runs RUN --{option}")
    if arguments.format == "html":
        raise UnsupportedError("a page shows one run, or two", "zenml-pin runs RUN --format html")
    runs = repository.get_runs(arguments.name, last=arguments.last, failed=arguments.failed)
    runs = _sorted(runs, arguments.sort, arguments.reverse)
    if arguments.format == "json":
        print_json(runs=[of_run(entry) for entry in runs])
        return 0
    if not runs and not arguments.quiet:
        print(printable(_why_none(arguments, repository)), file=sys.stderr)
    heads = ("id", "outcome", "pipeline", "number", "began", "seconds", "metrics", "error")
    print_table(heads, map(_fields, runs))
    return 0


def _why_none(arguments: argparse.Namespace, repository: Repository) -> str:
    folder = repository.store.folder
    if not os.path.isdir(folder):
        return f"no runs: the store '{folder}' does not exist"
    kind = "failed runs" if arguments.failed else "runs"
    name = "" if arguments.name is None else f" of '{arguments.name}'"
    return f"no {kind}{name} in the store '{folder}'"


def _is_pipeline(repository: Repository, name: str) -> bool:
    """Tell whether a text is the name of a pipeline; a text that begins no run's id must be one."""
    from zenml_pin.pipelines.runs.run_id import is_relative

    if repository.store.record.numbers(name) or name in repository.get_pipeline_names():
        return True
    # Ids of runs begin with the day, and end with six digits.
    if name[:1].isdecimal() or len(name) == 6 or is_relative(name):
        return False
    repository.get_document(name)
    return True


def _sorted(runs: list[Run], key: str, is_reversed: bool) -> list[Run]:
    keys = {"began": "started", "seconds": "seconds", "pipeline": "pipeline", "outcome": "outcome"}
    values = [getattr(entry, keys[key]) if key in keys else _find_metric(entry, key) for entry in runs]
    if runs and all(value is None for value in values):
        hint = f"sort by {', '.join([*keys, *_metric_names(runs)[:_SHOWN]])}"
        raise UnsupportedError(f"no run has a metric '{key}'", hint)
    known = [(value, entry) for value, entry in zip(values, runs, strict=True) if value is not None]
    known.sort(key=lambda pair: pair[0], reverse=is_reversed)
    unknown = [entry for value, entry in zip(values, runs, strict=True) if value is None]
    return [*unknown, *(entry for _, entry in known)]


def _metric_names(runs: list[Run]) -> list[str]:
    from zenml_pin.pipelines.runs.metrics import metric_names

    names: set[str] = set()
    for entry in runs:
        with contextlib.suppress(PinError):
            names.update(metric_names(entry.metrics))
    return sorted(names)


def _find_metric(entry: Run, name: str) -> float | None:
    from zenml_pin.pipelines.runs.metrics import find_metric

    try:
        return find_metric(entry.metrics, name)
    except PinError:
        return None


def _show(arguments: argparse.Namespace, entry: Run) -> int:
    from zenml_pin.cli.show_run import print_log, print_packages, print_patch, print_run

    if arguments.format == "json":
        print_json(run=of_run_details(entry))
    elif arguments.format == "html":
        from zenml_pin.audit.formats.html.run import run_page

        write_text(arguments, run_page(entry))
    elif arguments.patch:
        print_patch(entry)
    elif arguments.log:
        print_log(entry)
    elif arguments.packages:
        print_packages(entry)
    else:
        print_run(entry)
    return 0


def _compare(arguments: argparse.Namespace, repository: Repository) -> int:
    from zenml_pin.audit.comparison.run_comparison import compare_runs
    from zenml_pin.cli.show_run import print_comparison

    if arguments.name is not None:
        raise UnsupportedError("--compare takes two runs and no other", "zenml-pin runs --compare A B")
    old, new = (repository.get_run(text) for text in arguments.compare)
    comparison = compare_runs(old, new, repo=repository)
    if arguments.format == "json":
        print_json(**comparison.to_dict())
    elif arguments.format == "html":
        from zenml_pin.audit.formats.html.run import run_comparison_page

        write_text(arguments, run_comparison_page(comparison))
    else:
        print_comparison(comparison, arguments.patch)
    sys.stdout.flush()
    return 0 if comparison.same else 1


def _fields(entry: Run) -> list[str]:
    from zenml_pin.base.dates import show_date

    seconds = f"{entry.seconds:.1f}" if entry.seconds is not None else "-"
    began = show_date(int(entry.started), 0)
    return [
        *(entry.id, entry.outcome, entry.pipeline, str(entry.number), began, seconds),
        *(_metrics(entry), entry.error),
    ]


def _metrics(entry: Run) -> str:
    try:
        return " ".join(f"{name}={_short(value)}" for name, value in entry.metrics.items())
    except PinError:
        return ""


def _short(value: object) -> str:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    # Such as a confusion matrix: the JSON has it whole.
    return text if len(text) <= _WIDEST or not isinstance(value, (list, dict)) else f"{text[:_WIDEST]}..."
