"""GitHub's annotations: a line for each finding, which a workflow shows beside the document's line.

    ::error title=zenml-pin (ZP001),file=pipelines/mine.yaml,line=6,col=13::message

Sources: GitHub Actions, "Workflow commands".
"""

from __future__ import annotations

from zenml_pin.audit.report import AuditReport
from zenml_pin.audit.rules import Finding, Level
from zenml_pin.base.shell_words import in_the_shell
from zenml_pin.base.text import printable

_WORDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(report: AuditReport) -> str:
    """Return the findings as annotations; "" without findings."""
    return "".join(_line(finding) + "\n" for finding in report.findings)


def _line(finding: Finding) -> str:
    fields = {"title": f"zenml-pin ({finding.rule.id})", "file": printable(finding.path)}
    if finding.line:
        fields |= {"line": str(finding.line), "col": str(finding.column)}
    listed = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    hint = f"\n{in_the_shell(finding.hint)}" if finding.hint else ""
    return f"::{_WORDS[finding.level]} {listed}::{_data(finding.message + hint)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
