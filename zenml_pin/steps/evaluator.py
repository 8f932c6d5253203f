"""Evaluators: they measure a model on the splits."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt
from typing import Any

from zenml_pin.errors import ComponentError
from zenml_pin.steps.base import BaseStep
from zenml_pin.steps.table import cell_of, rows_of


class BaseEvaluatorStep(BaseStep):
    """Measures a model: `run_fn(model, splits)` returns a dict of names to numbers (or other plain data)."""

    KEY = "evaluator"
    OUTPUT = "metrics"


class MetricsEvaluator(BaseEvaluatorStep):
    """Compares `model.predict(rows)` with a column of labels.

    Args:
        label: The column with the true labels.
        task: "classification" gives accuracy, precision, recall and f1: of the second class for labels 0 and 1 (or
            False and True), else means over all classes; "regression" gives mae, mse, rmse and r2.
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
        rows = rows_of(self._choose(splits))
        if not rows:
            raise ComponentError("there are no rows to measure on", "use a split that has some")
        truth = [cell_of(row, self._label) for row in rows]
        if None in truth:
            raise ComponentError(f"{truth.count(None)} rows have no '{self._label}'", "leave them out")
        features = [{name: cell for name, cell in row.items() if name != self._label} for row in rows]
        predicted = list(model.predict(features))
        if len(predicted) != len(truth):
            raise ComponentError(f"the model predicted {len(predicted)} values for {len(truth)} rows")
        return {"rows": len(rows), **_TASKS[self._task](truth, predicted)}

    def _choose(self, splits: dict[str, Any]) -> Any:
        names = [self._split] if self._split is not None else ["eval", "test", *reversed(splits)]
        for name in names:
            if name in splits:
                return splits[name]
        raise ComponentError(
            f"there is no split '{self._split or 'eval'}'", f"splits are {', '.join(splits) or 'none'}"
        )


def classification(truth: Sequence[Any], predicted: Sequence[Any]) -> dict[str, float]:
    """Return accuracy, precision, recall and f1; a division by zero gives 0.

    For labels 0 and 1 (or False and True) they are those of the second class, else means over all classes that occur,
    also over those that occur only in the predictions.

    >>> classification(["a", "b"], ["a", "a"])["accuracy"]
    0.5
    """
    pairs = list(zip(truth, predicted, strict=True))
    occurring = {*truth, *predicted}
    labels = [1] if occurring <= {0, 1} else sorted(occurring, key=str)
    each = [_of_label(pairs, label) for label in labels]
    precision, recall, f1 = (sum(column) / len(each) for column in zip(*each, strict=True))
    correct = sum(label == prediction for label, prediction in pairs)
    return {"accuracy": correct / len(pairs), "precision": precision, "recall": recall, "f1": f1}


def _of_label(pairs: list[tuple[Any, Any]], label: Any) -> tuple[float, float, float]:
    hits = sum(true == prediction == label for true, prediction in pairs)
    true_count = sum(true == label for true, _ in pairs)
    predicted_count = sum(prediction == label for _, prediction in pairs)
    total = true_count + predicted_count
    precision = hits / predicted_count if predicted_count else 0.0
    recall = hits / true_count if true_count else 0.0
    return precision, recall, 2 * hits / total if total else 0.0


def regression(truth: Sequence[Any], predicted: Sequence[Any]) -> dict[str, float]:
    """Return mean absolute and squared error, its root, and the share of the variance that is explained.

    >>> regression([1.0, 3.0], [1.0, 2.0])["mae"]
    0.5
    """
    values = [float(value) for value in truth]
    errors = [float(prediction) - value for value, prediction in zip(values, predicted, strict=True)]
    mean = fsum(values) / len(values)
    mse = fsum(error**2 for error in errors) / len(errors)
    # Rounding errors would give a constant a small variance.
    is_constant = min(values) == max(values)
    variance = 0.0 if is_constant else fsum((value - mean) ** 2 for value in values) / len(values)
    r2 = 1 - mse / variance if variance else float(mse == 0)
    return {"mae": fsum(map(abs, errors)) / len(errors), "mse": mse, "rmse": sqrt(mse), "r2": r2}


_TASKS = {"classification": classification, "regression": regression}
