"""versions invents nothing: an object that is missing or damaged is named, and is not taken for a change of history."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.repositories import Files, Repo, commit, git, init
from zenml_pin.audit.history.tracing import versions
from zenml_pin.cli import main
from zenml_pin.errors import CommitNotFoundError, ObjectCorruptError, ObjectNotFoundError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.removed_classes import find_removal

NAME = "steps.tr.made.T"
# What the third of five commits lacks, by its path; the commit itself has none.
LACKS = {"root": "", "folder": "steps", "unit": "steps/tr", "text": "steps/tr/made.py"}


def _tree(number: int) -> Files:
    return {"steps": {"__init__.py": "", "tr": {"made.py": f"class T:\n    v = {number}\n"}}}


def _history(repo: Repo) -> list[str]:
    return [commit(repo, _tree(number)) for number in range(5)]


def _object_at(repo: Repo, commit_id: str, path: str) -> str:
    with GitRepository.open(repo.path) as repository:
        tree = CommitTree(repository.objects, commit_id)
        return tree.get(path).id if path else tree.commit.tree


def _lose(repo: Repo, object_id: str) -> None:
    os.remove(repo.loose(object_id))


def _damage(repo: Repo, object_id: str) -> None:
    _lose(repo, object_id)
    Path(repo.loose(object_id)).write_bytes(b"garbage")


@pytest.mark.parametrize("path", LACKS.values(), ids=LACKS)
def test_missing_object_is_named(repo: Repo, path: str) -> None:
    """It is not a commit that deleted the class, nor one without the class."""
    ids = _history(repo)
    lost = _object_at(repo, ids[2], path)
    _lose(repo, lost)

    with pytest.raises(ObjectNotFoundError) as caught:
        versions(NAME, repo=repo.path)

    assert caught.value.object_id == lost
    assert "partial clone" in caught.value.hint


@pytest.mark.parametrize("path", LACKS.values(), ids=LACKS)
def test_damaged_object_is_named(repo: Repo, path: str) -> None:
    """So is one whose bytes are not those of its id."""
    ids = _history(repo)
    damaged = _object_at(repo, ids[2], path)
    _damage(repo, damaged)

    with pytest.raises(ObjectCorruptError) as caught:
        versions(NAME, repo=repo.path)

    assert caught.value.object_id == damaged


def test_missing_commit_is_not_the_end_of_a_shallow_clone(repo: Repo) -> None:
    """Only a commit that the file `shallow` lists ends the history."""
    ids = _history(repo)
    _lose(repo, ids[2])

    with pytest.raises(CommitNotFoundError) as caught:
        versions(NAME, repo=repo.path)
    assert caught.value.commit_id == ids[2]

    Path(repo.commondir, "shallow").write_text(f"{ids[3]}\n")
    assert [version.what for version in versions(NAME, repo=repo.path).versions] == [
        "changed, class changed",
        "oldest here",
    ]


def test_missing_text_that_may_have_had_the_class_is_named(repo: Repo) -> None:
    """Without it nobody knows whether the module was added or renamed."""
    first = commit(repo, {"old": {"made.py": "class T:\n    v = 1\n"}})
    commit(repo, {"old": None, "new": {"made.py": "class T:\n    v = 2\n"}})
    lost = _object_at(repo, first, "old/made.py")
    _lose(repo, lost)

    with pytest.raises(ObjectNotFoundError) as caught:
        versions("new.made.T", repo=repo.path)

    assert caught.value.object_id == lost


def test_objects_that_decide_nothing_may_be_missing(repo: Repo) -> None:
    """Files beside the module are not read."""
    files = [{"made.py": f"class T: v = {number}\n", "beside.py": str(number)} for number in range(3)]
    ids = [commit(repo, {"steps": each}) for each in files]
    _lose(repo, _object_at(repo, ids[1], "steps/beside.py"))

    assert len(versions("steps.made.T", repo=repo.path).versions) == 3


def test_class_is_not_called_removed_where_a_folder_is_missing(repo: Repo) -> None:
    """The commit that lacks an object may have had the class, or not."""
    commit(repo, _tree(1))
    commit(repo, {**_tree(1), "README": ""})
    commit(repo, {"README": "x"})
    with GitRepository.open(repo.path) as repository:
        removal = find_removal(repository, "steps.tr.made", "T")
    assert removal is not None
    _lose(repo, _object_at(repo, removal.last, ""))

    with GitRepository.open(repo.path) as repository:
        assert find_removal(repository, "steps.tr.made", "T") is None


@pytest.mark.quick(every=2)
@pytest.mark.git
@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_partial_clone_has_all_versions_with_fetch(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without `--fetch` the error says how to get the objects; with it the answer is that of the full clone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    origin = init(tmp_path / "origin")
    _history(origin)
    git("config", "uploadpack.allowFilter", "true", cwd=origin.path)
    command = ["git", "clone", "-q", f"--filter={kind}", f"file://{origin.path}", str(tmp_path / "clone")]
    subprocess.run(command, check=True)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        return (code, *capsys.readouterr())

    clone = str(tmp_path / "clone")
    code, out, err = run("-C", clone, "versions", NAME)
    assert (code, out) == (2, "")
    assert "is missing from" in err
    assert "use --fetch" in err
    full = run("-C", origin.path, "versions", NAME)
    assert run("-C", clone, "versions", "--fetch", NAME) == full
    assert full[1].count("class changed") == 4


@pytest.mark.slow
@pytest.mark.git
def test_shallow_clone_has_all_versions_with_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk goes on where the clone ends."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    origin = init(tmp_path / "origin")
    _history(origin)
    clone = str(tmp_path / "clone")
    subprocess.run(["git", "clone", "-q", "--depth=2", f"file://{origin.path}", clone], check=True)

    here, whole = (versions(NAME, repo=clone, fetch=fetch) for fetch in (False, True))

    assert [(len(each.versions), each.is_complete) for each in (here, whole)] == [(2, False), (5, True)]
