"""What a comparison of two values says: whether they are the same, which places differ, and how far."""

from __future__ import annotations

import enum
import math
from typing import Any

import attrs

from zenml_pin.base.text import count, printable


class Sameness(enum.Enum):
    """How much two values have in common."""

    IDENTICAL = "identical"  # the same bytes
    EQUAL = "equal"  # equal values in different bytes
    DIFFERENT = "different"
    NOT_COMPARABLE = "not comparable"


@attrs.frozen
class ValueDifference:
    """One place at which two values differ.

    Attributes:
        path: The place as Python writes it, such as "['accuracy']" or ".coef_[0]"; empty for the whole value.
        kind: "value", "type", "length", "shape", "order", "missing" (only recorded) or "added" (only now).
        recorded: The recorded side in a few words; of an array the element that is farthest. None if it is missing.
        now: The other side.
        distance: How far numbers are apart; of an array the farthest. None for what is not a number.
        relative: The distance divided by the recorded number; None where that is 0.
        count, total: How many elements of an array differ, and of how many; 1 and 1 for any other value.
    """

    path: str
    kind: str
    recorded: str | None
    now: str | None
    distance: float | None = None
    relative: float | None = None
    count: int = 1
    total: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data. A distance that is not finite is a text, because JSON has no word for it."""
        return attrs.asdict(self) | {
            "distance": _plain(self.distance),
            "relative": _plain(self.relative),
        }

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        many = (
            f"{self.count:,} of {count(self.total, 'element')} differ; the farthest: "
            if self.total > 1
            else ""
        )
        return printable(f"{where}{many}{self._sides}{self._how_far}")

    @property
    def _sides(self) -> str:
        if self.now is None:
            return f"recorded {self.recorded}, missing now"
        if self.recorded is None:
            return f"not recorded, now {self.now}"
        return f"recorded {self.recorded}, now {self.now}"

    @property
    def _how_far(self) -> str:
        if self.distance is None or not math.isfinite(self.distance):
            return ""
        relative = f", {self.relative:.2g} of it" if self.relative is not None else ""
        return f" ({self.distance:.3g} apart{relative})"


@attrs.frozen
class ValueComparison:
    """The result of comparing a recorded value with the one of now.

    Attributes:
        sameness: Whether the values are the same.
        differences: The places that differ, the first `MAX_LISTED` of them.
        count: How many places differ.
        distance: How far numbers are apart that are equal within the tolerance, the farthest; 0.0 if none is.
        reasons: Why parts of the values cannot be compared, a line each.
        notes: What does not count as a difference, such as another dtype, a line each.
    """

    sameness: Sameness
    differences: tuple[ValueDifference, ...] = ()
    count: int = 0
    distance: float = 0.0
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether the values are identical or equal."""
        return self.sameness in (Sameness.IDENTICAL, Sameness.EQUAL)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "sameness": self.sameness.value,
            "differences": [difference.to_dict() for difference in self.differences],
            "count": self.count,
            "distance": _plain(self.distance),
            "reasons": list(self.reasons),
            "notes": list(self.notes),
        }


# Enough for a person; `count` has the number of all.
MAX_LISTED = 100


def _plain(number: float | None) -> float | str | None:
    if number is None or math.isfinite(number):
        return number
    return str(number)
