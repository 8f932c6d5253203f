"""Verdicts: what trials say about one commit.

>>> settle([CommitVerdict("good"), CommitVerdict("bad", message="wrong"), CommitVerdict("bad", message="wrong")]).answer
'bad'
"""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin.pipelines.bisecting.search import BAD, GOOD, UNKNOWN
from zenml_pin.pipelines.runs.metrics import find_metric

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

NO_METRIC = "no metric"
UNDECIDED = "undecided"


@attrs.frozen
class CommitVerdict:
    """What is said about a commit.

    Attributes:
        answer: "good", "bad" or "unknown".
        reason: For "unknown", why, in a word or two: "timed out", "denied", "not loaded" and so on.
        message: Why, in one line.
        value: The metric, if one was measured.
        seconds: How long the trials took.
        known: For "no metric", the names of the metrics that there are.
        fault: Why no trial of any commit can work, such as a command that does not exist; else empty.
    """

    answer: str
    reason: str = ""
    message: str = ""
    value: float | None = None
    seconds: float = 0.0
    known: tuple[str, ...] = ()
    fault: str = ""

    @property
    def text(self) -> str:
        """Why, in one line; the reason first."""
        return ": ".join(part for part in (self.reason, self.message) if part)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "answer": self.answer,
            "reason": self.reason,
            "message": self.message,
            "value": self.value,
            "seconds": self.seconds,
        }


@attrs.frozen
class MetricBounds:
    """The metric that decides, and what it must be.

    Attributes:
        metric: Its name; dots lead into metrics that contain others.
        least, most: The bounds; None for no bound.
    """

    metric: str
    least: float | None = None
    most: float | None = None

    def judge(self, value: float) -> str:
        """Return "good" if a value is within the bounds; what is not a number is bad."""
        is_good = (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
        return GOOD if is_good and value == value else BAD

    def find(self, metrics: Any) -> float | None:
        """Return the metric's value; None if there is none, or it is not a number."""
        value = find_metric(metrics, self.metric)
        return None if value is None else float(value)


def settle(verdicts: Sequence[CommitVerdict], bounds: MetricBounds | None = None) -> CommitVerdict:
    """Return the verdict of several trials of one code: by the median of a metric, else by most answers."""
    judged = [verdict for verdict in verdicts if verdict.answer != UNKNOWN]
    seconds = round(sum(verdict.seconds for verdict in verdicts), 3)
    if not judged:
        return attrs.evolve(verdicts[0], seconds=seconds)
    values = [verdict.value for verdict in judged if verdict.value is not None]
    if bounds is not None and values:
        value = _median(values)
        return CommitVerdict(
            bounds.judge(value), message=metric_line(bounds, value), value=value, seconds=seconds
        )
    bad = [verdict for verdict in judged if verdict.answer == BAD]
    if 2 * len(bad) == len(judged):
        message = f"{len(bad)} of {len(judged)} trials say bad"
        return CommitVerdict(UNKNOWN, UNDECIDED, message, seconds=seconds)
    chosen = bad[0] if 2 * len(bad) > len(judged) else next(one for one in judged if one.answer == GOOD)
    return attrs.evolve(chosen, seconds=seconds)


def _median(values: list[float]) -> float:
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def metric_line(bounds: MetricBounds, value: float) -> str:
    """Return a metric and its value in one line."""
    return f"{bounds.metric} is {value:g}"
