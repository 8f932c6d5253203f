"""Imports that take a file of the repository through `sys.path`; no pin has it. Each verb gives the same reason."""

from __future__ import annotations

import sys

import pytest

import zenml_pin
from tests.support.documents_by_line import document
from tests.support.repositories import Repo, commit, write
from tests.support.run_command import run
from zenml_pin.audit import check

NAME = "steps.made.T"


@pytest.fixture
def here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository that is the current folder."""
    monkeypatch.chdir(repo.path)
    return repo


def findings() -> str:
    """Return what `check` says."""
    return " ".join(f"{finding.rule.id} {finding.message} {finding.hint}" for finding in check().findings)


@pytest.mark.parametrize("on_path", [True, False], ids=["on sys.path", "not on sys.path"])
@pytest.mark.parametrize("root", ["", "src/"], ids=["root", "src"])
def test_a_forgotten_file_at_a_source_root_is_untracked(
    here: Repo, on_path: bool, root: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether or not `sys.path` leads to it, as it does for `python -m` and in a script: its name is already full."""
    top = {"steps": {"made.py": "import helper\nclass T: pass\n"}}
    commit(here, {"src": top} if root else top)
    helper = {"helper.py": ""}
    write(here, {"src": helper} if root else helper)
    if on_path:
        monkeypatch.syspath_prepend(here.join(root) if root else here.path)
    said = (
        f"{root}steps/made.py imports {root}helper.py: '{root}helper.py' has 1 uncommitted change: "
        f"{root}helper.py (untracked)"
    )

    code, out, err = run(capsys, "pin", NAME)

    assert (code, out) == (1, f"{NAME}\n")
    assert err == f"warning: '{NAME}' stays unpinned: {said}; commit these files, then pin again\n"
    with pytest.raises(zenml_pin.UncommittedChangesError, match="untracked"):
        zenml_pin.pin(zenml_pin.load(NAME) if on_path else NAME, strict=True)
    status = zenml_pin.status(zenml_pin.Source.parse(NAME))
    assert ([change.path for change in status.changes], status.reasons) == ([f"{root}helper.py"], ())
    write(here, {"pipelines": {"p.yaml": document(NAME)}})
    shown = findings()
    assert said in shown
    assert "sys.path" not in shown


def test_a_file_that_sys_path_finds_before_an_untracked_one_is_a_detour(
    here: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have the name; what runs is the other one."""
    commit(here, {"steps": {"made.py": "import helper\nclass T: pass\n"}, "lib": {"helper.py": ""}})
    write(here, {"helper.py": ""})
    monkeypatch.setattr(sys, "path", [here.join("lib"), here.path, *sys.path])

    status = zenml_pin.status(zenml_pin.Source.parse(NAME))

    assert [change.path for change in status.changes] == ["helper.py"]
    assert status.reasons == (
        "steps/made.py:1: 'import helper' takes 'lib/helper.py' through sys.path, which is not part of a pin",
    )
