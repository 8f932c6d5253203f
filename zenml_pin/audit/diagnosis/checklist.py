"""The checklist: what was checked, with which outcome, and the remedy."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

import attrs

from zenml_pin.audit.fragments import fragment_of
from zenml_pin.base.html import Markup
from zenml_pin.base.text import printable

SCHEMA_VERSION = 1


class Outcome(enum.Enum):
    """The outcome of a check; only a problem makes the exit code 1."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@attrs.frozen
class Check:
    """One line of the checklist.

    Attributes:
        area: "interpreter", "repository", "workspace" or "environment".
        name: What was checked.
        outcome: The outcome; a note means that something does not work here, but need not.
        said: The fact in words.
        remedy: What to do about it; empty if there is nothing to do.
    """

    area: str
    name: str
    outcome: Outcome
    said: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**attrs.asdict(self), "outcome": self.outcome.value}


@attrs.frozen
class Diagnosis:
    """The checklist."""

    checks: tuple[Check, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether there is no problem: exit code 0."""
        return all(check.outcome is not Outcome.PROBLEM for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "is_healthy": self.is_healthy,
            "checks": [check.to_dict() for check in self.checks],
        }

    def to_text(self) -> str:
        """Return it as text for people: a line for each check, and its remedy below it. Hostile text is escaped."""
        return "".join(f"{line}\n" for line in _lines(self.checks))

    def _repr_html_(self) -> Markup:
        return fragment_of(self)


def _lines(checks: tuple[Check, ...]) -> Iterator[str]:
    width = max((len(check.name) for check in checks), default=0)
    area = ""
    for check in checks:
        if check.area != area:
            area = check.area
            yield f"{area}"
        yield f"  {check.outcome.value:<7}  {printable(check.name):<{width}}  {printable(check.said)}"
        if check.remedy:
            yield f"  {'':<7}  {'':<{width}}  → {printable(check.remedy)}"
