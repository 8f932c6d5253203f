"""SARIF 2.1.0: findings for code scanners and editors.

Sources: OASIS Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from zenml_pin.audit.report import AuditReport
from zenml_pin.audit.rules import RULES, Finding, Rule
from zenml_pin.base.shell_words import in_the_shell
from zenml_pin.base.version import __version__

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE = "REPOSITORY"


def render(report: AuditReport) -> str:
    """Return the findings as SARIF."""
    rules = list(RULES.values())
    driver = {
        "name": "zenml-pin",
        "version": __version__,
        "rules": [_rule(rule) for rule in rules],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": report.is_complete, **_notes(report)}],
        "originalUriBaseIds": {_BASE: {"uri": _folder_uri(report.root)}},
        "results": [_result(finding, rules.index(finding.rule)) for finding in report.findings],
    }
    if report.head is not None:
        run["versionControlProvenance"] = [
            {"repositoryUri": _folder_uri(report.root), "revisionId": report.head}
        ]
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(word.title() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.text},
        "defaultConfiguration": {"level": rule.level.value},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": _artifact(finding.path)}
    if finding.line:
        location["region"] = {"startLine": finding.line, "startColumn": finding.column}
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": finding.level.value,
        "message": {"text": f"{finding.message}; {in_the_shell(finding.hint)}".rstrip("; ")},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"finding/v1": finding.fingerprint},
    }
    optional = {"keyPath": finding.key_path, "source": finding.source, "revision": finding.revision}
    properties = {name: value for name, value in optional.items() if value}
    return {**result, "properties": properties} if properties else result


def _artifact(path: str) -> dict[str, str]:
    if os.path.isabs(path):
        return {"uri": "file://" + _quoted(path)}
    return {"uri": _quoted(path), "uriBaseId": _BASE}


def _folder_uri(path: str) -> str:
    return "file://" + _quoted(path.rstrip("/") + "/")


def _quoted(path: str) -> str:
    return quote(os.fsencode(path))


def _notes(report: AuditReport) -> dict[str, Any]:
    sandbox = [] if report.sandbox is None else [f"sandbox: {report.sandbox}"]
    notes = [{"message": {"text": note}, "level": "note"} for note in (*sandbox, *report.notes)]
    return {"toolExecutionNotifications": notes} if notes else {}
