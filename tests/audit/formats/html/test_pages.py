"""Pages without a browser: their text, their folds, and strange values in them."""

from __future__ import annotations

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
from zenml_pin.audit.formats.html.versions import versions_page
from zenml_pin.audit.formats.versions_text import render
from zenml_pin.audit.history.tracing import versions
from zenml_pin.audit.pin_report import CommitReport, PinReport
from zenml_pin.audit.report import AuditReport, DocumentReport, SourceReport
from zenml_pin.base.values import evolve

DAY = 86_400


def report_of(count: int, time: int = 1_600_000_000) -> AuditReport:
    """Return a report with so many pins, whose repository is gone."""
    documents = []
    for number in range(count):
        commit_id = f"{number:040x}"
        report_of_commit = CommitReport(
            commit_id, "A <a>", "A <a>", time + number * DAY, 0, "s", ("main",), behind=number
        )
        pin = PinReport(
            f"a.B@{commit_id}",
            commit_id,
            report_of_commit,
            path="a.py",
            folder="a.py",
            tree_id="1" * 40,
            has_class=True,
            at_head="edited" if number % 2 else "same",
        )
        source = SourceReport(pin.source, "steps.training.source", 1, 1, pin)
        documents.append(
            DocumentReport(f"pipelines/{number}.yaml", "", f"p{number}", 1, "training", (source,))
        )
    return AuditReport("/gone", "f" * 40, "worktree", tuple(documents))


def test_report_names_every_fact_of_a_pin(repo: Repo) -> None:
    """Commit, subject, author, branch, folder, tree, findings, and later changes."""
    commits = make_history(repo)

    text = Seen(report_page(audit(repo=repo.path))).text

    for fact in (
        commits["first"],
        "A first model of churn",
        "Ada Lovelace <ada@example.org>",
        "15 behind",
        "Since then: the class changed; its helper changed too: trainers/losses.py",
        "Since then nothing that it needs has changed.",
        "1 document cannot be read, and 3 of 13 sources cannot be traced to code that loads.",
    ):
        assert fact in text


def test_report_remains_without_its_repository() -> None:
    """Only the differences are missing then."""
    page = Seen(report_page(report_of(2)))

    assert "All 2 sources can be traced to a commit." in page.text
    assert "Since then" not in page.text


@pytest.mark.slow
def test_long_reports_are_folded_and_whole() -> None:
    """Every step has its line; lines after the first 120 are in their own fold."""
    page = report_page(report_of(200))

    assert page.count('role="img"') == 200
    assert "more lines" in Seen(page).text


def test_interrupted_and_empty_reports_say_so() -> None:
    """An auditor must not take them for a clean report."""
    empty = AuditReport("/gone", None, "worktree")

    assert "There are no pipeline documents." in Seen(report_page(empty)).text
    assert "interrupted" in Seen(report_page(evolve(report_of(1), is_complete=False))).text


def test_interrupted_report_is_written_at_once(repo: Repo) -> None:
    """Later changes take time to compare, and are left out."""
    make_history(repo)
    report = audit(repo=repo.path)
    compared: list[int] = []

    page = report_page(evolve(report, is_complete=False), lambda stage, done, total: compared.append(done))

    assert "Since then" not in page
    assert compared == []


@pytest.mark.parametrize("time", [0, -5, 10**18, 253402300799], ids=str)
def test_times_outside_the_calendar_are_drawn(time: int) -> None:
    """A commit may have any time."""
    assert "<svg" in report_page(report_of(3, time))


def test_positions_are_in_percent_and_in_order() -> None:
    """The oldest is left, HEAD right; a few ticks of the calendar are between them, for any span."""
    for span in (3600, 3 * DAY, 40 * DAY, 400 * DAY, 40 * 365 * DAY):
        scale = Scale.over([1_600_000_000], 1_600_000_000 + span)
        positions = [float(place[:-1]) for place, _ in scale.ticks]

        assert (scale.position(1_600_000_000), scale.head) == ("1.00%", "98.00%")
        assert positions == sorted(positions)
        assert 1 <= len(positions) <= 5


def test_long_differences_end() -> None:
    """A page is for reading; the remaining lines are counted."""
    lines = compare_lines([], [str(number) for number in range(2000)])

    table = show_sides(lines, "old", "new", "caption")

    assert table.count("<tr") == MAX_ROWS + 2
    assert "1,600 more lines" in table


def test_notebooks_show_reports_and_differences(repo: Repo) -> None:
    """One element with its own style, without a whole page."""
    commits = make_history(repo)
    old, new = (f"trainers.churn.ChurnTrainer@{commits[name]}" for name in ("first", "head"))

    for value in (
        audit(repo=repo.path),
        diff(old, new, repo=repo.path),
        versions("trainers.churn.ChurnTrainer", repo=repo.path),
    ):
        html = value._repr_html_()
        assert html.startswith('<div class="zenml-pin"><style>')
        assert not {"html", "body", "script"} & {tag for tag, _ in Seen(html).tags}


def test_page_and_text_count_the_same_versions(repo: Repo) -> None:
    """A commit that deletes the class is in the list, and adds no version of it."""
    commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})
    commit(repo, {"README.md": ""})
    commit(repo, {"trainers": {"step.py": "class Mine: x = 1\n"}})

    history = versions("trainers.step.Mine", repo=repo.path)

    assert len(history.versions) == 3
    assert "2 versions in 3 commits" in render(history)
    assert "2 versions in 3 commits" in versions_page(history)


def test_values_have_a_stable_repr(repo: Repo) -> None:
    """Equal diffs have equal texts, so a doctest may show one."""
    first = commit(repo, {"a": {"step.py": "class A: pass\n"}})

    one, two = (diff(f"a.step.A@{first}", repo=repo.path) for _ in range(2))

    assert repr(one) == repr(two)
    assert " at 0x" not in repr(one)
