"""The same code: what a class imports counts, in every answer that compares a pin with HEAD."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.documents_by_line import document
from tests.support.repositories import Repo, branch, commit, get_head, write
from zenml_pin.audit import AuditReport, audit, check, diff, versions
from zenml_pin.audit.formats.html.report import report_page
from zenml_pin.audit.formats.text import render_facts
from zenml_pin.audit.formats.versions_text import render as versions_text
from zenml_pin.cli import main

MINE = "trainers.step.Mine"
STEP = "from common.util import square\n\n\nclass Mine:\n    pass\n\n\nclass Other:\n    pass\n"


def files(power: int) -> dict[str, Any]:
    """Return a class whose folder never changes, and a helper of a version."""
    helper = f"def square(x):\n    return x ** {power}\n"
    return {"trainers": {"step.py": STEP}, "common": {"util.py": helper}}


def audit_of(repo: Repo, *sources: str) -> AuditReport:
    """Return the audit of a document with these sources."""
    write(repo, {"pipelines": {"mine.yaml": document(*sources)}})
    return audit(repo=repo.path)


def state(report: AuditReport) -> str:
    """Return what the text says at the end of the line of the first pin."""
    line = next(line for line in render_facts(report).splitlines() if MINE in line and "steps.s" in line)
    return line.rsplit("  ", 1)[1]


def test_a_changed_helper_is_other_code(repo: Repo) -> None:
    """In the value, the text, the JSON and the page, as `diff` says."""
    first = commit(repo, files(1))
    commit(repo, files(2))

    report = audit_of(repo, f"{MINE}@{first}")

    [pin] = report.pins
    assert (pin.at_head, pin.same_as_head, pin.same_as_worktree) == ("edited", False, False)
    assert report.to_dict()["pins"][0]["same_as_head"] is False
    assert state(report) == "edited since"
    page = report_page(report)
    assert "1 behind, edited since" in page
    assert "have the code of HEAD" not in page
    assert not diff(f"{MINE}@{first}", f"{MINE}@{get_head(repo)}", repo=repo.path).same


def test_files_that_the_class_does_not_need_do_not_count(repo: Repo) -> None:
    """Nor does a document of the pipelines folder."""
    first = commit(repo, files(1))
    commit(repo, {**files(1), "README": "x", "common": {**files(1)["common"], "other.py": "x = 1\n"}})

    report = audit_of(repo, f"{MINE}@{first}")

    assert [(pin.at_head, pin.same_as_worktree) for pin in report.pins] == [("same", True)]
    assert state(report) == "as HEAD"


def test_an_edited_helper_on_disk_is_other_code(repo: Repo) -> None:
    """The class can then not be pinned (ZP002), pinned or not, and `pin` says the same."""
    first = commit(repo, files(1))
    write(repo, files(3))

    report = audit_of(repo, f"{MINE}@{first}", MINE)

    [pin] = report.pins
    assert (pin.same_as_head, pin.same_as_worktree) == (True, False)
    messages = [finding.message for finding in report.findings if finding.rule.id == "ZP002"]
    expected = "'common/util.py' has 1 uncommitted change: common/util.py (modified)"
    assert messages == [f"trainers/step.py imports common/util.py: {expected}"] * 2
    assert [finding.rule.id for finding in check(repo=repo.path).findings] == [
        finding.rule.id for finding in report.findings
    ]


@pytest.mark.parametrize(
    ("after", "where"),
    {
        "file": ({"trainers": None, "common": {"util.py": ""}}, 2),
        "class": ({"trainers": {"step.py": STEP.replace("class Mine", "class Yours")}}, 2),
    }.values(),
    ids=["the file", "the class alone"],
)
def test_removed_is_not_edited(repo: Repo, after: dict[str, Any], where: int) -> None:
    """The report names the commit that removed the class; the pin is sound."""
    first = commit(repo, files(1))
    commit(repo, {"README": "x"}, base=get_head(repo))
    removed = commit(repo, after, base=get_head(repo))
    commit(repo, {"README": "y"}, base=get_head(repo))
    branch(repo, "keep", first)

    report = audit_of(repo, f"{MINE}@{first}")

    [pin] = report.pins
    assert (pin.at_head, pin.same_as_head, pin.removed_in, pin.exists) == ("removed", False, removed, True)
    assert state(report) == f"removed since (deleted in {removed})"
    assert "behind, removed since" in report_page(report)


def test_pins_that_share_code_are_of_one_class(repo: Repo) -> None:
    """Two classes of one folder do not share code, nor do two pins between which the helper changed."""
    ids = [commit(repo, files(1)), commit(repo, {**files(1), "README": "x"}), commit(repo, files(2))]
    missing = f"trainers.step.Nobody@{ids[0]}"

    report = audit_of(repo, *(f"{MINE}@{name}" for name in ids), f"trainers.step.Other@{ids[0]}", missing)

    [group] = report.groups
    assert (group.name, group.sources) == (MINE, (f"{MINE}@{ids[0]}", f"{MINE}@{ids[1]}"))
    assert f"2 pins of {MINE} have the same code" in render_facts(report)


def test_steps_lists_code_and_not_commits(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two pins to the same code are one version; a pin with another helper is one of its own."""
    ids = [commit(repo, files(1)), commit(repo, {**files(1), "README": "x"}), commit(repo, files(2))]
    texts = {
        f"p{number}.yaml": document(f"{MINE}@{name}", name=f"p{number}") for number, name in enumerate(ids)
    }
    write(repo, {"pipelines": texts})
    monkeypatch.chdir(repo.path)

    code = main(["steps"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert sorted(lines) == sorted([f"{MINE}@{ids[0]}\tp0, p1\tsame code: {ids[1]}", f"{MINE}@{ids[2]}\tp2"])


def test_an_unpinned_class_that_was_removed_says_where(repo: Repo) -> None:
    """ZP004 names the commit that deleted it and the last one that has it, and `versions` counts no deletion."""
    first = commit(repo, files(1))
    removed = commit(repo, {"README": "x"})
    write(repo, {"pipelines": {"mine.yaml": document(MINE)}})

    [finding] = check(repo=repo.path).findings

    assert finding.rule.id == "ZP004"
    assert finding.message == f"'{MINE}' was deleted in {removed}; the last commit that has it is {first}"
    assert versions_text(versions(MINE, repo=repo.path)).splitlines()[-1] == "1 version in 2 commits"
