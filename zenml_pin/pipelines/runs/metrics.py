"""Metrics by name: with dots, those inside others.

>>> find_metric({"report": {"f1": 0.5}}, "report.f1")
0.5
>>> list(metric_names({"mae": 1, "report": {"f1": 0.5}}))
['mae', 'report.f1']
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


def find_metric(metrics: Any, name: str) -> float | int | None:
    """Return a metric; None if there is none of that name, or it is not a number."""
    value = metrics
    if isinstance(metrics, dict) and name in metrics:
        value = metrics[name]
    else:
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, (int, float)) else None


def metric_names(metrics: Mapping[str, object]) -> Iterator[str]:
    """Yield the names of the metrics that are numbers."""
    for name, value in metrics.items():
        if isinstance(value, (int, float)):
            yield name
        elif isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in metric_names(value))
