"""How notebooks show a run, a step of it, and lists of both. `run` imports this module, so types are not named here."""

from __future__ import annotations

import json
from typing import Any

from zenml_pin.base.dates import show_date
from zenml_pin.base.html import Markup, card, element, join
from zenml_pin.base.text import count
from zenml_pin.errors import PinError
from zenml_pin.pipelines.runs.show_file import show_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CELL = "text-align:left;vertical-align:top;padding:.1em 1.2em .1em 0"
_FILE = "margin:.4em 0"
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;max-height:20em;overflow:auto;margin:.2em 0 .6em"


def show_run(run: Any) -> Markup:
    """Return a run: when it ran, how it ended, its steps, metrics and files; logs and tracebacks are folded."""
    rows = [("began", _moment(run.started)), ("took", seconds_of(run))]
    rows += [("error", run.error)] if run.error else []
    rows += [("python", _python(run)), *_uncommitted(run)]
    rows += [(step.key, _step(step)) for step in run.steps]
    head = card(f"{run.pipeline} ({run.number})", f"{run.outcome}, run {run.id}", [*rows, *_metrics(run)])
    return join(
        [head, *_files(run), *(text for step in run.steps for text in _texts(step, step.outcome == "failed"))]
    )


def _files(run: Any) -> Iterator[Markup]:
    """Yield the files that steps returned, with pictures as such."""
    for step in run.steps:
        file = show_file(run._artifacts, step.output, f"{step.output_name} of {step.key}")
        if file is not None:
            yield element("div", element("strong", step.key), " ", file, style=_FILE)


def show_step(step: Any) -> Markup:
    """Return a step: its code, arguments, inputs and output, its log and its traceback."""
    rows = [("source", step.source), ("code", step.code_id or "unknown"), ("args", json.dumps(step.args))]
    rows += [(f"input {name}", sha256) for name, sha256 in step.inputs.items()]
    rows += [(f"output {step.output_name}", step.output)] if step.output is not None else []
    rows += [("error", step.error)] if step.error else []
    rows += [("began", _moment(step.started)), ("took", took(step))]
    return join([card(step.key, step.outcome, rows), *_texts(step, True)])


def show_steps(steps: Iterable[Any]) -> Markup:
    """Return a table of steps, a line each."""
    heads = ("step", "outcome", "took", "source", "error")
    return _table(heads, ((s.key, s.outcome, took(s), s.source, s.error) for s in steps))


def show_runs(runs: Iterable[Any]) -> Markup:
    """Return a table of runs, a line each."""
    heads = ("run", "pipeline", "outcome", "began", "took", "metrics", "error")
    return _table(heads, map(_fields, runs))


def _table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> Markup:
    head = element("tr", *(element("th", name, scope="col", style=_CELL) for name in heads))
    rows = [element("tr", *(element("td", text, style=_CELL) for text in line)) for line in lines]
    return element("table", element("thead", head), element("tbody", *rows))


def _fields(run: Any) -> tuple[str, ...]:
    metrics = ", ".join(f"{name} = {value}" for name, value in _metrics(run))
    name = f"{run.pipeline} ({run.number})"
    return run.id, name, run.outcome, _moment(run.started), seconds_of(run), metrics, run.error


def _metrics(run: Any) -> list[tuple[str, str]]:
    try:
        return [(name, str(value)) for name, value in run.metrics.items()]
    except PinError as error:
        return [("metrics", error.message)]


def _python(run: Any) -> str:
    environment = run.environment
    packages = count(len(environment.get("packages", {})), "package")
    return f"{environment.get('python', 'unknown')}, {environment.get('platform', 'unknown')}, {packages}"


def _uncommitted(run: Any) -> list[tuple[str, str]]:
    trace = trace_of(run)
    if trace is None:
        return []
    if isinstance(trace, str):
        return [("uncommitted", trace)]
    files = ", ".join(f"{file.path} ({file.kind})" for file in trace.files) or "no changed file"
    return [("uncommitted", f"{files}; HEAD was {trace.head or 'no commit'}")]


def trace_of(run: Any) -> Any:
    """Return the uncommitted code of a run: None if there was none, and a text why it cannot be read."""
    try:
        return run.uncommitted
    except PinError as error:
        return error.message


def _texts(step: Any, is_open: bool) -> Iterable[Markup]:
    return (folded(f"{name} of {step.key}", text, is_open, _TEXT) for name, text in texts_of(step))


def texts_of(step: Any) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of a step's traceback and log, if it has them."""
    for name in ("traceback", "log"):
        try:
            text = getattr(step, name)
        except PinError as error:
            text = error.message
        if text:
            yield name, text


def folded(title: str, text: str, is_open: bool, style: str | None = None) -> Markup:
    """Return a long text below a title that opens and closes it."""
    # `element` shows control characters as escapes, so lines are ended by elements.
    lines = [part for line in text.splitlines() for part in (line, element("br"))]
    return element("details", element("summary", title), element("pre", *lines, style=style), open=is_open)


def _step(step: Any) -> str:
    return f"{step.source}  {step.outcome}, {took(step)}"


def took(step: Any) -> str:
    """Return how long a step took; "cached" if it did not run."""
    return "cached" if step.cached else seconds_of(step)


def _moment(seconds: float) -> str:
    return show_date(int(seconds), 0)


def seconds_of(timed: Any) -> str:
    """Return how long a run or a step took."""
    return f"{timed.seconds:.1f} s" if timed.seconds is not None else "-"
