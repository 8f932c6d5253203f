"""HTML: one self-contained file for people, on a screen, a phone or paper."""

from __future__ import annotations

from zenml_pin.audit.formats.html.report import report_page
from zenml_pin.audit.report import AuditReport


def render(report: AuditReport) -> str:
    """Return a report as an HTML file."""
    return report_page(report)
