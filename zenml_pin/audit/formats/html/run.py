"""The page of a run: when it ran and how it ended, its steps, files, logs, uncommitted code and packages.

Pictures are in the page itself, so its policy allows images, as data alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from zenml_pin.audit.formats.html.notebook import show_run_comparison
from zenml_pin.audit.formats.html.page import code_element, head_of, make_page, pinned, wide_table
from zenml_pin.base.dates import minute
from zenml_pin.base.html import Markup, element
from zenml_pin.base.text import count
from zenml_pin.errors import PinError
from zenml_pin.pipelines.runs.displays import folded, seconds_of, texts_of, took, trace_of
from zenml_pin.pipelines.runs.run import SUCCEEDED, Run, StepRun
from zenml_pin.pipelines.runs.show_file import show_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.comparison.run_comparison import RunComparison


def run_page(run: Run) -> str:
    """Return a run as an HTML file."""
    environment = run.environment
    header = head_of(
        "run",
        run.pipeline,
        ("Run", code_element(run.id)),
        ("Number", str(run.number)),
        ("Document", code_element(run.document)),
        ("Began", minute(int(run.started))),
        ("Took", seconds_of(run)),
        ("Backend", run.backend),
        ("Python", f"{environment.get('python', 'unknown')}, {environment.get('platform', 'unknown')}"),
    )
    parts = [_result(run), *_metrics(run), *_steps(run), *_files(run), *_texts(run)]
    parts += [*_uncommitted(run), *_packages(run)]
    title = f"Run {run.id} of {run.pipeline}"
    return make_page(title, header, element("main", *parts, id="main"), has_pictures=True)


def run_comparison_page(comparison: RunComparison) -> str:
    """Return two runs side by side as an HTML file."""
    old, new = comparison.old, comparison.new
    header = head_of("runs", new.pipeline, ("Old", code_element(old.id)), ("New", code_element(new.id)))
    main = element("main", *show_run_comparison(comparison), id="main")
    return make_page(f"Runs {old.id} and {new.id} of {new.pipeline}", header, main)


def _result(run: Run) -> Markup:
    badge = element("span", run.outcome, class_=f"badge {'ok' if run.outcome == SUCCEEDED else 'error'}")
    return element("p", badge, *([" ", run.error] if run.error else []), class_="lead")


def _metrics(run: Run) -> Iterator[Markup]:
    try:
        metrics = run.metrics
    except PinError as error:
        yield element("p", error.message)
        return
    if metrics:
        figures = [
            element("div", element("dt", name), element("dd", str(value))) for name, value in metrics.items()
        ]
        yield element("dl", *figures, class_="figures")


def _steps(run: Run) -> Iterator[Markup]:
    heads = ("Step", "Outcome", "Code, arguments, inputs and output", "Time")
    yield element("h2", "Steps", id="steps")
    yield wide_table(heads, map(_row, run.steps))


def _row(step: StepRun) -> Markup:
    level = "ok" if step.outcome == SUCCEEDED else "error"
    lines = [("code", step.code_id or "unknown"), ("arguments", json.dumps(step.args))]
    lines += [(f"input {input_name}", artifact) for input_name, artifact in step.inputs.items()]
    lines += [(f"output {step.output_name}", step.output)] if step.output is not None else []
    items = [element("li", f"{what}: ", code_element(value)) for what, value in lines]
    return element(
        "tr",
        element("th", step.key, scope="row"),
        element("td", element("span", step.outcome, class_=f"badge {level}"), class_="short"),
        element("td", pinned(step.source), element("ul", *items, class_="muted")),
        element("td", took(step), class_="short"),
    )


def _files(run: Run) -> Iterator[Markup]:
    """Yield the files that steps returned, pictures as such."""
    for step in run.steps:
        file = show_file(run._artifacts, step.output, f"{step.output_name} of {step.key}")
        if file is not None:
            yield element("figure", element("figcaption", f"{step.output_name} of {step.key}"), file)


def _texts(run: Run) -> Iterator[Markup]:
    for step in run.steps:
        for name, text in texts_of(step):
            yield folded(f"{name} of {step.key}", text, name == "traceback")


def _uncommitted(run: Run) -> Iterator[Markup]:
    trace = trace_of(run)
    if trace is None:
        return
    if isinstance(trace, str):
        yield element("p", trace)
        return
    yield element("h2", "Uncommitted code", id="uncommitted")
    yield element("p", f"HEAD was {trace.head or 'no commit'}.")
    yield element("ul", *(element("li", code_element(file.path), f" {file.kind}") for file in trace.files))
    yield folded("how it differed from HEAD", trace.patch().encode("utf-8", "replace").decode("utf-8"), False)


def _packages(run: Run) -> Iterator[Markup]:
    packages = run.environment.get("packages", {})
    if packages:
        rows = [
            element("tr", element("th", name, scope="row"), element("td", packages[name]))
            for name in sorted(packages)
        ]
        summary = element("summary", count(len(packages), "package"))
        yield element("details", summary, element("table", element("tbody", *rows), class_="plain"))
