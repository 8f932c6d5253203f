"""Find the function that shows a value of an audit in a notebook.

The values are in a lower room than the pages, so functions are named by text, and imported when a value is shown.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.base.html import Markup

# Class of the value: function of `audit.formats.html.notebook`.
FRAGMENTS = {
    "AuditReport": "fragment_of_report",
    "BisectReport": "fragment_of_bisection",
    "Diagnosis": "fragment_of_diagnosis",
    "Difference": "fragment_of_difference",
    "RunComparison": "fragment_of_run_comparison",
    "Versions": "fragment_of_versions",
}


def fragment_of(value: object) -> Markup:
    """Return a value as HTML for a notebook."""
    pages = import_module("zenml_pin.audit.formats.html.notebook")
    markup: Markup = getattr(pages, FRAGMENTS[type(value).__name__])(value)
    return markup
