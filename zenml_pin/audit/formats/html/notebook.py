"""How notebooks show an audit, a diff, and the versions of a class."""

from __future__ import annotations

from typing import Any

from zenml_pin.audit.comparison.difference import Difference
from zenml_pin.audit.comparison.run_comparison import RunComparison
from zenml_pin.audit.formats.html.bisection import show_bisection
from zenml_pin.audit.formats.html.difference import show_difference
from zenml_pin.audit.formats.html.page import make_fragment
from zenml_pin.audit.formats.html.report import show_summary
from zenml_pin.audit.formats.html.versions import show_versions
from zenml_pin.audit.history.version import Versions
from zenml_pin.audit.report import AuditReport
from zenml_pin.base.html import Markup, element
from zenml_pin.base.text import count


def fragment_of_difference(difference: Difference) -> Markup:
    """Return a diff."""
    return make_fragment(*show_difference(difference))


def fragment_of_run_comparison(comparison: RunComparison) -> Markup:
    """Return two runs side by side."""
    return make_fragment(*show_run_comparison(comparison))


def show_run_comparison(comparison: RunComparison) -> list[Markup]:
    """Return what differs between two runs, and the lines of code that differ, folded."""
    rows = [
        element("tr", element("th", fact.name, scope="row"), element("td", fact.old), element("td", fact.new))
        for fact in comparison.facts
        if fact.differs or fact.is_always_shown
    ]
    title = f"{comparison.new.pipeline}: {'nothing differs' if comparison.same else 'two runs differ'}"
    notes = [element("li", note) for note in comparison.notes()]
    codes = [
        element("details", element("summary", f"code of {step.key}"), *show_difference(step.code))
        for step in comparison.steps
        if step.code is not None and not step.code.same
    ]
    table = element("table", element("tbody", *rows), class_="plain")
    return [element("p", title, class_="lead"), table, element("ul", *notes), *codes]


def fragment_of_bisection(report: Any) -> Markup:
    """Return the result of `bisect()`, a `BisectReport`: it is in a part above this one."""
    return make_fragment(*show_bisection(report))


def fragment_of_versions(versions: Versions) -> Markup:
    """Return the versions of a class."""
    return make_fragment(*show_versions(versions))


def fragment_of_diagnosis(diagnosis: Any) -> Markup:
    """Return the checklist of `doctor()`, a `Diagnosis`: it is in a part above this one."""
    badges = {"ok": "ok", "note": "note", "problem": "error"}
    rows = [
        element(
            "tr",
            element(
                "td", element("span", check.outcome.value, class_=f"badge {badges[check.outcome.value]}")
            ),
            element("th", check.name, scope="row"),
            element(
                "td", check.said, *([element("div", check.remedy, class_="muted")] if check.remedy else [])
            ),
        )
        for check in diagnosis.checks
    ]
    problems = sum(check.outcome.value == "problem" for check in diagnosis.checks)
    sentence = count(problems, "problem") if problems else "No problem."
    table = element("table", element("tbody", *rows), class_="plain")
    return make_fragment(element("p", sentence, class_="lead"), table)


def fragment_of_report(report: AuditReport) -> Markup:
    """Return the summary of an audit."""
    return make_fragment(*show_summary(report))
