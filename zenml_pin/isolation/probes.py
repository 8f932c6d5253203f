"""Probes: what libraries try when they are imported, only to find out whether it works.

A trial denies a probe, and tells it, but it is no sign of harm. Each probe is known by its library, function and
arguments; it counts as one only while the library is imported, and once a trial. Whoever forges events can make one
refused call look like a probe: it is still denied and listed.
"""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from zenml_pin.isolation.trial_event import TrialEvent

_IPV6, _STREAM, _KINDS = 10, 1, 0xF


class Probe(NamedTuple):
    """A probe.

    Attributes:
        file: The end of the library's file, also where another library contains a copy.
        function: The function that tries it; the module calls it when it is imported.
        family: The family of the socket; its type is a stream.
        reason: What the library wants to know.
    """

    file: str
    function: str
    family: int
    reason: str


PROBES = (
    Probe("/urllib3/util/connection.py", "_has_ipv6", _IPV6, "urllib3 finds out whether there is IPv6"),
)
_REASONS = {probe.reason: probe for probe in PROBES}


def find_probe(arguments: tuple[object, ...], frame: FrameType) -> str:
    """Return the reason of the probe that makes a socket; "" for any other code.

    Args:
        arguments: Those of the event "socket.__new__": the socket, its family and its type.
        frame: The innermost one that belongs to a library or to the code.
    """
    name, importing = frame.f_code.co_filename, frame.f_back
    for probe in PROBES:
        if (
            name.endswith(probe.file)
            and frame.f_code.co_name == probe.function
            and importing is not None
            and importing.f_code.co_name == "<module>"
            and importing.f_code.co_filename == name
            and arguments[1] == probe.family
            and int(str(arguments[2])) & _KINDS == _STREAM
        ):
            return probe.reason
    return ""


def match_refusals(events: Iterable[TrialEvent]) -> list[TrialEvent]:
    """Return the events, with the refused system call of each probe marked as that probe.

    One that the code made more often, or without the probe, is not marked. A second event of a probe loses its mark.
    """
    # Not in a trial: its process imports no attrs.
    from attrs import evolve

    matched: list[TrialEvent] = []
    seen: set[str] = set()
    for event in events:
        is_first = event.probe not in seen
        seen.add(event.probe)
        is_known = event.probe in _REASONS and event.what == "socket.__new__" and is_first
        matched.append(event if is_known or not event.probe else evolve(event, probe=""))
    left = {_REASONS[event.probe].family: event.probe for event in matched if event.probe}
    for index, event in enumerate(matched):
        family = _family(event)
        if family in left and event.times == 1:
            matched[index] = evolve(event, probe=left.pop(family))
    return matched


def _family(event: TrialEvent) -> int | None:
    """Return the family of a stream socket that the kernel refused; None for other events."""
    if not event.is_proven or event.what != "socket":
        return None
    family, kind, *_ = event.target.split(", ")
    return int(family, 16) if int(kind, 16) & _KINDS == _STREAM else None
