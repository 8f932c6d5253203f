"""Outcomes of many attempts, counted for a line that CI prints.

An attempt is *harmless* when the right answer came despite the damage, and *detected* when a PinError came instead.
The other outcomes must not happen: a wrong answer, an error that is not ours, and no answer at all.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.support.time_limit import TimeLimitError, time_limit
from zenml_pin.errors import PinError

T = TypeVar("T")


class Outcome(enum.Enum):
    """The outcome of one attempt, the best first."""

    HARMLESS = "harmless"
    DETECTED = "detected"
    WRONG = "wrong"
    UNTYPED = "untyped errors"
    HUNG = "hangs"


_RANK = list(Outcome)


def attempt(ask: Callable[[], T], right: T, *also_right: T) -> tuple[Outcome, str]:
    """Make one attempt and judge the answer; the text describes it."""
    try:
        with time_limit():
            answer = ask()
    except PinError as error:
        return Outcome.DETECTED, f"{type(error).__name__}: {error}"
    except TimeLimitError as error:
        return Outcome.HUNG, str(error)
    except Exception as error:
        return Outcome.UNTYPED, f"{type(error).__name__}: {error}"
    if answer == right or answer in also_right:
        return Outcome.HARMLESS, ""
    return Outcome.WRONG, repr(answer)[:200]


@dataclass
class Tally:
    """Attempts by group and outcome.

    Attributes:
        bad: The outcomes that must not happen, each with its label.
    """

    subject: str
    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)

    def note(self, group: str, label: str, outcomes: list[tuple[Outcome, str]]) -> None:
        """Count one attempt; it is as bad as the worst of its outcomes."""
        worst, description = max(outcomes, key=lambda outcome: _RANK.index(outcome[0]))
        self.counts[group, worst] += 1
        if worst not in (Outcome.HARMLESS, Outcome.DETECTED):
            self.bad.append(f"{group}, {label}: {worst.value}: {description}")

    @property
    def total(self) -> int:
        """The number of attempts."""
        return sum(self.counts.values())

    def of(self, *outcomes: Outcome) -> int:
        """Return the number of attempts with one of these outcomes."""
        return sum(count for (_, outcome), count in self.counts.items() if outcome in outcomes)

    def lines(self) -> list[str]:
        """Return the totals, and a line for each group."""
        counts = ", ".join(f"{self.of(outcome)} {outcome.value}" for outcome in Outcome)
        groups: Counter[str] = Counter()
        for (group, _), count in self.counts.items():
            groups[group] += count
        return [f"{self.subject}: {self.total}: {counts}"] + [
            f"  {group}: {count}, {self.counts[group, Outcome.DETECTED]} detected"
            for group, count in groups.items()
        ]
