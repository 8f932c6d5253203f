"""The audit: which classes a repository's documents name, whether they still exist, and what has changed since.

`check` is the gate for a commit, `audit` reads the whole repository. Both return values with `to_dict()`, and print
nothing. `rules` and `report` define what they report; `formats` writes reports.

Order of the parts, top first; imports point down:

    auditing bisecting diagnosis
    document_choice
    checking formats
    settings
    checked_documents
    assembling history
    check_options facts
    causes comparison nothing_read report
    fragments pin_report rules
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.auditing import audit as audit
    from zenml_pin.audit.bisecting import BisectReport as BisectReport, bisect as bisect
    from zenml_pin.audit.checking import check as check
    from zenml_pin.audit.comparison.comparing import diff as diff
    from zenml_pin.audit.comparison.run_comparison import (
        RunComparison as RunComparison,
        compare_runs as compare_runs,
    )
    from zenml_pin.audit.diagnosis import doctor as doctor
    from zenml_pin.audit.history.tracing import versions as versions
    from zenml_pin.audit.pin_report import (
        CommitReport as CommitReport,
        LoadReport as LoadReport,
        PinReport as PinReport,
        RequirementReport as RequirementReport,
    )
    from zenml_pin.audit.report import (
        AuditReport as AuditReport,
        DocumentReport as DocumentReport,
        ReproductionReport as ReproductionReport,
        SourceReport as SourceReport,
        TreeGroup as TreeGroup,
    )
    from zenml_pin.audit.rules import RULES as RULES, Finding as Finding, Level as Level, Rule as Rule

_HOMES = {
    "AuditReport": "report",
    "BisectReport": "bisecting",
    "CommitReport": "pin_report",
    "DocumentReport": "report",
    "Finding": "rules",
    "Level": "rules",
    "LoadReport": "pin_report",
    "PinReport": "pin_report",
    "RULES": "rules",
    "ReproductionReport": "report",
    "RequirementReport": "pin_report",
    "Rule": "rules",
    "RunComparison": "comparison.run_comparison",
    "SourceReport": "report",
    "TreeGroup": "report",
    "audit": "auditing",
    "bisect": "bisecting",
    "check": "checking",
    "compare_runs": "comparison.run_comparison",
    "diff": "comparison.comparing",
    "doctor": "diagnosis",
    "versions": "history.tracing",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
