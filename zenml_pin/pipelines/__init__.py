"""Pipelines, their documents and runs.

Each public name loads what it needs when it is first used. May be used by the Repository facade and above.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines.base import BasePipeline as BasePipeline
    from zenml_pin.pipelines.data import DataPipeline as DataPipeline
    from zenml_pin.pipelines.document import read_document as read_document
    from zenml_pin.pipelines.runs import Run as Run
    from zenml_pin.pipelines.training import TrainingPipeline as TrainingPipeline

_HOMES = {
    "BasePipeline": "base",
    "DataPipeline": "data",
    "Run": "runs",
    "TrainingPipeline": "training",
    "read_document": "document",
}
__all__ = ["BasePipeline", "DataPipeline", "Run", "TrainingPipeline", "read_document"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
