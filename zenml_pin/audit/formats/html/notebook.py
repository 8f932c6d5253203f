"""How notebooks show an audit, a diff, and the versions of a class."""

from __future__ import annotations

from zenml_pin.audit.comparison.difference import Difference
from zenml_pin.audit.formats.html.difference import show_difference
from zenml_pin.audit.formats.html.page import make_fragment
from zenml_pin.audit.formats.html.report import show_summary
from zenml_pin.audit.formats.html.versions import show_versions
from zenml_pin.audit.history.version import Versions
from zenml_pin.audit.report import AuditReport
from zenml_pin.base.html import Markup


def fragment_of_difference(difference: Difference) -> Markup:
    """Return a diff."""
    return make_fragment(*show_difference(difference))


def fragment_of_versions(versions: Versions) -> Markup:
    """Return the versions of a class."""
    return make_fragment(*show_versions(versions))


def fragment_of_report(report: AuditReport) -> Markup:
    """Return the summary of an audit."""
    return make_fragment(*show_summary(report))
