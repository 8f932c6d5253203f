"""`status` of a class: the same answer as `pin`, in Python, on the command line and in `check`."""

from __future__ import annotations

import os
from typing import Any

import pytest

import zenml_pin
from tests.support.documents_by_line import document
from tests.support.repositories import Repo, commit, get_head, write
from tests.support.run_command import run
from zenml_pin.audit import check

NAME = "trainers.logreg.step.LogReg"
STEP = "from common.tools.frames import clean\n\n\nclass LogReg:\n    pass\n"
FILES: dict[str, Any] = {
    "trainers": {"__init__.py": "", "logreg": {"__init__.py": "", "step.py": STEP}},
    "common": {"__init__.py": "", "tools": {"__init__.py": "", "frames.py": "def clean(x):\n    return x\n"}},
}


@pytest.fixture
def here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A class that imports a helper, committed; the current folder is the repository."""
    commit(repo, FILES)
    monkeypatch.chdir(repo.path)
    return repo


def test_an_edited_helper_keeps_a_class_from_being_pinned(
    here: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    """As text, as a source, as a class, and on the command line; the folder alone is clean."""
    write(here, {"common": {"tools": {"frames.py": "def clean(x):\n    return x + 1\n"}}})
    cls = zenml_pin.load(NAME)

    answers = [
        zenml_pin.status(what) for what in (NAME, zenml_pin.Source("trainers.logreg.step", "LogReg"), cls)
    ]

    assert len(set(answers)) == 1
    [change] = answers[0].changes
    assert (answers[0].folder, change.path, change.kind.value, answers[0].clean) == (
        "trainers/logreg",
        "common/tools/frames.py",
        "modified",
        False,
    )
    assert zenml_pin.status("trainers/logreg").clean
    code, out, _ = run(capsys, "status", NAME)
    assert (code, out) == (
        1,
        "trainers/logreg: 1 uncommitted change\n  modified: common/tools/frames.py\n",
    )
    assert run(capsys, "pin", NAME)[0] == 1


OBSTACLES = {
    "native code": {"trainers": {"logreg": {"step.py": "import fast\nclass LogReg: pass\n"}}, "fast.so": "x"},
    "no class": {"trainers": {"logreg": {"step.py": "class Other: pass\n"}}},
    "not parsed": {
        "trainers": {"logreg": {"step.py": "import broken\nclass LogReg: pass\n"}},
        "broken.py": "print 1\n",
    },
}


@pytest.mark.parametrize("files", OBSTACLES.values(), ids=OBSTACLES)
def test_clean_means_that_pin_gives_a_pin(here: Repo, files: Any) -> None:
    """Whatever keeps the class from being pinned, `status` says it, and `check` does."""
    commit(here, {**FILES, **files})
    source = zenml_pin.Source("trainers.logreg.step", "LogReg")

    with pytest.raises(zenml_pin.UnpinnedError) as refused:
        zenml_pin.pin(source, strict=True)
    status = zenml_pin.status(source)

    assert (status.clean, status.changes) == (False, ())
    assert any(text in str(refused.value) for text in status.reasons)
    write(here, {"pipelines": {"mine.yaml": document(str(source))}})
    shown = " ".join(f"{finding.rule.id} {finding.message} {finding.hint}" for finding in check().findings)
    assert status.reasons[0] in shown or "ZP005" in shown


def test_before_the_first_commit_a_class_cannot_be_pinned(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The status has its files and the reason."""
    write(repo, FILES)
    monkeypatch.chdir(repo.path)

    status = zenml_pin.status(NAME)

    assert [change.path for change in status.changes] == [
        "trainers/logreg/__init__.py",
        "trainers/logreg/step.py",
    ]
    assert "has no commit yet" in status.reasons[0]
    assert "has no commit yet" in run(capsys, "status", NAME)[1]


def test_a_folder_wins_over_a_class_of_its_name(here: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    """On disk, in the index or in HEAD: the answer never changes its subject because a folder was deleted."""
    odd = {"a.b.C": {"x.txt": "1"}}
    commit(here, {**odd, "a": {"b.py": "class C: pass\n"}}, base=get_head(here))
    assert zenml_pin.status("a.b.C").folder == "a.b.C"

    os.remove("a.b.C/x.txt")
    os.rmdir("a.b.C")

    assert [change.path for change in zenml_pin.status("a.b.C").changes] == ["a.b.C/x.txt"]
    code, out, _ = run(capsys, "status", "a.b.C")
    assert (code, out.splitlines()[0]) == (1, "a.b.C: 1 uncommitted change")


@pytest.mark.parametrize(
    ("text", "hint"),
    {
        "nofolder": "a class is named as in module.Class",
        "nowhere.step.LogReg": "has no module 'nowhere.step'",
        "no/folder": "a class is named as in module.Class",
        "trainers.logreg.1": "is not a Python name",
    }.items(),
)
def test_neither_a_folder_nor_a_class_names_both_readings(
    here: Repo, text: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """ "Clean" would be a wrong answer, and half of the answer would not help."""
    with pytest.raises(zenml_pin.PathNotFoundError, match=f"path '{text}' does not exist") as caught:
        zenml_pin.status(text)

    assert "folders are named relative to the root" in caught.value.hint
    assert hint in caught.value.hint
    code, out, err = run(capsys, "status", text)
    assert (code, out) == (2, "")
    assert hint in err


def test_every_import_at_fault_is_a_reason(here: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    """Two of one file are two reasons, in the order of the file: whoever mends one meets the other."""
    text = "def above():\n    from .... import x\n    from ..... import y\n    from __pycache__ import z\n"
    commit(here, {"trainers": {"logreg": {"step.py": f"{text}\nclass LogReg: pass\n"}}})

    status = zenml_pin.status(NAME)

    endings = [reason.rpartition(": ")[2] for reason in status.reasons]
    above = [f"its line {line} imports from above its source root" for line in (2, 3)]
    assert [ending for ending in endings if ending.startswith("it")] == [
        *above,
        "it imports from __pycache__, which is never committed",
    ]
    _, out, _ = run(capsys, "status", NAME)
    assert all(ending in out for ending in endings)
