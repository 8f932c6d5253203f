"""A synthetic history that breaks most rules: the findings are exactly those of its plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.synthetic import build
from tests.support.thorough import usually
from zenml_pin.audit import RULES, AuditReport, audit, check

SMALL = {"commits": 120, "documents": 60, "pins": 80, "modules": 40, "files": 150, "helpers": 5}
# What each of the other rules needs, which the history does not have.
ELSEWHERE = {
    "ZP013": "a trial load",
    "ZP014": "a trial load",
    "ZP019": "a list of signers",
    "ZP020": "no document at all",
    "ZP021": "a record of runs",
    "ZP023": "a trial load",
    "ZP024": "an imported file that this Python cannot parse",
    "ZP025": "a document that ZenML wrote",
    "ZP026": "files that cannot be laid in memory",
    "ZP027": "a document that ZenML wrote",
    "ZP028": "a record of runs",
    "ZP029": "code that uses sys.path",
}


def findings(report: AuditReport) -> set[tuple[str, int, str]]:
    """Return path, line and rule of each finding."""
    return {(item.path, item.line, item.rule.id) for item in report.findings}


def compare(folder: Path, seed: int, options: dict[str, Any]) -> set[str]:
    """Compare audit and check with the plan; return the rules with findings."""
    history = build(folder, seed=seed, **options)
    now = audit(repo=history.repo.path)
    ever = audit(repo=history.repo.path, all_history=True)

    assert findings(now) == history.findings
    assert len(now.findings) == len(history.findings)
    of_check = {item for item in history.findings if item[2] != "ZP015"}
    assert findings(check(repo=history.repo.path)) == of_check
    assert {(item.path, item.revision) for item in ever.documents} == history.versions
    facts = {
        pin.source: (pin.commit.behind, pin.same_as_head)
        for pin in ever.pins
        if pin.commit is not None and pin.source in history.facts
    }
    assert facts == history.facts
    return {rule for _, _, rule in history.findings}


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("seed", [1, 2])
def test_small_history(tmp_path: Path, seed: int) -> None:
    """120 commits, 60 documents, 80 pins."""
    compare(tmp_path / "repo", seed, SMALL)


@pytest.mark.slow
def test_large_history(tmp_path: Path) -> None:
    """Hundreds of commits, documents and pins, and every rule that such a history can break."""
    large = {"commits": 800, "documents": 200, "pins": 400, "modules": 200, "files": 2000, "helpers": 20}

    assert compare(tmp_path / "repo", 1, usually(large, {})) == set(RULES) - set(ELSEWHERE)
