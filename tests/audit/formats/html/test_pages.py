"""Pages without a browser: what they say, how they fold, and what strange facts do to them."""

from __future__ import annotations

import attrs
import pytest

from tests.support.audit.three_year_history import make_history
from tests.support.parsed_html import Seen
from tests.support.repositories import Repo, commit
from zenml_pin.audit import audit
from zenml_pin.audit.comparison.comparing import diff
from zenml_pin.audit.comparison.line_diff import compare_lines
from zenml_pin.audit.formats.html.report import report_page
from zenml_pin.audit.formats.html.scale import Scale
from zenml_pin.audit.formats.html.side_by_side import MAX_ROWS, show_sides
from zenml_pin.audit.history.tracing import versions
from zenml_pin.audit.report import AuditReport, CommitReport, DocumentReport, PinReport, SourceReport

DAY = 86_400


def report_of(count: int, time: int = 1_600_000_000) -> AuditReport:
    """Return a report of as many pins, whose repository is gone."""
    documents = []
    for number in range(count):
        commit_id = f"{number:040x}"
        made = CommitReport(
            commit_id, "A <a>", "A <a>", time + number * DAY, 0, "s", ("main",), behind=number
        )
        pin = PinReport(f"a.B@{commit_id}", commit_id, made, "a.py", "a.py", "1" * 40, True, number % 2 == 0)
        source = SourceReport(pin.source, "steps.training.source", 1, 1, pin)
        documents.append(
            DocumentReport(f"pipelines/{number}.yaml", "", f"p{number}", 1, "training", (source,))
        )
    return AuditReport("/gone", "f" * 40, "worktree", tuple(documents))


def test_report_names_every_fact_of_a_pin(repo: Repo) -> None:
    """Commit, subject, author, branch, folder, tree, findings, and what changed since."""
    made = make_history(repo)

    text = Seen(report_page(audit(repo=repo.path))).text

    for fact in (
        made["first"],
        "A first model of churn",
        "Ada Lovelace <ada@example.org>",
        "15 behind",
        "Since then: the class changed; its helper changed too: trainers/losses.py",
        "Since then nothing that it needs has changed.",
        "1 document cannot be read, and 3 of 13 sources cannot be traced to code that loads.",
    ):
        assert fact in text


def test_repository_that_is_gone_leaves_the_report() -> None:
    """The differences are missing then, and nothing else."""
    seen = Seen(report_page(report_of(2)))

    assert "All 2 sources can be traced to a commit." in seen.text
    assert "Since then" not in seen.text


def test_long_reports_are_folded_and_whole() -> None:
    """Every step has its line, those beyond the first 120 rows in a fold of their own."""
    page = report_page(report_of(200))

    assert page.count('role="img"') == 200
    assert "more lines" in Seen(page).text


def test_interrupted_and_empty_reports_say_so() -> None:
    """An auditor must not take them for a clean one."""
    empty = AuditReport("/gone", None, "worktree")

    assert "There are no pipeline documents." in Seen(report_page(empty)).text
    assert "interrupted" in Seen(report_page(attrs.evolve(report_of(1), is_complete=False))).text


def test_interrupted_report_is_written_at_once(repo: Repo) -> None:
    """What changed since takes its time, and is left out."""
    make_history(repo)
    report = audit(repo=repo.path)
    compared: list[int] = []

    page = report_page(
        attrs.evolve(report, is_complete=False), lambda stage, done, total: compared.append(done)
    )

    assert "Since then" not in page
    assert compared == []


@pytest.mark.parametrize("time", [0, -5, 10**18, 253402300799], ids=str)
def test_times_that_no_calendar_has_are_drawn_all_the_same(time: int) -> None:
    """A commit may claim any time."""
    assert "<svg" in report_page(report_of(3, time))


def test_places_are_in_percent_and_in_order() -> None:
    """The oldest left, HEAD right; a few ticks of the calendar between them, whatever the span."""
    for span in (3600, 3 * DAY, 40 * DAY, 400 * DAY, 40 * 365 * DAY):
        scale = Scale.over([1_600_000_000], 1_600_000_000 + span)
        places = [float(place[:-1]) for place, _ in scale.ticks]

        assert (scale.position(1_600_000_000), scale.head) == ("1.00%", "98.00%")
        assert places == sorted(places)
        assert 1 <= len(places) <= 5


def test_long_differences_end() -> None:
    """A page is for reading; the rest is counted."""
    lines = compare_lines([], [str(number) for number in range(2000)])

    table = show_sides(lines, "old", "new", "caption")

    assert table.count("<tr") == MAX_ROWS + 2
    assert "1,600 more lines" in table


def test_notebooks_show_reports_and_differences(repo: Repo) -> None:
    """One element with its own style, and no page around it."""
    made = make_history(repo)
    old, new = (f"trainers.churn.ChurnTrainer@{made[name]}" for name in ("first", "head"))

    for value in (
        audit(repo=repo.path),
        diff(old, new, repo=repo.path),
        versions("trainers.churn.ChurnTrainer", repo=repo.path),
    ):
        html = value._repr_html_()
        assert html.startswith('<div class="zenml-pin"><style>')
        assert not {"html", "body", "script"} & {tag for tag, _ in Seen(html).tags}


def test_values_have_a_stable_repr(repo: Repo) -> None:
    """Two equal diffs are written alike, so that a doctest may show one."""
    first = commit(repo, {"a": {"step.py": "class A: pass\n"}})

    one, two = (diff(f"a.step.A@{first}", repo=repo.path) for _ in range(2))

    assert repr(one) == repr(two)
    assert " at 0x" not in repr(one)
