"""Green only where something was read, and a fact only where somebody looked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents_by_line import document
from tests.support.parsed_html import Seen
from tests.support.repositories import Repo, commit, make_bare, write
from tests.support.run_command import run
from zenml_pin.audit import AuditReport, audit, check
from zenml_pin.audit.auditing import AuditInterrupted
from zenml_pin.audit.formats.html.report import report_page

STEP = {"trainers": {"__init__.py": "", "step.py": "class Mine:\n    pass\n"}}
MINE = "trainers.step.Mine"


def rules(report: AuditReport) -> list[str]:
    """Return the rules that findings break."""
    return [finding.rule.id for finding in report.findings]


@pytest.mark.parametrize("command", ["check", "audit"])
def test_no_document_is_a_finding(
    repo: Repo, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gate with nothing to read fails (ZP020); `--allow-empty` accepts it."""
    commit(repo, STEP)
    monkeypatch.chdir(repo.path)

    code, out, _ = run(capsys, command)

    assert code == 1
    assert ".: error ZP020 no pipeline document was found in 'pipelines', so nothing was checked" in out
    assert out.splitlines()[-1] == "0 documents, 0 sources, 0 pins: 1 error"
    assert run(capsys, command, "--allow-empty")[0] == 0
    assert json.loads(run(capsys, command, "--format", "json")[1])["findings"][0]["rule"] == "ZP020"


def test_what_is_named_decides(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without documents is a finding; a file is not, and neither is a commit that stages none."""
    head = commit(repo, STEP)
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}")}})
    monkeypatch.chdir(repo.path)

    assert run(capsys, "check", "trainers")[0] == 1
    assert run(capsys, "check", "trainers", "--allow-empty")[0] == 0
    assert run(capsys, "check", "pipelines/mine.yaml")[0] == 0
    assert run(capsys, "check", "--staged")[0] == 0
    assert run(capsys, "check")[0] == 0


@pytest.mark.parametrize("command", ["check", "audit"])
def test_finding_names_the_folders_that_were_named(
    repo: Repo, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are where the reader has to look."""
    commit(repo, {**STEP, "docs": {"a.txt": ""}})
    monkeypatch.chdir(repo.path)

    _, out, _ = run(capsys, command, "trainers", "docs")

    assert "no pipeline document was found in 'trainers', 'docs', so" in out


@pytest.mark.parametrize("place", ["folder", "url"])
def test_check_of_a_bare_repository_reads_head(
    repo: Repo, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `audit` does: the same documents, sources and findings."""
    commit(repo, {**STEP, "pipelines": {"mine.yaml": document(f"{MINE}@{'0' * 40}", MINE)}})
    bare = make_bare(repo, tmp_path / "ci")
    target = bare.path if place == "folder" else f"file://{bare.path}"

    code, out, _ = run(capsys, "-C", target, "check")
    _, audited, _ = run(capsys, "-C", target, "audit")

    assert code == 1
    assert out.splitlines()[-1] == audited.splitlines()[-1] == "1 document, 3 sources, 1 pin: 2 errors"
    assert rules(check(repo=bare.path)) == ["ZP003", "ZP001"]
    os.chdir("/")


def test_check_says_nothing_about_branches(repo: Repo) -> None:
    """It looks only whether any branch leads to a commit: JSON has null, the page a dash, and neither says "no"."""
    first = commit(repo, STEP)
    commit(repo, {**STEP, "README": "x"})
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{first}")}})

    report = check(repo=repo.path)

    facts = report.to_dict()["pins"][0]["commit"]
    assert (facts["branches"], facts["tags"], facts["behind"]) == (None, None, None)
    for text in (Seen(report_page(report)).text, Seen(report._repr_html_()).text):
        assert "same code" in text
        assert "not in HEAD's history" not in text
        assert "no branch" not in text
    assert "On–" in Seen(report_page(report)).text
    assert audit(repo=repo.path).to_dict()["pins"][0]["commit"]["branches"] == ["main"]


def test_before_the_first_commit_nothing_differs_from_head(repo: Repo) -> None:
    """There is no HEAD to compare with, and the page does not say that code is another."""
    write(repo, {**STEP, "pipelines": {"mine.yaml": document(f"{MINE}@{'1' * 40}")}})

    text = Seen(report_page(audit(repo=repo.path))).text

    assert "have other code than HEAD" not in text


def test_an_interrupted_audit_says_what_it_did_not_examine(repo: Repo) -> None:
    """A pin that it has not come to is not called a release, or unpinned."""
    head = commit(repo, STEP)
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}")}})

    def stop(stage: str, *numbers: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(AuditInterrupted) as caught:
        audit(repo=repo.path, progress=stop)

    report = caught.value.report
    text = Seen(report_page(report)).text
    assert "not examined" in text
    assert "are not pinned" not in text
    assert "ZP020" not in rules(report)
