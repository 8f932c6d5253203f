"""The page of a reproduction: the result, whether the data is the recorded one, each step, and what differs."""

from __future__ import annotations

from zenml_pin.audit.formats.html.page import code_element, head_of, make_page, pinned, wide_table
from zenml_pin.audit.formats.reproduction_text import context_text, data_text, details_of
from zenml_pin.base.dates import minute
from zenml_pin.base.html import Markup, element
from zenml_pin.pipelines.reproducing.reproduction import ContextDifference, Reproduction, StepReproduction

_LEVELS = {
    "identical": "ok",
    "equal": "ok",
    "different": "error",
    "failed": "error",
    "not run": "warning",
    "not comparable": "warning",
}
_SHOWN = 100


def reproduction_page(reproduction: Reproduction) -> str:
    """Return a reproduction as an HTML file."""
    run = reproduction.run
    header = head_of(
        "reproduce",
        run.pipeline,
        ("Run", code_element(run.id)),
        ("Number", str(run.number)),
        ("Recorded", f"{minute(int(run.started))}, {run.outcome}"),
        ("Input data", data_text(reproduction) if reproduction.data else None),
        ("Equal", _tolerance(reproduction)),
        ("Ran now on", reproduction.backend),
    )
    parts = [*_result(reproduction), *_figures(reproduction), *_steps(reproduction), *_context(reproduction)]
    title = f"Reproduction of {run.pipeline}, run {run.id}"
    return make_page(title, header, element("main", *parts, id="main"))


def _tolerance(reproduction: Reproduction) -> str:
    tolerance = reproduction.tolerance
    return f"numbers within {tolerance.atol:g} + {tolerance.rtol:g} of the recorded one"


def _result(reproduction: Reproduction) -> list[Markup]:
    word, level = ("reproduced", "ok") if reproduction.is_reproduced else ("not reproduced", "error")
    text = reproduction.summary.partition(": ")[2]
    badge = element("span", word, class_=f"badge {level}")
    lines = [element("p", f"{line[:1].upper()}{line[1:]}.") for line in reproduction.explanation]
    return [element("p", badge, " ", text, class_="lead"), *lines]


def _figures(reproduction: Reproduction) -> list[Markup]:
    outcomes = [step.outcome for step in reproduction.steps]
    figures = []
    for outcome, level in _LEVELS.items():
        number = outcomes.count(outcome)
        if number or outcome in ("identical", "equal", "different"):
            word = level if number and level != "ok" else "" if number else "zero"
            figures.append(
                element("div", element("dt", outcome), element("dd", f"{number:,}"), class_=word or None)
            )
    return [element("dl", *figures, class_="figures")]


def _steps(reproduction: Reproduction) -> list[Markup]:
    heads = ("Step", "Output", "Class and differences", "Seconds")
    return [element("h2", "Steps", id="steps"), wide_table(heads, map(_row, reproduction.steps))]


def _row(step: StepReproduction) -> Markup:
    badge = element("span", step.outcome, class_=f"badge {_LEVELS[step.outcome]}")
    lines = [element("li", code_element(line)) for line in details_of(step, _SHOWN)]
    return element(
        "tr",
        element("th", step.key, scope="row"),
        element("td", badge, class_="short"),
        element("td", pinned(step.source), *([element("ul", *lines)] if lines else [])),
        element("td", _seconds(step), class_="short"),
    )


def _seconds(step: StepReproduction) -> str:
    now = "-" if step.seconds is None else f"{step.seconds:.1f}"
    return now if step.recorded_seconds is None else f"{now} (recorded {step.recorded_seconds:.1f})"


def _context(reproduction: Reproduction) -> list[Markup]:
    title = element("h2", "What differs around it", id="around")
    if not reproduction.context:
        sentence = (
            "Nothing: Python, platform, packages, the code at the pins and the document are as recorded."
        )
        return [title, element("p", sentence, class_="muted")]
    used = [item for item in reproduction.context if item.kind != "package" or item.is_used]
    others = [item for item in reproduction.context if item not in used]
    parts = [title]
    if used:
        parts.append(element("ul", *(element("li", context_text(item)) for item in used)))
    return [*parts, *_packages(others)]


def _packages(packages: list[ContextDifference]) -> list[Markup]:
    if not packages:
        return []
    heads = ("Package", "Recorded", "Now")
    rows = [
        element(
            "tr",
            element("th", item.name, scope="row"),
            element("td", item.recorded or "not installed"),
            element("td", item.now or "not installed"),
        )
        for item in packages
    ]
    summary = element("summary", f"Packages that no step imports: {len(packages):,}")
    return [element("details", summary, wide_table(heads, rows))]
