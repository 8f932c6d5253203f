"""The page of a bisection: the answer, every commit that was tested, and what changed."""

from __future__ import annotations

from zenml_pin.audit.formats.bisection_text import ShownBisection
from zenml_pin.audit.formats.html.difference import show_difference
from zenml_pin.audit.formats.html.page import (
    code_element,
    dotted,
    facts,
    head_of,
    make_page,
    person,
    wide_table,
)
from zenml_pin.base.dates import minute, subject
from zenml_pin.base.html import Markup, element
from zenml_pin.git.objects.commit import Commit
from zenml_pin.pipelines.bisecting.trials import Tested

_BADGES = {"good": "ok", "bad": "error", "unknown": "note"}


def bisection_page(report: ShownBisection) -> str:
    """Return a bisection as an HTML file."""
    main = element("main", *show_bisection(report), id="main")
    return make_page(f"First bad commit of {report.what}", head_of("bisect", dotted(report.what)), main)


def show_bisection(report: ShownBisection) -> list[Markup]:
    """Return the parts of the page: the answer, the commits that were tested, what changed."""
    parts = [*_answer(report), element("p", report.bisection.sentence, class_="muted")]
    heads = ("Answer", "Commit", "Date", "Subject and author", "Why")
    rows = [_row(one, report.commits[one.commit_id]) for one in report.bisection.tested]
    parts += [element("h2", "Tested commits"), wide_table(heads, rows)]
    for difference in report.differences:
        source = difference.new.source
        parts += [element("h2", "What changed: ", dotted(f"{source.module}.{source.name}"))]
        parts += show_difference(difference)
    return parts


def _answer(report: ShownBisection) -> list[Markup]:
    commit = report.first_bad
    if commit is None:
        sentence = "Only commits are left that cannot be judged. The first bad commit may be any of these:"
        items = [element("li", code_element(one.id), " ", subject(one.message)) for one in report.candidates]
        return [element("p", sentence, class_="lead"), element("ul", *items)]
    lead = element(
        "p", element("span", "first bad", class_="badge error"), " ", code_element(commit.id), class_="lead"
    )
    return [
        lead,
        facts(
            ("Subject", subject(commit.message)),
            ("Author", commit.author),
            ("Time", minute(commit.time, commit.zone)),
        ),
    ]


def _row(one: Tested, commit: Commit) -> Markup:
    badge = element("span", one.verdict.answer, class_=f"badge {_BADGES[one.verdict.answer]}")
    same = "" if one.is_trial else "no trial: its verdict was known"
    return element(
        "tr",
        element("td", badge),
        element("td", element("code", commit.id, class_="id")),
        element("td", minute(commit.time, commit.zone), class_="short"),
        element("td", subject(commit.message), element("br"), person(commit.author)),
        element("td", "; ".join(part for part in (one.verdict.text, same) if part)),
    )
