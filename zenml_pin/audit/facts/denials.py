"""Denials: what the sandbox denied to the code of a trial, as findings of ZP023."""

from __future__ import annotations

from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.facts.pin_facts import Problem
    from zenml_pin.audit.pin_report import LoadReport
    from zenml_pin.isolation.trial import TrialEvent

_RULE = "ZP023"
# For a pin with more of them, one finding counts the others.
_MOST = 10
# What the code tried to do, by event, as a message says it.
_VERBS = {
    "listdir": "list",
    "scandir": "list",
    "mkdir": "make the folder",
    "rmdir": "delete the folder",
    "symlink": "make the link",
    "link": "link",
    "utime": "change the times of",
    "truncate": "shorten",
    "chmod": "change the mode of",
    "chown": "change the owner of",
    "setxattr": "change an attribute of",
    "removexattr": "delete an attribute of",
    "socket.__new__": "open a socket",
    "socket.connect": "connect to",
    "socket.bind": "listen at",
    "socket.getaddrinfo": "look up the address",
    "socket.gethostbyname": "look up the address",
    "socket.gethostbyaddr": "look up the address",
    "socket.sendto": "send to",
    "os.kill": "send a signal to process",
    "os.killpg": "send a signal to process group",
}


def problems_of(load: LoadReport) -> list[Problem]:
    """Return a finding for each denial of a trial, probes of libraries excepted, with the file and line of the code."""
    denied = [event for event in load.events if event.is_alarm]
    if any(event.what.startswith("socket.") and event.by for event in denied):
        # The event of `socket` reports the same refusal, with file and line.
        denied = [event for event in denied if not (event.is_proven and event.what == "socket")]
    messages = Counter(map(_message, denied))
    shown = list(messages)[:_MOST]
    problems: list[Problem] = [(_RULE, message, "") for message in shown]
    if len(messages) > _MOST:
        problems.append((_RULE, f"the sandbox denied {len(messages) - _MOST} more things", ""))
    return problems


def _message(event: TrialEvent) -> str:
    if event.is_proven:
        times = f" {event.times} times" if event.times > 1 else ""
        return f"code tried the system call {event.what}({event.target}): denied{times}"
    where = f" at {event.by}" if event.by else ""
    return f"code tried to {_VERBS.get(event.what, event.what)} '{event.target}'{where}: denied"
