"""What came of many attempts, counted for a line that CI prints.

An attempt is *harmless* when the right answer came all the same, and *detected* when a PinError came in its place.
The other outcomes must not be: a wrong answer, an error that is none of ours, and no answer at all.
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
    """What came of one attempt, the best first."""

    HARMLESS = "harmless"
    DETECTED = "detected"
    WRONG = "wrong"
    UNTYPED = "untyped errors"
    HUNG = "hangs"


_RANK = list(Outcome)


def attempt(ask: Callable[[], T], right: T, *also_right: T) -> tuple[Outcome, str]:
    """Ask once and judge the answer; the text says what came."""
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
        bad: What must not have happened, each with its label.
    """

    subject: str
    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)

    def note(self, group: str, label: str, outcomes: list[tuple[Outcome, str]]) -> None:
        """Count one attempt, which is as bad as the worst of its outcomes."""
        worst, said = max(outcomes, key=lambda outcome: _RANK.index(outcome[0]))
        self.counts[group, worst] += 1
        if worst not in (Outcome.HARMLESS, Outcome.DETECTED):
            self.bad.append(f"{group}, {label}: {worst.value}: {said}")

    @property
    def total(self) -> int:
        """How many attempts there were."""
        return sum(self.counts.values())

    def of(self, *outcomes: Outcome) -> int:
        """Return how many attempts had one of these outcomes."""
        return sum(count for (_, outcome), count in self.counts.items() if outcome in outcomes)

    def lines(self) -> list[str]:
        """Return the totals, and a line for each group."""
        said = ", ".join(f"{self.of(outcome)} {outcome.value}" for outcome in Outcome)
        groups: Counter[str] = Counter()
        for (group, _), count in self.counts.items():
            groups[group] += count
        return [f"{self.subject}: {self.total}: {said}"] + [
            f"  {group}: {count}, {self.counts[group, Outcome.DETECTED]} detected"
            for group, count in groups.items()
        ]
