"""What a comparison has found so far. Each kind of value writes its differences here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zenml_pin.base.text import printable
from zenml_pin.pipelines.comparison.result import MAX_LISTED, Sameness, ValueComparison, ValueDifference
from zenml_pin.pipelines.comparison.tolerance import Tolerance

_LONGEST = 60
# Libraries whose values have a short text.
_WRITTEN = frozenset({"datetime", "decimal", "fractions", "uuid", "pathlib", "pandas"})
_ATOMS = (type(None), bool, int, float, complex, str, bytes)


class Walk:
    """A comparison in progress.

    Args:
        tolerance: When numbers are equal.
        compare: Compares two values at a path; containers call it for what is in them.
    """

    def __init__(self, tolerance: Tolerance, compare: Callable[[Walk, str, Any, Any], None]) -> None:
        self.tolerance = tolerance
        self._compare = compare
        self._differences: list[ValueDifference] = []
        self._count = 0
        self._distance = 0.0
        self._reasons: dict[str, None] = {}
        self._notes: dict[str, None] = {}
        # By ids, with the values, which must live as long as their ids are here.
        self._met: dict[tuple[int, int], tuple[Any, Any]] = {}

    def compare(self, path: str, recorded: Any, now: Any) -> None:
        """Compare two values."""
        if recorded is not now:
            self._compare(self, path, recorded, now)

    def differ(self, path: str, kind: str, recorded: str | None, now: str | None, **facts: Any) -> None:
        """Note a difference."""
        self._count += 1
        if len(self._differences) < MAX_LISTED:
            self._differences.append(ValueDifference(path, kind, recorded, now, **facts))

    def equal_within(self, distance: float) -> None:
        """Note that numbers are equal that are this far apart."""
        self._distance = max(self._distance, distance)

    def give_up(self, path: str, reason: str) -> None:
        """Note that two values cannot be compared."""
        self._reasons[printable(f"{path}: {reason}" if path else reason)] = None

    def note(self, path: str, text: str) -> None:
        """Note something that does not count as a difference."""
        if len(self._notes) < MAX_LISTED:
            self._notes[printable(f"{path}: {text}" if path else text)] = None

    def enter(self, recorded: Any, now: Any) -> bool:
        """Tell whether two containers meet for the first time: one may hold itself."""
        pair = id(recorded), id(now)
        is_new = pair not in self._met
        self._met[pair] = recorded, now
        return is_new

    def result(self) -> ValueComparison:
        """Return what was found. Bytes were not compared, so two equal values are never called identical."""
        sameness = Sameness.EQUAL
        if self._count:
            sameness = Sameness.DIFFERENT
        elif self._reasons:
            sameness = Sameness.NOT_COMPARABLE
        return ValueComparison(
            sameness,
            tuple(self._differences),
            self._count,
            self._distance,
            tuple(self._reasons)[:MAX_LISTED],
            tuple(self._notes),
        )


def shown(value: Any) -> str:
    """Return a value in a few words: plain ones as Python writes them, others by their kind."""
    if hasattr(type(value), "item") and type(value).__module__ == "numpy" and value.shape == ():
        value = value.item()
    if isinstance(value, _ATOMS):
        return shorten(repr(value))
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"{type(value).__name__} of {len(value)}"
    return shorten(_text(value)) if _is_plain(value) else f"{kind_name(value)} object"


def shorten(text: str) -> str:
    """Return the beginning of a text that is too long for a line."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def kind_name(value: Any) -> str:
    """Return the name of a value's class."""
    return type(value).__qualname__


def _is_plain(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in _WRITTEN


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:
        return kind_name(value)
