"""Causes: findings that one thing causes, such as a shallow clone that lacks the commits of every document.

Findings have one cause if they break the same rule with the same words and the same remedy; ids of commits may differ.
"""

from __future__ import annotations

from zenml_pin.audit.rules import Finding
from zenml_pin.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Cause(Value):
    """What causes some findings.

    Attributes:
        findings: At least one, in the order of the report.
    """

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The first finding: rule, level and hint of all are the same."""
        return self.findings[0]

    @property
    def message(self) -> str:
        """What the findings say; where they name different commits, "..." is in place of the ids."""
        messages = {finding.message for finding in self.findings}
        return self.first.message if len(messages) == 1 else _without_ids(self.first.message)


def by_cause(findings: Iterable[Finding]) -> list[Cause]:
    """Return the causes of findings, in the order of their first findings."""
    causes: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        key = finding.rule.id, _without_ids(finding.message), finding.hint
        causes.setdefault(key, []).append(finding)
    return [Cause(tuple(findings_of_cause)) for findings_of_cause in causes.values()]


def _without_ids(text: str) -> str:
    # A shorter text names no commit, and needs no `re`.
    if all(len(word) < 40 for word in text.split()):
        return text
    import re

    return re.sub(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b", "...", text)
