"""JSON, as `schema.json` beside this file describes it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from zenml_pin.audit.report import AuditReport


def render(report: AuditReport) -> str:
    """Return a report as JSON, in ASCII."""
    return json.dumps(report.to_dict(), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """Return the JSON schema of reports."""
    content: dict[str, Any] = json.loads(files(__package__).joinpath("schema.json").read_bytes())
    return content
