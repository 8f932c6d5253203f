"""Pipelines, their documents and runs.

Each public name loads what it needs when it is first used. Used by audits, the integrations and the command line.

Order of the parts, top first; imports point down:

    bisecting
    repository
    loading
    base
    repinning reproducing running
    bundled resolving
    function_parts
    recipe runs
    comparison documents
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines.base import (
        BasePipeline as BasePipeline,
        DataPipeline as DataPipeline,
        TrainingPipeline as TrainingPipeline,
    )
    from zenml_pin.pipelines.documents.document import read_document as read_document
    from zenml_pin.pipelines.reproducing.reproducing import reproduce as reproduce
    from zenml_pin.pipelines.reproducing.reproduction import Reproduction as Reproduction
    from zenml_pin.pipelines.runs.run import Run as Run

_HOMES = {
    "BasePipeline": "base",
    "DataPipeline": "base",
    "Reproduction": "reproducing.reproduction",
    "Run": "runs.run",
    "TrainingPipeline": "base",
    "read_document": "documents.document",
    "reproduce": "reproducing.reproducing",
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
