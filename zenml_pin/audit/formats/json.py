"""JSON, as `schema.json` beside this file describes it."""

from __future__ import annotations

import json
import os
from typing import Any

from zenml_pin.audit.report import AuditReport

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema.json")


def render(report: AuditReport) -> str:
    """Return a report as JSON, in ASCII."""
    return json.dumps(report.to_dict(), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON schema of reports."""
    with open(SCHEMA, encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found
