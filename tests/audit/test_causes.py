"""Findings with one cause are told once, with their number and places; what reads them by machine gets each."""

from __future__ import annotations

import json

import pytest

from tests.support.repositories import Repo, commit
from tests.support.run_command import run
from zenml_pin.audit.causes import by_cause
from zenml_pin.audit.rules import RULES, Finding

ABSENT = ["1" * 40, "2" * 40]


@pytest.fixture
def head(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository with 12 documents, which pin a class to two commits that no repository has."""
    monkeypatch.chdir(repo.path)
    texts = {
        f"p{number:02}.yaml": (
            f"pipeline: {{name: p{number}, type: training, source: zenml_pin.pipelines.TrainingPipeline}}\n"
            f"steps: {{training: {{source: trainers.step.Mine@{ABSENT[number % 2]}}}}}\n"
        )
        for number in range(12)
    }
    return commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}, "pipelines": texts})


def test_one_cause_is_told_once(head: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The count and every place are there, the message and the remedy once; the summary counts every finding."""
    code, out, _ = run(capsys, "check")

    assert code == 1
    assert out.count("error ZP003") == 1
    assert "error ZP003 in 12 places: commit ... is not in the repository" in out
    assert out.count("fetch it (a shallow clone lacks old commits)") == 1
    for number in range(12):
        assert (
            f"    pipelines/p{number:02}.yaml:2:28: steps.training.source: trainers.step.Mine@{ABSENT[number % 2]}"
            in out
        )
    assert "24 errors" in out


def test_machines_get_every_finding(head: str, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON, SARIF and annotations of GitHub have one entry for each place."""
    found = json.loads(run(capsys, "check", "--format", "json")[1])["findings"]

    assert [finding["rule"] for finding in found].count("ZP003") == 12
    assert run(capsys, "check", "--format", "github")[1].count("(ZP003)") == 12
    results = json.loads(run(capsys, "check", "--format", "sarif")[1])["runs"][0]["results"]
    assert [result["ruleId"] for result in results].count("ZP003") == 12


def test_findings_of_different_rules_words_or_remedies_stay_apart() -> None:
    """Only ids of commits may differ between findings of one cause."""
    findings = [
        Finding(RULES["ZP003"], f"commit {ABSENT[0]} is missing", path="a"),
        Finding(RULES["ZP003"], f"commit {ABSENT[1]} is missing", path="b"),
        Finding(RULES["ZP003"], f"commit {ABSENT[1]} is missing", path="c", hint="fetch it"),
        Finding(RULES["ZP016"], f"commit {ABSENT[0]} is missing", path="d"),
        Finding(RULES["ZP003"], f"commit {ABSENT[0]} is damaged", path="e"),
    ]

    causes = by_cause(findings)

    assert [[finding.path for finding in cause.findings] for cause in causes] == [
        ["a", "b"],
        ["c"],
        ["d"],
        ["e"],
    ]
    assert causes[0].message == "commit ... is missing"
    assert causes[1].message == f"commit {ABSENT[1]} is missing"


def test_audit_of_some_documents(head: str, repo: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    """As `check FILE`: documents and folders, now, at a revision, in all history; one that is not there is refused."""
    changed = "pipeline: {name: p1, type: training, source: zenml_pin.pipelines.TrainingPipeline}\n"
    commit(repo, {"pipelines": {"p01.yaml": changed}}, base=head)

    def audited(*words: str) -> list[tuple[str, str]]:
        _, out, _ = run(capsys, "audit", *words, "--format", "json")
        return [(document["path"], document["revision"]) for document in json.loads(out)["documents"]]

    assert audited("pipelines/p01.yaml") == [("pipelines/p01.yaml", "")]
    assert len(audited("pipelines")) == 12
    assert audited("pipelines/p01.yaml", "--rev", head) == [("pipelines/p01.yaml", head)]
    assert len(audited("pipelines/p01.yaml", "pipelines/p02.yaml", "--all-history")) == 3
    code, _, err = run(capsys, "audit", "pipelines/none.yaml", "--rev", "HEAD")
    assert (code, "none.yaml" in err) == (2, True)
    assert run(capsys, "audit", "pipelines/none.yaml")[0] == 2
