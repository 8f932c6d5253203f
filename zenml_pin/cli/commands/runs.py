"""runs: list what ran."""

from __future__ import annotations

from datetime import UTC, datetime

from zenml_pin.cli.listing import add_listing, open_repository
from zenml_pin.cli.plain_data import of_run, print_json
from zenml_pin.cli.table import print_table
from zenml_pin.errors import PinError

_WIDEST = 40

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from zenml_pin.pipelines.runs.run import Run


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add its arguments."""
    verb = add_listing(
        verbs, "runs", "list what ran: id, outcome, pipeline, number, start, seconds and metrics", run
    )
    verb.add_argument("name", metavar="NAME", nargs="?", help="only of this pipeline")


def run(arguments: argparse.Namespace) -> int:
    """List runs."""
    repository = open_repository()
    runs = repository.get_runs(arguments.name)
    if arguments.name is not None and not runs:
        repository.get_document(arguments.name)
    if arguments.format == "json":
        print_json(runs=[of_run(entry) for entry in runs])
        return 0
    print_table(("id", "outcome", "pipeline", "number", "began", "seconds", "metrics"), map(_fields, runs))
    return 0


def _fields(entry: Run) -> list[str]:
    began = datetime.fromtimestamp(entry.started, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
    seconds = f"{entry.ended - entry.started:.1f}" if entry.ended is not None else "-"
    return [
        *(entry.id, entry.outcome, entry.pipeline, str(entry.number), began, seconds),
        _metrics(entry),
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
