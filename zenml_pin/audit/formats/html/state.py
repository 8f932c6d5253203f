"""State: how a source compares with HEAD, in one word and in one sentence."""

from __future__ import annotations

import enum

from zenml_pin.audit.report import EDITED, LOADED, REMOVED, SAME, PinReport, SourceReport
from zenml_pin.audit.rules import Level
from zenml_pin.base.dates import count


class State(enum.Enum):
    """How a source compares with HEAD; the value is the end of its style's name."""

    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    BROKEN = "broken"
    UNPINNED = "unpinned"
    RELEASE = "release"


WORDS = {
    State.SAME: "have the code of HEAD",
    State.CHANGED: "have other code than HEAD",
    State.REMOVED: "are removed at HEAD",
    State.BROKEN: "are broken",
    State.UNPINNED: "are not pinned",
}


def state_of(source: SourceReport) -> State:
    """Return the state of a source."""
    pin = source.pin
    has_error = any(finding.level is Level.ERROR for finding in source.findings)
    if pin is None:
        return State.UNPINNED if has_error or "@" not in source.source else State.RELEASE
    if not pin.exists or has_error:
        return State.BROKEN
    if pin.at_head == REMOVED:
        return State.REMOVED
    return State.SAME if pin.at_head == SAME else State.CHANGED


def describe_state(source: SourceReport) -> str:
    """Describe the state of a source in a few words."""
    pin = source.pin
    if pin is None:
        return "unpinned" if state_of(source) is State.UNPINNED else "release"
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
    behind = pin.commit.behind if pin.commit is not None else None
    if behind == 0:
        return "at HEAD"
    distance = "not in HEAD's history" if behind is None else f"{behind:,} behind"
    words = {SAME: "same code", EDITED: "edited since", REMOVED: "removed since"}
    return f"{distance}, {words[pin.at_head]}" if pin.at_head is not None else distance


def sentence(source: SourceReport) -> str:
    """Describe the state in full, for readers who cannot see the picture."""
    pin = source.pin
    if pin is None or pin.commit is None or pin.commit.behind is None:
        return describe_state(source)
    return f"{describe_state(source)}: {count(pin.commit.behind, 'commit')} behind HEAD"
