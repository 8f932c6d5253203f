"""The page of a run: when it ran and how it ended, its steps, files, logs, uncommitted code and packages.

Pictures are in the page itself, so its policy allows images, as data alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from zenml_pin.audit.formats.html.notebook import show_run_comparison
from zenml_pin.audit.formats.html.page import code_element, dotted, facts, make_page
from zenml_pin.base.dates import count, minute
from zenml_pin.base.html import Markup, element, join
from zenml_pin.errors import PinError
from zenml_pin.pipelines.runs.run import SUCCEEDED, Run, StepRun
from zenml_pin.pipelines.runs.show_file import show_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.comparison.run_comparison import RunComparison


def run_page(run: Run) -> str:
    """Return a run as an HTML file."""
    environment = run.environment
    header = element(
        "header",
        element("p", "zenml_pin run", class_="eyebrow"),
        element("h1", run.pipeline),
        facts(
            ("Run", code_element(run.id)),
            ("Number", str(run.number)),
            ("Document", code_element(run.document)),
            ("Began", minute(int(run.started))),
            ("Took", _seconds(run.seconds)),
            ("Backend", run.backend),
            ("Python", f"{environment.get('python', 'unknown')}, {environment.get('platform', 'unknown')}"),
        ),
    )
    parts = [_result(run), *_metrics(run), *_steps(run), *_files(run), *_texts(run)]
    parts += [*_uncommitted(run), *_packages(run)]
    title = f"Run {run.id} of {run.pipeline}"
    return make_page(title, header, element("main", *parts, id="main"), has_pictures=True)


def run_comparison_page(comparison: RunComparison) -> str:
    """Return two runs side by side as an HTML file."""
    old, new = comparison.old, comparison.new
    header = element(
        "header",
        element("p", "zenml_pin runs", class_="eyebrow"),
        element("h1", new.pipeline),
        facts(("Old", code_element(old.id)), ("New", code_element(new.id))),
    )
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
    head = element("thead", element("tr", *(element("th", text, scope="col") for text in heads)))
    yield element("h2", "Steps", id="steps")
    yield element("table", head, element("tbody", *map(_row, run.steps)), class_="plain wide")


def _row(step: StepRun) -> Markup:
    level = "ok" if step.outcome == SUCCEEDED else "error"
    name, at, pin = step.source.partition("@")
    source = element("code", join([dotted(name), at, element("wbr"), element("span", pin, class_="muted")]))
    lines = [("code", step.code_id or "unknown"), ("arguments", json.dumps(step.args))]
    lines += [(f"input {input_name}", artifact) for input_name, artifact in step.inputs.items()]
    lines += [(f"output {step.output_name}", step.output)] if step.output is not None else []
    items = [element("li", f"{what}: ", code_element(value)) for what, value in lines]
    return element(
        "tr",
        element("th", step.key, scope="row"),
        element("td", element("span", step.outcome, class_=f"badge {level}"), class_="short"),
        element("td", source, element("ul", *items, class_="muted")),
        element("td", "cached" if step.cached else _seconds(step.seconds), class_="short"),
    )


def _files(run: Run) -> Iterator[Markup]:
    """Yield the files that steps returned, pictures as such."""
    for step in run.steps:
        file = show_file(run._artifacts, step.output, f"{step.output_name} of {step.key}")
        if file is not None:
            yield element("figure", element("figcaption", f"{step.output_name} of {step.key}"), file)


def _texts(run: Run) -> Iterator[Markup]:
    for step in run.steps:
        for name in ("traceback", "log"):
            try:
                text = getattr(step, name)
            except PinError as error:
                text = error.message
            if text:
                is_open = name == "traceback"
                yield _folded(f"{name} of {step.key}", text, is_open)


def _uncommitted(run: Run) -> Iterator[Markup]:
    try:
        trace = run.uncommitted
    except PinError as error:
        yield element("p", error.message)
        return
    if trace is None:
        return
    yield element("h2", "Uncommitted code", id="uncommitted")
    yield element("p", f"HEAD was {trace.head or 'no commit'}.")
    yield element("ul", *(element("li", code_element(file.path), f" {file.kind}") for file in trace.files))
    yield _folded(
        "how it differed from HEAD", trace.patch().encode("utf-8", "replace").decode("utf-8"), False
    )


def _packages(run: Run) -> Iterator[Markup]:
    packages = run.environment.get("packages", {})
    if packages:
        rows = [
            element("tr", element("th", name, scope="row"), element("td", packages[name]))
            for name in sorted(packages)
        ]
        summary = element("summary", count(len(packages), "package"))
        yield element("details", summary, element("table", element("tbody", *rows), class_="plain"))


def _folded(title: str, text: str, is_open: bool) -> Markup:
    # `element` shows control characters as escapes, so lines are ended by elements.
    lines = [part for line in text.splitlines() for part in (line, element("br"))]
    return element("details", element("summary", title), element("pre", *lines), open=is_open)


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
