"""A trial as a value: how the load ended, which walls existed, and what the code did.

>>> Trial("loaded", events=(TrialEvent("os.fork", "", is_denied=False),)).denied
()
"""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin.isolation.probes import match_refusals
from zenml_pin.isolation.trial_event import TrialEvent as TrialEvent
from zenml_pin.isolation.walls import WALLS, describe

_MOST_EVENTS = 400


@attrs.frozen
class StandingWalls:
    """The walls around a trial.

    Attributes:
        names: The walls that exist.
        missing: Why each other wall is missing, by name.
        landlock_abi: The version of Landlock that the kernel has; 0 for none.
        is_counted: Whether the number of processes is limited, for root too.
    """

    names: tuple[str, ...] = ()
    missing: dict[str, str] = attrs.field(factory=dict)
    landlock_abi: int = 0
    is_counted: bool = False

    @property
    def are_complete(self) -> bool:
        """Whether no wall is missing."""
        return set(self.names) == set(WALLS)

    @property
    def text(self) -> str:
        """The walls that exist and those that are missing, in one line."""
        return describe(self.names, self.missing, self.landlock_abi)

    def to_dict(self) -> dict[str, Any]:
        """Return the walls as plain data."""
        return {**attrs.asdict(self), "names": list(self.names)}


@attrs.frozen
class Trial:
    """The result of a trial: how a load ended.

    Attributes:
        outcome: "loaded", "failed", "stopped", or "refused" if a required wall is missing.
        message: The reason, in one line; empty if the class was loaded.
        seconds: How long its process took.
        walls: The walls around it; None without a sandbox.
        events: What the code did, in order.
        facts: Facts about the class, as plain data, if they were wanted and the class was loaded.
        printed: The output of the code, if it was wanted.
        needs_more: Whether the load needed a part of the commit that it did not get.
        stopped_by: For "stopped": "timed out", "killed" or "out of memory"; else empty.
        tested: What a tester said about the class, if there was one and the class was loaded.
    """

    outcome: str
    message: str = ""
    seconds: float = 0.0
    walls: StandingWalls | None = None
    events: tuple[TrialEvent, ...] = ()
    facts: dict[str, Any] | None = None
    printed: str = ""
    needs_more: bool = False
    stopped_by: str = ""
    tested: dict[str, Any] = attrs.field(factory=dict)

    @property
    def denied(self) -> tuple[TrialEvent, ...]:
        """The events that the walls denied, probes of libraries too."""
        return tuple(event for event in self.events if event.is_denied)

    @property
    def alarms(self) -> tuple[TrialEvent, ...]:
        """The events that the walls denied, without probes of libraries."""
        return tuple(event for event in self.events if event.is_alarm)


def read_answer(
    outcome: str,
    message: str,
    seconds: float,
    walls: dict[str, Any],
    events: list[TrialEvent],
    answer: dict[str, Any],
) -> Trial:
    """Make a trial from the messages of its process; their form is checked, their content may be forged."""
    facts, printed, tested = answer.get("facts"), answer.get("printed"), answer.get("tested")
    return Trial(
        outcome,
        message,
        seconds,
        _walls(walls) if walls else None,
        tuple(match_refusals(_limit(events))),
        facts if isinstance(facts, dict) else None,
        printed if isinstance(printed, str) else "",
        answer.get("needs_more") is True,
        tested=tested if isinstance(tested, dict) else {},
    )


def _limit(events: list[TrialEvent]) -> list[TrialEvent]:
    """Return the first events; those that the kernel reported are kept first, because code can forge any number."""
    proven = sum(event.is_proven for event in events)
    left = max(0, _MOST_EVENTS - proven)
    kept = []
    for event in events:
        if event.is_proven or left > 0:
            kept.append(event)
            left -= not event.is_proven
    return kept


def _walls(message: dict[str, Any]) -> StandingWalls:
    missing = {str(name): str(reason) for name, reason in dict(message["missing"]).items()}
    return StandingWalls(tuple(message["walls"]), missing, int(message["abi"]), bool(message["counted"]))
