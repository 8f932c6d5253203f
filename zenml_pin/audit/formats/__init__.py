"""The writers of reports: each one takes an `AuditReport` and returns a text."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import AuditReport

FORMATS = ("text", "json", "sarif", "github", "html")


def render(report: AuditReport, name: str) -> str:
    """Return a report in a format, one of `FORMATS`; it ends with a line end."""
    writer = import_module(f"{__name__}.{name}")
    text: str = writer.render(report)
    return text
