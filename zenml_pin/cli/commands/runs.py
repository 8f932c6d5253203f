"""runs: list what ran."""

from __future__ import annotations

from datetime import UTC, datetime

from zenml_pin.base.text import printable
from zenml_pin.cli.listing import add_listing, open_repository
from zenml_pin.errors import PinError

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
    for entry in runs:
        began = datetime.fromtimestamp(entry.started, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
        seconds = f"{entry.ended - entry.started:.1f}" if entry.ended is not None else "-"
        fields = (
            entry.id,
            entry.outcome,
            entry.pipeline,
            str(entry.number),
            began,
            seconds,
            _metrics(entry),
        )
        print("\t".join(printable(text) for text in fields))
    return 0


def _metrics(entry: Run) -> str:
    try:
        return " ".join(f"{name}={_short(value)}" for name, value in entry.metrics.items())
    except PinError:
        return ""


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
