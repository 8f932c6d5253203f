"""State: how a source compares with HEAD, in one word and in one sentence."""

from __future__ import annotations

import enum

from zenml_pin.audit.pin_report import EDITED, REMOVED, SAME, PinReport
from zenml_pin.audit.report import SourceReport
from zenml_pin.audit.rules import Level
from zenml_pin.base.text import count
from zenml_pin.isolation.outcomes import LOADED
from zenml_pin.source import is_commit_id


class State(enum.Enum):
    """How a source compares with HEAD; the value is the end of its style's name."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    UNKNOWN = "unknown"
    BROKEN = "broken"
    UNPINNED = "unpinned"
    RELEASE = "release"


WORDS = {
    State.SAME: "have the code of HEAD",
    State.CHANGED: "have other code than HEAD",
    State.REMOVED: "are removed at HEAD",
    State.UNKNOWN: "are not compared with HEAD",
    State.BROKEN: "are broken",
    State.UNPINNED: "are not pinned",
}


def state_of(source: SourceReport) -> State:
    """Return the state of a source."""
    pin = source.pin
    has_error = any(finding.level is Level.ERROR for finding in source.findings)
    if pin is None:
        if is_commit_id(source.source.partition("@")[2]) and not has_error:
            # An interrupted audit has not come to this pin.
            return State.UNKNOWN
        return State.UNPINNED if has_error or "@" not in source.source else State.RELEASE
    if not pin.exists or has_error:
        return State.BROKEN
    states = {SAME: State.SAME, EDITED: State.CHANGED, REMOVED: State.REMOVED}
    return states.get(pin.at_head or "", State.UNKNOWN)


def describe_state(source: SourceReport) -> str:
    """Describe the state of a source in a few words."""
    pin = source.pin
    if pin is None:
        words = {State.UNPINNED: "unpinned", State.UNKNOWN: "not examined"}
        return words.get(state_of(source), "release")
    if pin.commit is None:
        return "commit missing"
    if not pin.exists:
        return "module missing" if pin.path is None else "class missing"
    if pin.load is not None and pin.load.outcome != LOADED:
        return f"load {pin.load.outcome}"
    if state_of(source) is State.BROKEN:
        return "has errors"
    return _behind(pin)


def _behind(pin: PinReport) -> str:
    """Return the distance from HEAD and what became of the code; what nobody looked for is left out."""
    behind = pin.commit.behind if pin.commit is not None else None
    if behind == 0:
        return "at HEAD"
    words = {SAME: "same code", EDITED: "edited since", REMOVED: "removed since"}
    parts = [f"{behind:,} behind"] if behind is not None else []
    parts += [words[pin.at_head]] if pin.at_head is not None else []
    return ", ".join(parts) or "pinned"


def sentence(source: SourceReport) -> str:
    """Describe the state in full, for readers who cannot see the picture."""
    pin = source.pin
    if pin is None or pin.commit is None or pin.commit.behind is None:
        return describe_state(source)
    return f"{describe_state(source)}: {count(pin.commit.behind, 'commit')} behind HEAD"
