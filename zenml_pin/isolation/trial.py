"""A trial as a value: how the load ended, which walls existed, and what the code did.

>>> TrialEvent("open", "/home/ada/key", is_denied=True, by="trainers/step.py:3").text
"open '/home/ada/key': denied (trainers/step.py:3)"
"""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin.base.text import printable
from zenml_pin.isolation.walls import WALLS, describe

_LONGEST = 300
_MOST_EVENTS = 400


@attrs.frozen
class TrialEvent:
    """Something that the code did.

    Attributes:
        what: "open", "write", "subprocess.Popen", or the name of a system call.
        target: The file, address, process or program; hostile text is escaped.
        is_denied: Whether a wall denied it.
        by: File and line of the code; empty if they are not known.
        is_proven: Whether the kernel reported it. Other events are recorded in the trial, where code can forge them.
    """

    what: str
    target: str
    is_denied: bool
    by: str = ""
    is_proven: bool = False

    @classmethod
    def of(cls, message: dict[str, Any]) -> TrialEvent | None:
        """Return the event of a message; None if it has another kind, or is not well formed."""
        if isinstance(message.get("refused"), str):
            return cls(_word(message["refused"]), _word(_join(message.get("arguments"))), True, "", True)
        fields = message.get("event")
        if not isinstance(fields, dict):
            return None
        return cls(
            _word(fields.get("what")),
            _word(fields.get("target")),
            fields.get("denied") is True,
            _word(fields.get("by")),
        )

    @property
    def text(self) -> str:
        """The event in one line."""
        target = (
            f" '{self.target}'" if self.target and not self.is_proven else f"({self.target})" * self.is_proven
        )
        return f"{self.what}{target}{': denied' * self.is_denied}{f' ({self.by})' if self.by else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return the event as plain data."""
        return attrs.asdict(self)


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
    """

    outcome: str
    message: str = ""
    seconds: float = 0.0
    walls: StandingWalls | None = None
    events: tuple[TrialEvent, ...] = ()
    facts: dict[str, Any] | None = None
    printed: str = ""
    needs_more: bool = False

    @property
    def denied(self) -> tuple[TrialEvent, ...]:
        """The events that the walls denied."""
        return tuple(event for event in self.events if event.is_denied)


def read_answer(
    outcome: str,
    message: str,
    seconds: float,
    walls: dict[str, Any],
    events: list[TrialEvent],
    answer: dict[str, Any],
) -> Trial:
    """Make a trial from the messages of its process; their form is checked, their content may be forged."""
    facts, printed = answer.get("facts"), answer.get("printed")
    return Trial(
        outcome,
        message,
        seconds,
        _walls(walls) if walls else None,
        tuple(events[:_MOST_EVENTS]),
        facts if isinstance(facts, dict) else None,
        printed if isinstance(printed, str) else "",
        answer.get("needs_more") is True,
    )


def _walls(message: dict[str, Any]) -> StandingWalls:
    missing = {str(name): str(reason) for name, reason in dict(message["missing"]).items()}
    return StandingWalls(tuple(message["walls"]), missing, int(message["abi"]), bool(message["counted"]))


def _word(text: object) -> str:
    return printable(str(text if text is not None else ""))[:_LONGEST]


def _join(words: object) -> str:
    return ", ".join(map(str, words)) if isinstance(words, list) else ""
