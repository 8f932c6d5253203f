"""The first version of the project, in the words of ZenML's documentation."""

from __future__ import annotations

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, detach, linked_worktree, make_bare, snapshot, write

NAME = "trainers.my_awesome_trainer.my_trainer_step.MyAwesomeTrainer"
FOLDER = "trainers/my_awesome_trainer"


def version(number: int, **more: str) -> dict[str, dict[str, str | dict[str, str]]]:
    """Return the files of the documented repository with the trainer's n-th version."""
    step = f"class MyAwesomeTrainer:\n    epochs = {number}\n"
    return {"trainers": {"__init__.py": "", "my_awesome_trainer": {"my_trainer_step.py": step, **more}}}


def test_class_is_pinned_when_all_files_of_its_module_folder_are_committed(repo: Repo) -> None:
    """The source is `package.module.Class@` and the 40-digit id of HEAD."""
    head = commit(repo, version(1))

    source = zenml_pin.pin(NAME, repo=repo.path)

    assert str(source) == f"{NAME}@{head}"
    assert len(head) == 40


@pytest.mark.parametrize(
    "edit",
    [
        {"my_trainer_step.py": "class MyAwesomeTrainer: pass\n"},
        {"my_trainer_step.py": None},
        {"untracked.py": ""},
        {"deeper": {"untracked.txt": "x"}},
        {"committed_too.py": "x = 2\n"},
    ],
    ids=["edited", "deleted", "untracked", "untracked below", "a neighbour edited"],
)
def test_class_stays_unpinned_with_a_warning_that_names_the_file(repo: Repo, edit: dict[str, object]) -> None:
    """Any uncommitted file of the folder, at any depth, prevents a pin, and the warning names it."""
    commit(repo, version(1, **{"committed_too.py": "x = 1\n"}))
    write(repo, {"trainers": {"my_awesome_trainer": edit}})  # type: ignore[dict-item]
    path = next(iter(edit))

    with pytest.warns(zenml_pin.UnpinnedWarning, match=path):
        source = zenml_pin.pin(NAME, repo=repo.path)

    assert str(source) == NAME


def test_strict_raises_an_error_in_place_of_the_warning(repo: Repo) -> None:
    """`strict=True` turns the warning into an error that has the changes."""
    commit(repo, version(1))
    write(repo, version(2))

    with pytest.raises(zenml_pin.UncommittedChangesError) as caught:
        zenml_pin.pin(NAME, repo=repo.path, strict=True)

    assert [change.path for change in caught.value.changes] == [f"{FOLDER}/my_trainer_step.py"]
    assert caught.value.folder == FOLDER


def test_pinned_class_is_refused_while_its_folder_is_dirty(repo: Repo) -> None:
    """The in-memory checkout refuses when the folder has uncommitted files, and names them."""
    first = commit(repo, version(1))
    write(repo, version(2))

    with pytest.raises(zenml_pin.UncommittedChangesError, match=r"my_trainer_step\.py \(modified\)"):
        zenml_pin.load(f"{NAME}@{first}", repo=repo.path)

    assert zenml_pin.load(f"{NAME}@{first}", repo=repo.path, allow_dirty=True).epochs == 1


def test_dirt_elsewhere_does_not_matter(repo: Repo) -> None:
    """The unit is the folder of the class; edits in another folder do not refuse anything."""
    first = commit(repo, {**version(1), "notes.txt": "a"})
    write(repo, {"notes.txt": "b", "other": {"new.py": ""}})

    assert zenml_pin.pin(NAME, repo=repo.path).commit_id == first
    assert zenml_pin.load(f"{NAME}@{first}", repo=repo.path).epochs == 1


def test_class_of_a_repository_without_commits_is_unpinned(repo: Repo) -> None:
    """Without a commit the class is unpinned with a warning; there is no exception."""
    write(repo, version(1))

    with pytest.warns(zenml_pin.UnpinnedWarning, match="no commit yet"):
        source = zenml_pin.pin(NAME, repo=repo.path)

    assert str(source) == NAME


def test_detached_head_is_pinned(repo: Repo) -> None:
    """A pin needs a commit, not a branch."""
    first = commit(repo, version(1))
    commit(repo, version(2))
    detach(repo, first)

    assert zenml_pin.pin(NAME, repo=repo.path).commit_id == first


def test_linked_worktree_pins_and_loads(repo: Repo, tmp_path: object) -> None:
    """A linked worktree has its own HEAD and files, and the same objects."""
    first = commit(repo, version(1))
    second = commit(repo, version(2))
    linked = linked_worktree(repo, f"{tmp_path}/linked", first)

    assert zenml_pin.pin(NAME, repo=linked.path).commit_id == first
    assert zenml_pin.load(f"{NAME}@{second}", repo=linked.path).epochs == 2


def test_bare_repository_loads_without_a_check(repo: Repo, tmp_path: object) -> None:
    """Without a working tree there is nothing to check."""
    first = commit(repo, version(1))
    bare = make_bare(repo, f"{tmp_path}/bare.git")

    assert zenml_pin.load(f"{NAME}@{first}", repo=bare.path).epochs == 1


def test_loading_and_refusing_change_no_byte(repo: Repo) -> None:
    """Worktree and `.git` stay the same, byte for byte and nanosecond for nanosecond."""
    first = commit(repo, version(1))
    second = commit(repo, version(2))
    write(repo, version(3))
    before = snapshot(repo.path)

    for commit_id in (first, second):
        with pytest.raises(zenml_pin.UncommittedChangesError):
            zenml_pin.load(f"{NAME}@{commit_id}", repo=repo.path)
        zenml_pin.load(f"{NAME}@{commit_id}", repo=repo.path, allow_dirty=True)

    assert snapshot(repo.path) == before
