"""--source-root: commands name the modules of a commit from given folders."""

from __future__ import annotations

import json

import pytest

from tests.support.repositories import Repo, commit
from tests.support.run_command import run
from zenml_pin.importing.given_roots import roots_id_of

STEP = "class A:\n    epochs = 1\n"
PIPELINE = "zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0"
DOCUMENT = f"version: '1'\npipeline: {{name: mine, type: training, source: {PIPELINE}}}\n"
ML = roots_id_of(("ml",))


@pytest.fixture
def first(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit with a class in `ml/steps`; the repository is the current folder."""
    monkeypatch.chdir(repo.path)
    return commit(repo, {"ml": {"steps": {"__init__.py": "", "a.py": STEP}}})


def test_load_names_modules_from_the_given_folder(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the command and after it, also with a revision; the answer has the roots id."""
    for arguments in (
        ("--source-root", "ml", "load", f"steps.a.A@{first}"),
        ("load", "--source-root", "ml", "steps.a.A@HEAD"),
        ("load", f"steps.a.A@{first}_r{ML}", "--source-root", "./ml/"),
    ):
        code, out, err = run(capsys, *arguments)

        assert (code, err) == (0, "")
        assert out.startswith(f"steps.a.A@{first}_r{ML}")


def test_without_it_the_hint_names_the_folder(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The commit is searched for a folder that has the module."""
    code, _, err = run(capsys, "load", f"steps.a.A@{first}")

    assert code == 1
    assert "--source-root ml" in err


def test_an_unknown_roots_id_names_the_option(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On the command line the hint is the option."""
    code, _, err = run(capsys, "load", f"steps.a.A@{first}_r00000000")

    assert code == 1
    assert "--source-root" in err


def test_pin_prints_the_roots_id(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A pinned source with given roots is a whole source, for a document too."""
    code, out, _ = run(capsys, "pin", "--source-root", "ml", "--rev", "HEAD", "steps.a.A")

    assert (code, out) == (0, f"steps.a.A@{first}_r{ML}\n")


def test_check_takes_it_for_the_pins_of_documents(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it the module is missing at its commit; a document may state it too."""
    steps = f"steps:\n  training: {{source: steps.a.A@{first}}}\n"
    commit(repo, {"pipelines": {"mine.yaml": DOCUMENT + steps}}, base=first)
    rules = _rules(run(capsys, "check", "--format", "json"))
    rules_given = _rules(run(capsys, "check", "--format", "json", "--source-root", "ml"))
    commit(repo, {"pipelines": {"mine.yaml": DOCUMENT + "source_roots: [ml]\n" + steps}}, base=first)
    rules_stated = _rules(run(capsys, "check", "--format", "json"))

    assert "ZP004" in rules
    assert "ZP004" not in rules_given
    assert "ZP004" not in rules_stated


def _rules(ran: tuple[int, str, str]) -> set[str]:
    """Return the rules of the findings that a command printed."""
    return {finding["rule"] for finding in json.loads(ran[1])["findings"]}


@pytest.mark.parametrize("command", ["cat", "verify"])
def test_other_commands_take_it(first: str, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Commands that read a source's files find them in the folder."""
    code, out, err = run(capsys, command, "--source-root", "ml", f"steps.a.A@{first}")

    assert (code, err) == (0, "")
    assert out


def test_a_folder_outside_is_refused(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says so."""
    code, _, err = run(capsys, "load", "--source-root", "../ml", f"steps.a.A@{first}")

    assert code == 1
    assert "is not a folder of the repository" in err
