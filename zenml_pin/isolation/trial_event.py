"""Something that the code of a trial did, as a value.

>>> TrialEvent("open", "/home/ada/key", is_denied=True, by="trainers/step.py:3").text
"open '/home/ada/key': denied (trainers/step.py:3)"
"""

from __future__ import annotations

from typing import Any

import attrs

from zenml_pin.base.text import printable

_LONGEST = 300


@attrs.frozen
class TrialEvent:
    """Something that the code did.

    Attributes:
        what: "open", "write", "subprocess.Popen", or the name of a system call.
        target: The file, address, process or program; hostile text is escaped.
        is_denied: Whether a wall denied it.
        by: File and line of the code; empty if they are not known.
        is_proven: Whether the kernel reported it. Other events are recorded in the trial, where code can forge them.
        times: How often the code did it, if the kernel reported it; other events are recorded once.
        probe: For a denied event that is a probe of a library, what the library wants to know; else empty.
    """

    what: str
    target: str
    is_denied: bool
    by: str = ""
    is_proven: bool = False
    times: int = 1
    probe: str = ""

    @property
    def is_alarm(self) -> bool:
        """Whether a wall denied it, and it is not a probe of a library."""
        return self.is_denied and not self.probe

    @classmethod
    def of(cls, message: dict[str, Any]) -> TrialEvent | None:
        """Return the event of a message; None if it has another kind, or is not well formed."""
        if isinstance(message.get("refused"), str):
            times = message.get("times")
            return cls(
                _word(message["refused"]),
                _word(_join(message.get("arguments"))),
                True,
                "",
                True,
                times if type(times) is int else 1,
            )
        fields = message.get("event")
        if not isinstance(fields, dict):
            return None
        return cls(
            _word(fields.get("what")),
            _word(fields.get("target")),
            fields.get("denied") is True,
            _word(fields.get("by")),
            probe=_word(fields.get("probe", "")),
        )

    @property
    def text(self) -> str:
        """The event in one line."""
        target = (
            f" '{self.target}'" if self.target and not self.is_proven else f"({self.target})" * self.is_proven
        )
        denied = f": denied{f' {self.times} times' * (self.times > 1)}" * self.is_denied
        probe = f", a probe: {self.probe}" if self.probe else ""
        return f"{self.what}{target}{denied}{probe}{f' ({self.by})' if self.by else ''}"

    def to_dict(self) -> dict[str, Any]:
        """Return the event as plain data."""
        return attrs.asdict(self)


def _word(text: object) -> str:
    return printable(str(text if text is not None else ""))[:_LONGEST]


def _join(words: object) -> str:
    return ", ".join(map(str, words)) if isinstance(words, list) else ""
