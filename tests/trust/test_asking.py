"""A command that only reads executes nothing: no code of the commit, no process, no command from a config.

Every command that only reads, and its call in the library, runs under an audit hook in a repository whose modules,
documents, settings and hooks would each leave a trace.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Executable, Files, Repo, commit, configure, snapshot, write
from tests.support.trust.watch_execution import code, processes
from zenml_pin.cli import main
from zenml_pin.cli.parser import make_parser

TRAP = "import pathlib\npathlib.Path({canary!r}).touch()\nclass A:\n    epochs = 1\n"
DOCUMENT = """\
pipeline: {name: trap, type: training, source: zenml_pin.pipelines.TrainingPipeline, args: {}}
datasource: {id: d, name: d, source: pkg.step.A, args: {}}
steps: {training: {source: pkg.step.A, args: {x: {$class: pkg.step.A}}}}
"""
# Commands that only read. A new one must be added here, or below.
ASKING: dict[str, list[list[str]]] = {
    "status": [["status"], ["status", "pkg"], ["status", "pkg.step.A"]],
    "pin": [
        ["pin", "pkg.step.A"],
        ["pin", "pkg.step.A", "--rev", "HEAD"],
        ["pin", "--dry-run", "pipelines/p.yaml"],
    ],
    "cat": [["cat", "pkg.step.A"], ["cat", "HEAD:pkg/step.py"], ["cat", "HEAD:setup.cfg"]],
    "ls": [["ls"], ["ls", "pkg.step.A"], ["ls", "HEAD:pkg"]],
    "pipelines": [["pipelines"]],
    "steps": [["steps"]],
    "runs": [["runs"], ["runs", "trap"]],
    "check": [["check"], ["check", "pipelines/p.yaml", "--format", "sarif"], ["check", "--staged"]],
    "audit": [["audit"], ["audit", "--rev", "HEAD", "--format", "json"], ["audit", "--all-history"]],
    "diff": [["diff", "pkg.step.A@HEAD"], ["diff", "pkg.step.A@HEAD", "HEAD", "--format", "html"]],
    "versions": [["versions", "pkg.step.A"], ["versions", "pkg.step.A", "--format", "json"]],
    "doctor": [["doctor"]],
    "store": [["store"], ["store", "--all"], ["store", "gc", "--dry-run"]],
    "env": [["env"]],
    "completion": [["completion", "bash"], ["completion", "fish"]],
    "help": [["help"], ["help", "how-to"], ["help", "load"], ["help", "nothing"]],
    "verify": [["verify", "pkg.step.A@HEAD"], ["verify", "pkg.step.A@HEAD", "--allowed-signers", "signers"]],
}
# doctor tries the walls of the sandbox in a Python of its own, which runs nothing of the repository.
OWN_PROCESSES = {"doctor": {f"subprocess.Popen {sys.executable!r}"}}
# Commands whose purpose is to run code, or to write.
DOING = {"init", "load", "run", "demo", "bundle", "reproduce", "bisect"}


@pytest.fixture
def trapped(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace in which all code that runs leaves a trace in the returned canary."""
    canary = tmp_path / "canary"
    trap = TRAP.format(canary=str(canary))
    files: Files = {
        "pkg": {"__init__.py": trap, "step.py": f"import pkg.helper\n{trap}", "helper.py": trap},
        "conftest.py": trap,
        "setup.py": trap,
        "sitecustomize.py": trap,
        "setup.cfg": "[zenml_pin]\nsource_roots = .\n",
        ".gitattributes": "*.py filter=x diff=x ident\n",
        "pipelines": {"p.yaml": DOCUMENT},
        ".zenml": {".zenml_config": "{}"},
        "hook.sh": Executable(f"#!/bin/sh\necho hook >> {canary}\ncat\n"),
    }
    commit(repo, files)
    script = repo.join("hook.sh")
    for section, name in (
        ("core", "fsmonitor"),
        ("core", "pager"),
        ("filter.x", "clean"),
        ("filter.x", "process"),
        ("diff.x", "textconv"),
        ("gpg", "program"),
    ):
        configure(repo, section, name, script)
    write(repo, {"pkg": {"untracked.py": trap}})
    monkeypatch.chdir(repo.path)
    monkeypatch.setattr(sys, "path", [repo.path, *sys.path])
    return canary


@pytest.mark.parametrize("command", ASKING)
def test_asking_command_runs_nothing(
    repo: Repo, trapped: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No code object has a file of the repository, no process of others starts, and nothing is written."""
    before = snapshot(repo.path)
    for arguments in ASKING[command]:
        with code() as ran, processes() as started:
            assert main(arguments) in (0, 1, 2)

        assert [event for event in ran if repo.path in event or "<zenml-pin>" in event] == []
        assert set(started) <= OWN_PROCESSES.get(command, set())
    assert not trapped.exists()
    assert snapshot(repo.path) == before


ASKS: dict[str, Callable[[str], object]] = {
    "status of a folder": lambda path: zenml_pin.status("", repo=path),
    "status of a source": lambda path: zenml_pin.status(zenml_pin.Source("pkg.step", "A"), repo=path),
    "pin by name": lambda path: zenml_pin.pin("pkg.step.A", repo=path, commit="HEAD"),
    "names": lambda path: zenml_pin.Repository(path).get_pipeline_names(),
    "datasource names": lambda path: zenml_pin.Repository(path).get_datasource_names(),
    "step versions": lambda path: zenml_pin.Repository(path).get_step_versions(),
    "documents": lambda path: zenml_pin.Repository(path).load_pipeline_config("p.yaml"),
    "entries": lambda path: list(zenml_pin.checkout("HEAD", repo=path).entries()),
    "bytes": lambda path: zenml_pin.checkout("HEAD", repo=path).read_bytes("pkg/step.py"),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_asking_call_runs_nothing(repo: Repo, trapped: Path, ask: Callable[[str], object]) -> None:
    """The same for the library."""
    with code() as ran, processes() as started:
        assert ask(repo.path) is not None

    assert [event for event in ran if repo.path in event or "<zenml-pin>" in event] == []
    assert started == []
    assert not trapped.exists()


def test_a_bundle_is_written_without_running_anything(repo: Repo, trapped: Path, tmp_path: Path) -> None:
    """Only its file is written."""
    with code() as ran, processes() as started:
        assert main(["bundle", "pkg.step.A@HEAD", "-o", str(tmp_path / "pin.bundle")]) == 0

    assert [event for event in ran if repo.path in event or "<zenml-pin>" in event] == []
    assert started == []
    assert not trapped.exists()


def test_every_command_asks_or_does() -> None:
    """A new command must be added to one of the two lists."""
    parser = make_parser()
    (verbs,) = [action.choices for action in parser._actions if isinstance(action.choices, dict)]

    assert set(verbs) == set(ASKING) | DOING


def test_the_watch_sees_what_runs(repo: Repo, trapped: Path) -> None:
    """A load runs the module, and the start of a process is noticed."""
    with code() as ran, processes() as started:
        zenml_pin.load("pkg.step.A", repo=repo.path)
        subprocess.run([sys.executable, "-c", ""], check=True)

    assert [event for event in ran if repo.path in event]
    assert started
    assert trapped.exists()
    assert os.getcwd() == repo.path
