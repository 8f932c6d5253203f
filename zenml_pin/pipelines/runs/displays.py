"""How notebooks show a run and a list of runs. `run` imports this module, so its types are not named here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zenml_pin.base.html import Markup, card, element
from zenml_pin.errors import PinError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CELL = "text-align:left;vertical-align:top;padding:.1em 1.2em .1em 0"


def show_run(run: Any) -> Markup:
    """Return a run: when it ran, how it ended, its steps and its metrics."""
    rows = [("began", _moment(run.started)), ("took", _seconds(run.started, run.ended))]
    rows += [("error", run.error)] if run.error else []
    rows += [(step.key, _step(step)) for step in run.steps]
    return card(f"{run.pipeline} ({run.number})", f"{run.outcome}, run {run.id}", [*rows, *_metrics(run)])


def show_runs(runs: Iterable[Any]) -> Markup:
    """Return a table of runs, a line each."""
    heads = ("run", "pipeline", "outcome", "began", "took", "metrics")
    head = element("tr", *(element("th", name, scope="col", style=_CELL) for name in heads))
    rows = [element("tr", *(element("td", text, style=_CELL) for text in _fields(run))) for run in runs]
    return element("table", element("thead", head), element("tbody", *rows))


def _fields(run: Any) -> tuple[str, ...]:
    metrics = ", ".join(f"{name} = {value}" for name, value in _metrics(run))
    name = f"{run.pipeline} ({run.number})"
    return run.id, name, run.outcome, _moment(run.started), _seconds(run.started, run.ended), metrics


def _metrics(run: Any) -> list[tuple[str, str]]:
    try:
        return [(name, str(value)) for name, value in run.metrics.items()]
    except PinError as error:
        return [("metrics", error.message)]


def _step(step: Any) -> str:
    took = "cached" if step.cached else _seconds(step.started, step.ended)
    return f"{step.source}  {step.outcome}, {took}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")


def _seconds(started: float, ended: float | None) -> str:
    return f"{ended - started:.1f} s" if ended is not None else "-"


class RunList(list[Any]):
    """Runs, as a list that a notebook shows as a table."""

    def _repr_html_(self) -> Markup:
        return show_runs(self)
