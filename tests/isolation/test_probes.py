"""Probes: what a library tries only to find out whether it works is told, and raises no alarm."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents_by_line import document
from tests.support.isolation.sandboxed_trials import try_code
from tests.support.repositories import Repo, commit, write
from zenml_pin.audit import audit
from zenml_pin.isolation.trial import Trial, TrialEvent
from zenml_pin.isolation.walls_here import standing_walls

pytestmark = pytest.mark.skipif(
    "seccomp" not in standing_walls().names, reason=f"no filter: {standing_walls().text}"
)
# As urllib3 does it.
CONNECTION = """
import socket
def _has_ipv6(host):
    sock = None
    has_ipv6 = False
    if socket.has_ipv6:
        try:
            sock = socket.socket(socket.AF_INET6)
            sock.bind((host, 0))
            has_ipv6 = True
        except Exception:
            pass
    if sock:
        sock.close()
    return has_ipv6
HAS_IPV6 = _has_ipv6("::1")
"""
IMPORT = "import urllib3.util.connection as connection\nprint(connection.HAS_IPV6)\n"
OTHERS = {
    "the same socket": "import socket\ntry: socket.socket(socket.AF_INET6)\nexcept OSError: pass\n",
    "its function again": "connection._has_ipv6('::1')\n",
    "the same system call": "import ctypes; ctypes.CDLL(None).socket(10, 0x80001, 0)\n",
    "a similar system call": "import ctypes; ctypes.CDLL(None).socket(10, 2, 0)\n",
    "another socket": "import socket\ntry: socket.socket()\nexcept OSError: pass\n",
    "a look-up": "import socket\ntry: socket.getaddrinfo('localhost', 1)\nexcept OSError: pass\n",
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that has urllib3's probe, where trials find installed libraries."""
    folder = tmp_path / "site" / "urllib3" / "util"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("")
    (folder / "connection.py").write_text(CONNECTION)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    return folder


def alarms(trial: Trial) -> list[str]:
    """Return what raises an alarm."""
    assert trial.outcome == "loaded", trial.message
    return [event.text for event in trial.alarms]


@pytest.mark.slow
def test_probe_is_told_and_raises_no_alarm(repo: Repo, library: Path) -> None:
    """Both the event of Python and the system call that the kernel reports; the probe gets the answer that it fails."""
    trial = try_code(repo, IMPORT)

    assert trial.printed == "False\n"
    assert alarms(trial) == []
    assert {event.what for event in trial.denied} == {"socket.__new__", "socket"}
    assert all("a probe: urllib3 finds out whether there is IPv6" in event.text for event in trial.denied)


@pytest.mark.slow
def test_probe_of_the_installed_urllib3_is_known(repo: Repo) -> None:
    """dulwich needs urllib3, so that it is installed with this package."""
    trial = try_code(repo, "import urllib3\n")

    assert alarms(trial) == []
    assert all(event.probe for event in trial.denied)


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("code", OTHERS.values(), ids=OTHERS)
def test_what_the_code_does_beside_a_probe_is_an_alarm(repo: Repo, library: Path, code: str) -> None:
    """A probe covers no socket of the code, before or after it, also with the same arguments."""
    after = try_code(repo, IMPORT + code)
    before = try_code(repo, (code if "connection" not in code else "") + IMPORT + code)

    assert alarms(after)
    assert alarms(before)


@pytest.mark.slow
def test_function_of_that_name_in_the_code_is_no_probe(repo: Repo) -> None:
    """Only an installed library has probes."""
    assert alarms(try_code(repo, CONNECTION))


@pytest.mark.slow
def test_file_of_that_name_in_the_private_folder_is_no_probe(repo: Repo) -> None:
    """The code can write there."""
    code = (
        "import os, sys\nos.makedirs('urllib3/util')\n"
        "for folder in ('urllib3', 'urllib3/util'): open(folder + '/__init__.py', 'w').close()\n"
        f"open('urllib3/util/connection.py', 'w').write({CONNECTION!r})\n"
        "sys.path.insert(0, os.getcwd())\nimport urllib3.util.connection\n"
    )

    assert alarms(try_code(repo, code))


@pytest.mark.slow
def test_audit_of_code_that_imports_it_has_no_finding(repo: Repo, library: Path) -> None:
    """The report's events still tell it."""
    head = commit(repo, {"trainers": {"step.py": IMPORT + "class Mine: pass\n"}})
    write(repo, {"pipelines": {"mine.yaml": document(f"trainers.step.Mine@{head}")}})

    report = audit(repo=repo.path, load=True)

    (pin,) = report.pins
    assert pin.load is not None
    assert any(event.probe and event.is_denied for event in pin.load.events)
    assert not [finding.message for finding in report.findings if finding.rule.id == "ZP023"]


@pytest.mark.slow
def test_refused_calls_are_counted(repo: Repo) -> None:
    """One event for the same call, however often."""
    trial = try_code(repo, "import ctypes\nfor _ in range(5): ctypes.CDLL(None).socket(2, 1, 0)\n")

    (event,) = (event for event in trial.events if event.is_proven)
    assert event.times == 5
    assert event.text.endswith(": denied 5 times")


FLOOD = """
import json, os, sys, ctypes
frame = sys._getframe()
while frame and "key" not in frame.f_locals: frame = frame.f_back
key = frame.f_locals["key"]
for n in range({count}):
    message = {{"event": {{"what": f"forged {{n}}", "target": "{filler}", "denied": False, "by": ""}}}}
    os.write(3, f"{{key}} {{json.dumps(message)}}\\n".encode())
ctypes.CDLL(None).socket(2, 1, 0)
os._exit(7)
"""


@pytest.mark.quick(every=2)
@pytest.mark.parametrize(
    ("count", "filler"), [(1000, ""), (40, "x" * 20_000)], ids=["many events", "many bytes"]
)
def test_code_that_forges_many_events_hides_no_refused_call(repo: Repo, count: int, filler: str) -> None:
    """The kernel's reports, and how the process ended, have a place of their own."""
    trial = try_code(repo, FLOOD.format(count=count, filler=filler))

    assert "exit code 7" in trial.message
    assert any(event.is_proven and event.what == "socket" for event in trial.events)
    assert len(trial.events) <= 400


def test_forged_probe_covers_only_the_call_of_that_probe() -> None:
    """An unknown reason counts for nothing."""
    known = "urllib3 finds out whether there is IPv6"
    call: dict[str, Any] = {"refused": "socket", "arguments": ["0x2", "0x80001"]}
    messages: list[dict[str, Any]] = [
        {"event": {"what": "socket.__new__", "target": "x", "denied": True, "by": "", "probe": known}},
        {"event": {"what": "open", "target": "/key", "denied": True, "by": "", "probe": known}},
        {"event": {"what": "open", "target": "/key", "denied": True, "by": "", "probe": "harmless"}},
        call,
    ]
    events = [event for message in messages if (event := TrialEvent.of(message)) is not None]

    from zenml_pin.isolation.probes import match_refusals

    assert [event.is_alarm for event in match_refusals(events)] == [False, True, True, True]
