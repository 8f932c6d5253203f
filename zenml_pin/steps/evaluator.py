"""Evaluators: a model and the splits become metrics."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.rows import rows_of


class BaseEvaluatorStep(BaseStep):
    """Measures a model: `run_fn(model, splits)` returns a dict of names to numbers (or other plain data)."""

    KEY = "evaluator"
    OUTPUT = "metrics"


class MetricsEvaluator(BaseEvaluatorStep):
    """Compares `model.predict(rows)` with a column of labels.

    Args:
        label: The column that holds the truth.
        task: "classification" gives accuracy, precision, recall and f1 (means over the classes); "regression"
            gives mae, mse, rmse and r2.
        split: The split to measure on; without it "eval", "test" or the last.
    """

    def __init__(self, label: str, task: str = "classification", split: str | None = None) -> None:
        if task not in _TASKS:
            raise ComponentError(f"task '{task}' is not known", f"tasks are {', '.join(_TASKS)}")
        self._label = label
        self._task = task
        self._split = split

    def run_fn(self, model: Any, splits: dict[str, Any]) -> dict[str, float]:
        """Return the metrics, with the number of rows that they were measured on."""
        rows = rows_of(splits[self._split or _default_split(splits)])
        if not rows:
            raise ComponentError("there are no rows to measure on", "use a split that has some")
        truth = [row[self._label] for row in rows]
        found = list(model.predict([{k: v for k, v in row.items() if k != self._label} for row in rows]))
        if len(found) != len(truth):
            raise ComponentError(f"the model predicted {len(found)} values for {len(truth)} rows")
        return {"rows": len(rows), **_TASKS[self._task](truth, found)}


def _default_split(splits: dict[str, Any]) -> str:
    return next((name for name in ("eval", "test") if name in splits), list(splits)[-1])


def classification(truth: Sequence[Any], found: Sequence[Any]) -> dict[str, float]:
    """Return accuracy, and precision, recall and f1 as means over the classes that occur in the truth.

    >>> classification(["a", "b"], ["a", "a"])["accuracy"]
    0.5
    """
    pairs = list(zip(truth, found, strict=True))
    # With two classes 0 and 1 (or False and True) the usual figures are those of the second.
    labels = [1] if set(truth) | set(found) <= {0, 1} and 1 in truth else sorted(set(truth), key=str)
    each = [_of_label(pairs, label) for label in labels]
    precision, recall, f1 = (sum(column) / len(each) for column in zip(*each, strict=True))
    right = sum(wanted == got for wanted, got in pairs)
    return {"accuracy": right / len(pairs), "precision": precision, "recall": recall, "f1": f1}


def _of_label(pairs: list[tuple[Any, Any]], label: Any) -> tuple[float, float, float]:
    hits = sum(wanted == got == label for wanted, got in pairs)
    wanted_count = sum(wanted == label for wanted, _ in pairs)
    got_count = sum(got == label for _, got in pairs)
    precision = hits / got_count if got_count else 0.0
    recall = hits / wanted_count if wanted_count else 0.0
    return precision, recall, 2 * hits / (wanted_count + got_count) if wanted_count + got_count else 0.0


def regression(truth: Sequence[float], found: Sequence[float]) -> dict[str, float]:
    """Return mean absolute and squared error, its root, and the share of the variance that is explained.

    >>> regression([1.0, 3.0], [1.0, 2.0])["mae"]
    0.5
    """
    errors = [float(got) - float(wanted) for wanted, got in zip(truth, found, strict=True)]
    mean = sum(truth) / len(truth)
    mse = sum(error**2 for error in errors) / len(errors)
    variance = sum((float(wanted) - mean) ** 2 for wanted in truth) / len(truth)
    r2 = 1 - mse / variance if variance else float(mse == 0)
    return {"mae": sum(map(abs, errors)) / len(errors), "mse": mse, "rmse": sqrt(mse), "r2": r2}


_TASKS = {"classification": classification, "regression": regression}
