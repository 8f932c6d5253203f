"""The sandbox in an audit, in the doctor's list and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.documents_by_line import document
from tests.support.isolation.harm_targets import KEY
from tests.support.repositories import Repo, commit, write
from zenml_pin.audit import audit
from zenml_pin.audit.diagnosis import doctor
from zenml_pin.audit.formats import sarif
from zenml_pin.audit.formats.html.report import report_page
from zenml_pin.audit.formats.json import render
from zenml_pin.audit.formats.text import render_facts
from zenml_pin.cli import main
from zenml_pin.errors import UnsupportedError
from zenml_pin.isolation import walls_here
from zenml_pin.isolation.trial import StandingWalls
from zenml_pin.isolation.walls_here import standing_walls

needs_landlock = pytest.mark.skipif(
    "files" not in standing_walls().names, reason=f"no Landlock: {standing_walls().text}"
)
WEAK = StandingWalls(("seccomp",), {"files": "this kernel has no Landlock"}, 0)


@pytest.fixture
def source(repo: Repo, tmp_path: Path) -> str:
    """A class whose module reads a key, in a document; the repository is the one here."""
    (tmp_path / "secret").write_text(KEY)
    code = f"try: open({str(tmp_path / 'secret')!r})\nexcept OSError: pass\nclass Mine: 'A trainer.'\n"
    head = commit(repo, {"trainers": {"step.py": code}})
    text = f"trainers.step.Mine@{head}"
    write(repo, {"pipelines": {"mine.yaml": document(text)}})
    return text


@pytest.mark.slow
@needs_landlock
def test_denial_is_a_finding_beside_the_outcome(repo: Repo, source: str, tmp_path: Path) -> None:
    """The class loads, and the auditor sees what its module tried, and where."""
    report = audit(repo=repo.path, load=True)

    (pin,) = report.pins
    assert pin.load is not None
    assert pin.load.outcome == "loaded"
    (finding,) = (finding for finding in report.findings if finding.rule.id == "ZP023")
    assert f"code tried to open '{tmp_path / 'secret'}' at " in finding.message
    assert "trainers/step.py@" in finding.message
    assert finding.message.endswith(":1: denied")
    assert not report.is_clean


def test_head_of_the_report_states_the_walls(repo: Repo, source: str) -> None:
    """In every format."""
    report = audit(repo=repo.path, load=True)

    assert report.sandbox == standing_walls().text
    assert render_facts(report).startswith(f"sandbox: {report.sandbox}\n")
    assert json.loads(render(report))["sandbox"] == report.sandbox
    assert "<dt>Sandbox</dt>" in report_page(report)
    run = json.loads(sarif.render(report))["runs"][0]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[0]["message"]["text"] == f"sandbox: {report.sandbox}"


def test_sandbox_can_be_off(repo: Repo, source: str) -> None:
    """As it was before there was one: the code has all rights, and nothing is noted."""
    report = audit(repo=repo.path, load=True, sandbox="off")

    (pin,) = report.pins
    assert pin.load is not None
    assert (pin.load.outcome, pin.load.events) == ("loaded", ())
    assert report.sandbox == "off: code that is loaded has all rights of the user"


def test_audit_without_loads_says_nothing_of_the_sandbox(repo: Repo, source: str) -> None:
    """It starts no process."""
    report = audit(repo=repo.path)

    assert report.sandbox is None
    assert "sandbox" not in render_facts(report)


def test_required_sandbox_refuses_where_a_wall_is_missing(
    repo: Repo, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is loaded, with what is missing."""
    monkeypatch.setattr(walls_here, "standing_walls", lambda: WEAK)

    with pytest.raises(UnsupportedError, match="this kernel has no Landlock"):
        audit(repo=repo.path, load=True, sandbox="require")


def test_unknown_mode_is_refused(repo: Repo, source: str) -> None:
    """Not taken for another."""
    with pytest.raises(UnsupportedError, match="never"):
        audit(repo=repo.path, load=True, sandbox="never")


@pytest.mark.slow
@needs_landlock
def test_many_denials_are_counted(repo: Repo) -> None:
    """Ten are told one by one."""
    code = "for n in range(25):\n    try: open(f'/etc/new{n}', 'w')\n    except OSError: pass\nclass Mine: pass\n"
    head = commit(repo, {"trainers": {"step.py": code}})
    write(repo, {"pipelines": {"mine.yaml": document(f"trainers.step.Mine@{head}")}})

    messages = [f.message for f in audit(repo=repo.path, load=True).findings if f.rule.id == "ZP023"]

    assert len(messages) == 11
    assert "the sandbox denied 15 more things" in messages


def test_doctor_states_the_walls() -> None:
    """And what is not promised here."""
    (check,) = (check for check in doctor().checks if check.name == "sandbox")

    assert standing_walls().text in check.said


@pytest.mark.slow
def test_commands(
    repo: Repo, source: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`load --isolated` prints facts and events; `audit --load` takes the same options."""
    monkeypatch.chdir(repo.path)

    code = main(["load", "--isolated", "--env-pass", "FAKE", source])
    said = capsys.readouterr().out

    assert code == (1 if "files" in standing_walls().names else 0)
    assert said.splitlines()[:2] == [source, "outcome   loaded"]
    assert f"sandbox   {standing_walls().text}" in said
    assert "says      A trainer." in said
    assert "/secret'" in said

    main(["audit", "--load", "--sandbox=off"])
    assert "sandbox: off" in capsys.readouterr().out

    assert main(["load", "--isolated", "--strict", source]) == 1
    assert "takes no" in capsys.readouterr().err


@pytest.mark.slow
def test_isolated_load_of_a_revision(repo: Repo, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command line resolves stays on the command line; the class is that of the commit."""
    monkeypatch.chdir(repo.path)

    assert main(["load", "--isolated", "trainers.step.Mine@HEAD"]) in (0, 1)
