"""What helps against uncommitted changes: "commit them" is said only where that helps."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.documents_by_line import document
from tests.support.repositories import Repo, commit, write
from tests.support.run_command import run
from zenml_pin.audit import check
from zenml_pin.audit.facts.folders import Units
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import Change
from zenml_pin.git.status.kinds import ChangeKind
from zenml_pin.git.status.remedies import find_remedy

NAME = "steps.made.T"
ATTRIBUTE = "take this attribute from the code in .gitattributes, and commit that"


def attribute(text: str) -> dict[str, Any]:
    """Return the files of a repository whose code has an attribute."""
    return {"steps": {"made.py": "class T: pass\n"}, ".gitattributes": f"*.py {text}\n"}


ATTRIBUTES = {
    "working-tree-encoding=UTF-16": ATTRIBUTE,
    "filter=mine": ATTRIBUTE,
}


@pytest.fixture
def here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository that is the current folder; a filter is in its configuration."""
    monkeypatch.chdir(repo.path)
    with Path(repo.commondir, "config").open("a") as file:
        file.write('[filter "mine"]\n\tclean = cat\n')
    return repo


def hints(capsys: pytest.CaptureFixture[str], pinned: str) -> list[str]:
    """Return what `pin`, `load` and `check` (of an unpinned source, and of a pin) say that helps."""
    with pytest.raises(zenml_pin.UncommittedChangesError) as refused:
        zenml_pin.pin(NAME, strict=True)
    _, _, err = run(capsys, "load", pinned)
    found = []
    for source in (NAME, pinned):
        write(Repo(os.getcwd(), "", "", False, "sha1"), {"pipelines": {"p.yaml": document(source)}})
        found += [finding.hint for finding in check().findings if finding.rule.id == "ZP002"]
    return [refused.value.hint, err.rpartition("hint: ")[2].strip(), *found]


@pytest.mark.parametrize(("text", "remedy"), ATTRIBUTES.items(), ids=ATTRIBUTES)
def test_an_attribute_that_is_not_evaluated(
    here: Repo, text: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is not even edited."""
    head = commit(here, attribute(text))

    assert hints(capsys, f"{NAME}@{head}") == [
        f"{remedy}, then pin again",
        f"{remedy}, or load with --allow-dirty",
        f"{remedy}, then pin",
        f"{remedy}; until then its pins cannot be loaded",
    ]


@pytest.mark.parametrize("content", [b"", b"XXXX" + bytes(40), b"DIRC\0\0\0\x02\0\0\0\x05" + bytes(20)])
def test_a_damaged_index(here: Repo, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be committed with it."""
    head = commit(here, {"steps": {"made.py": "class T: pass\n"}})
    Path(here.gitdir, "index").write_bytes(content)

    assert {hint.partition(", ")[0].partition(";")[0] for hint in hints(capsys, f"{NAME}@{head}")} == {
        "make a new index: delete the index file in .git"
    }


WHOLE = {
    "version": (b"DIRC\0\0\0\x05" + bytes(24), "run 'git update-index --index-version 4'"),
    "extension": (
        b"DIRC\0\0\0\x02\0\0\0\0" + b"zzzz" + bytes(4 + 20),
        "run 'git status': it says whether git can read the index",
    ),
}


@pytest.mark.parametrize(("content", "remedy"), WHOLE.values(), ids=WHOLE)
def test_an_index_that_may_be_whole_is_not_deleted(
    here: Repo, content: bytes, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has what is staged alone."""
    head = commit(here, {"steps": {"made.py": "class T: pass\n"}})
    Path(here.gitdir, "index").write_bytes(content)

    found = hints(capsys, f"{NAME}@{head}")

    assert {hint.partition(", ")[0].partition(";")[0] for hint in found} == {remedy}


def test_a_missing_object_has_its_own_hint(here: Repo) -> None:
    """To commit does not bring a tree that a partial clone lacks."""
    head = commit(here, {"steps": {"made.py": "class T: pass\n"}, "pipelines": {"p.yaml": document(NAME)}})
    with GitRepository.open(here.path) as repository:
        units = Units(repository)
        os.remove(here.loose(CommitTree(repository.objects, head).get("steps").id))
        message, _, remedy = units.problem("steps", ("",))

    assert "is missing" in message
    assert "git fetch --refetch --no-filter" in remedy


def test_files_that_are_only_edited_are_committed(here: Repo, capsys: pytest.CaptureFixture[str]) -> None:
    """As ever."""
    head = commit(here, {"steps": {"made.py": "class T: pass\n"}})
    write(here, {"steps": {"made.py": "class T: x = 1\n"}})

    assert hints(capsys, f"{NAME}@{head}") == [
        "commit these files, then pin again",
        "commit them, or load with --allow-dirty",
        "commit them, then pin",
        "commit them; until then its pins cannot be loaded",
    ]


def test_what_a_sparse_checkout_leaves_out_is_not_committed_as_deleted() -> None:
    """A folder may have such files beside edited ones."""
    left_out = Change("steps/made.py", ChangeKind.DELETED, "left out by a sparse checkout")
    edited = Change("steps/more.py", ChangeKind.MODIFIED)

    assert find_remedy([left_out]) == "add the folder with 'git sparse-checkout add'"
    assert find_remedy([edited, left_out]) == "add the folder with 'git sparse-checkout add'; commit them"
