"""The clean check, without git: its answers, what it does not change, and its answers when something goes wrong."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support.repositories import (
    Executable,
    Files,
    Link,
    Repo,
    Submodule,
    commit,
    configure,
    init,
    linked_worktree,
    make_bare,
    put,
    set_ref,
    snapshot,
    write,
)
from zenml_pin.errors import ObjectNotFoundError, PinError, UnsupportedError
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status import Change, Status, disk, get_status
from zenml_pin.git.status.changes import Changes
from zenml_pin.git.status.kinds import ChangeKind

PACKAGE: Files = {"__init__.py": "", "step.py": "class A: epochs = 1\n", "run.sh": Executable("exit\n")}
FILES: Files = {"pkg": PACKAGE}


def ask(repo: Repo, path: str = "pkg") -> Status:
    """Check a path; the check must not change anything."""
    before = snapshot(repo.path)
    status = ask_at_once(repo, path)
    assert snapshot(repo.path) == before
    return status


def ask_at_once(repo: Repo, path: str = "pkg") -> Status:
    """Check a path while something changes."""
    with GitRepository.open(repo.path) as repository:
        return get_status(repository, path)


def labels(status: Status) -> dict[str, str]:
    """Return the label of each changed path."""
    return {change.path: change.label for change in status.changes}


def test_committed_folder_is_clean(repo: Repo) -> None:
    """P6: HEAD, index and disk have the same content."""
    commit(repo, FILES)

    assert ask(repo) == Status("pkg")
    assert ask(repo).clean


def test_each_change_has_its_kind(repo: Repo) -> None:
    """Changes are sorted by path, each with its kind in git's words."""
    commit(repo, {**FILES, ".gitignore": "*.log\nsecret.py\n", "pkg": {**PACKAGE, "link": Link("step.py")}})
    write(
        repo,
        {"pkg": {"step.py": "class A: epochs = 2\n", "__init__.py": None, "new.py": "", "secret.py": ""}},
    )
    write(repo, {"pkg": {"a.log": "", "link": "step.py", "run.sh": "exit\n"}})

    assert list(labels(ask(repo)).items()) == [
        ("pkg/__init__.py", "deleted"),
        ("pkg/link", "typechange"),
        ("pkg/new.py", "untracked"),
        ("pkg/run.sh", "modified"),
        ("pkg/secret.py", "ignored-importable"),
        ("pkg/step.py", "modified"),
    ]


def test_cache_folders_never_count(repo: Repo) -> None:
    """P6: nothing in `__pycache__` can reach a pin."""
    commit(repo, {"pkg": {"step.py": "", "__pycache__": {"step.pyc": "1"}}})
    write(repo, {"pkg": {"__pycache__": {"step.pyc": "2", "other.pyc": "3"}}})

    assert ask(repo).clean


@pytest.mark.parametrize("path", ["nowhere", "pkg/nowhere", "pkg/step.py/nowhere"])
def test_absent_path_is_clean(repo: Repo, path: str) -> None:
    """A path that is absent from HEAD, index and disk is clean: it was deleted, and its old pins load."""
    commit(repo, FILES)

    assert ask(repo, path).clean


def test_path_is_a_file_or_a_folder(repo: Repo) -> None:
    """The path works like git's pathspec: one file, or a folder with everything below it."""
    commit(repo, FILES)
    write(repo, {"pkg": {"step.py": "class A: epochs = 2\n"}, "pkg.py": ""})

    assert labels(ask(repo, "pkg/step.py")) == {"pkg/step.py": "modified"}
    assert ask(repo, "pkg/run.sh").clean
    assert set(labels(ask(repo, ""))) == {"pkg.py", "pkg/step.py"}
    assert ask(repo, "pkg/") == ask(repo, "pkg")


@pytest.mark.parametrize("path", ["/etc", "../x", "pkg/../..", ".git", ".git/HEAD", "a\0b", "a\ud800"])
def test_path_outside_the_worktree_is_refused(repo: Repo, path: str) -> None:
    """P9: a path outside the repository is an error, not an answer."""
    commit(repo, FILES)

    with pytest.raises(UnsupportedError, match="is not a "):
        ask(repo, path)


def test_bare_repository_has_nothing_to_check(repo: Repo, tmp_path: Path) -> None:
    """P8: a bare repository is read, but has no worktree."""
    commit(repo, FILES)
    bare = make_bare(repo, tmp_path / "bare.git")

    with GitRepository.open(bare.path) as repository, pytest.raises(UnsupportedError, match="bare"):
        get_status(repository, "pkg")


def test_unborn_repository_has_everything_untracked(repo: Repo) -> None:
    """Before the first commit nothing is committed, and an empty folder is clean."""
    assert ask(repo, "").clean

    write(repo, FILES)

    assert set(labels(ask(repo)).values()) == {"untracked"}


def test_linked_worktree_has_its_own_index(repo: Repo, tmp_path: Path) -> None:
    """P8: a linked worktree is checked against its own HEAD and index."""
    commit(repo, FILES)
    linked = linked_worktree(repo, tmp_path / "linked")
    write(repo, {"pkg": {"step.py": ""}})

    assert ask(linked).clean
    assert not ask(repo).clean


def test_replaced_commit_is_not_committed(repo: Repo) -> None:
    """A pin names the real commit, but git shows the replacement."""
    first = commit(repo, FILES)
    second = commit(repo, {"pkg": {"step.py": "class A: epochs = 2\n"}})
    set_ref(repo, f"refs/replace/{second}", first)

    assert "replaced by another" in labels(ask(repo))["pkg"]


def test_fifo_in_place_of_packed_refs_does_not_hang(repo: Repo) -> None:
    """Nothing opens it and waits."""
    commit(repo, FILES)
    os.mkfifo(os.path.join(repo.gitdir, "packed-refs"))

    assert ask(repo).clean


def test_environment_does_not_choose_the_repository(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """GIT_DIR and similar variables are for git's own processes: a hook passes them on."""
    commit(repo, FILES)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")

    assert ask(repo).clean


# Things that go wrong


def test_file_that_cannot_be_read_is_not_committed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable file is an answer, not a crash."""
    commit(repo, FILES)
    opening = os.open

    def refuse(path: str | bytes, flags: int) -> int:
        if path == os.fsencode(repo.join("pkg/step.py")):
            raise PermissionError(13, "Permission denied", path)
        return opening(path, flags)

    monkeypatch.setattr(os, "open", refuse)

    assert labels(ask_at_once(repo)) == {"pkg/step.py": "unsupported: it cannot be read: Permission denied"}


def test_folder_that_cannot_be_listed_is_not_committed(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content of an unreadable folder is unknown."""
    commit(repo, FILES)
    listing = os.scandir

    def refuse(path: bytes) -> object:
        if path == os.fsencode(repo.join("pkg")):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)

    assert labels(ask_at_once(repo))["pkg"] == "unsupported: it cannot be listed: Permission denied"


@pytest.mark.parametrize("change", ["removed", "fifo", "folder", "grown"])
def test_file_that_changes_while_it_is_checked_is_not_committed(
    repo: Repo, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens to a file between its listing and its reading, the answer is not "clean"."""
    commit(repo, FILES)
    path = repo.join("pkg/step.py")
    read = disk.hash_file

    def meddle(name: bytes, object_format: str) -> str | None:
        if name.endswith(b"step.py"):
            with open(path, "a") as file:
                file.write("more\n")
            if change != "grown":
                os.remove(path)
            if change == "fifo":
                os.mkfifo(path)
            if change == "folder":
                os.mkdir(path)
        return read(name, object_format)

    monkeypatch.setattr("zenml_pin.git.status.comparison.hash_file", meddle)

    assert not ask_at_once(repo).clean


def test_folder_that_goes_while_it_is_checked_is_not_committed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a folder disappears between two listings, its files count as deleted."""
    commit(repo, {"pkg": {"a": {"step.py": ""}}})
    listing = os.scandir

    def meddle(path: bytes) -> object:
        if path == os.fsencode(repo.join("pkg/a")):
            os.rename(repo.join("pkg"), repo.join("gone"))
        return listing(path)

    monkeypatch.setattr(os, "scandir", meddle)

    assert labels(ask_at_once(repo)) == {"pkg/a/step.py": "deleted"}


def test_fifo_in_the_place_of_a_file_does_not_hang(repo: Repo) -> None:
    """A FIFO is never opened for reading."""
    commit(repo, FILES)
    os.remove(repo.join("pkg/step.py"))
    os.mkfifo(repo.join("pkg/step.py"))

    assert labels(ask(repo)) == {"pkg/step.py": "typechange"}


def test_locked_index_is_read_as_it_is(repo: Repo) -> None:
    """Another process's lock does not prevent reading."""
    commit(repo, FILES)
    with open(repo.index + ".lock", "wb"):
        pass

    assert ask(repo).clean


def test_missing_tree_is_an_error_that_names_it(repo: Repo) -> None:
    """P9: without an object that HEAD needs, there is no answer."""
    commit(repo, FILES)
    with GitRepository.open(repo.path) as repository:
        head = repository.head_commit()
        assert head is not None
        tree = repository.objects.entries(head.tree)["pkg"].id
    os.remove(repo.loose(tree))

    with pytest.raises(ObjectNotFoundError, match=tree):
        ask(repo)


@pytest.mark.parametrize("name", ["core.autocrlf", "core.fileMode", "core.ignoreCase", "core.trustctime"])
def test_invalid_setting_is_not_committed(repo: Repo, name: str) -> None:
    """A setting that git refuses makes the folder uncommitted, with the reason."""
    commit(repo, FILES)
    section, _, key = name.partition(".")
    configure(repo, section, key, "maybe")

    assert "'maybe'" in labels(ask(repo)).popitem()[1]


def test_path_in_a_folder_that_cannot_be_entered_is_not_committed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that cannot be read may exist."""
    commit(repo, FILES)
    looking = os.lstat

    def refuse(path: str | bytes) -> os.stat_result:
        if path == os.fsencode(repo.join("other/new")):
            raise PermissionError(13, "Permission denied", path)
        return looking(path)

    monkeypatch.setattr(os, "lstat", refuse)

    assert labels(ask_at_once(repo, "other/new")) == {
        "other/new": "unsupported: it cannot be read: Permission denied"
    }


# Submodules


def test_submodule_is_compared_with_its_commit(repo: Repo, tmp_path: Path) -> None:
    """A submodule is clean at its commit, without changes of its own; without initialisation it is an empty folder."""
    inner = init(tmp_path / "inner")
    first = commit(inner, {"module.py": "module = 1\n"})
    commit(repo, {"pkg": {"sub": Submodule(first)}})
    assert ask(repo).clean

    os.rmdir(repo.join("pkg/sub"))
    assert labels(ask(repo)) == {"pkg/sub": "deleted"}

    shutil.move(inner.path, repo.join("pkg/sub"))
    assert ask(repo).clean

    write(repo, {"pkg": {"sub": {"module.py": "module = 2\n"}}})
    assert labels(ask(repo)) == {"pkg/sub": "modified: modified content"}
    assert "is in the submodule" in labels(ask(repo, "pkg/sub/module.py")).popitem()[1]

    sub = Repo(repo.join("pkg/sub"), repo.join("pkg/sub/.git"), repo.join("pkg/sub/.git"))
    commit(sub, {"module.py": "module = 2\n"})
    assert labels(ask(repo)) == {"pkg/sub": "modified: new commits"}


def test_submodule_that_names_another_worktree_is_not_committed(repo: Repo) -> None:
    """A hostile submodule could name the repository itself, and cause an endless loop."""
    commit(repo, {"pkg": {"sub": Submodule("1" * 40)}})
    with open(repo.join("pkg/sub/.git"), "w") as file:
        file.write(f"gitdir: {repo.gitdir}\n")
    configure(repo, "core", "worktree", repo.path)

    assert labels(ask(repo, "pkg")) == {"pkg/sub": "unsupported: its repository has another worktree"}


LOST = {
    "its git directory is gone": ("gitdir: ../../.git/modules/sub\n", "names .* not a git directory"),
    "other text": ("hello\n", "is not a file that names a git directory"),
}


@pytest.mark.parametrize(("content", "reason"), LOST.values(), ids=LOST)
@pytest.mark.parametrize("has_files", [False, True])
def test_submodule_whose_git_file_leads_nowhere(
    repo: Repo, content: str, reason: str, has_files: bool
) -> None:
    """It is another thing than a submodule that is not initialised: git refuses the outer repository."""
    files: Files = {"module.py": "module = 1\n"} if has_files else {}
    commit(repo, {"pkg": {"sub": Submodule("1" * 40)}})
    write(repo, {"pkg": {"sub": {**files, ".git": content}}})

    (change,) = ask(repo).changes
    assert change.label.startswith("unsupported: ")
    assert re.search(reason, change.label)
    assert "git submodule update --init" in change.label


def test_submodule_with_a_git_folder_that_is_no_repository(repo: Repo) -> None:
    """It is refused like a file that leads nowhere."""
    commit(repo, {"pkg": {"sub": Submodule("1" * 40)}})
    os.mkdir(repo.join("pkg/sub/.git"))

    (change,) = ask(repo).changes
    assert "pkg/sub/.git' is not a git directory" in change.label


@pytest.mark.parametrize("kind", ["fifo", "link that leads nowhere"])
def test_submodule_with_another_git_entry_is_not_clean(repo: Repo, kind: str) -> None:
    """Nothing waits for a writer."""
    commit(repo, {"pkg": {"sub": Submodule("1" * 40)}})
    if kind == "fifo":
        os.mkfifo(repo.join("pkg/sub/.git"))
    else:
        os.symlink("nowhere", repo.join("pkg/sub/.git"))

    assert not ask_at_once(repo).clean


# Large files


def test_long_file_is_hashed_in_parts(repo: Repo) -> None:
    """A file above `Limits.source` is compared like any other."""
    commit(repo, {"pkg": {"data.bin": b"x" * (3 * 2**20 + 1)}})
    assert ask(repo).clean

    write(repo, {"pkg": {"data.bin": b"x" * (3 * 2**20) + b"y"}})
    assert labels(ask(repo)) == {"pkg/data.bin": "modified"}


def test_long_file_with_a_conversion_is_compared(repo: Repo) -> None:
    """Line endings of a long file are converted too."""
    commit(repo, {"pkg": {"data.txt": b"x\n" * 2**21}, ".gitattributes": "*.txt text=auto\n"})
    assert ask(repo).clean


@pytest.mark.parametrize("last", [b"x\n", b"x\r\n", b"y\n"])
def test_very_long_file_is_scanned_first(repo: Repo, last: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long file is loaded into memory only if it has a CR, and the answer is the same."""
    monkeypatch.setattr("zenml_pin.git.status.comparison._LARGE", 1000)
    commit(repo, {"pkg": {"data.txt": b"x\n" * 1000}, ".gitattributes": "*.txt text=auto\n"}, checkout=False)
    write(repo, {"pkg": {"data.txt": b"x\n" * 999 + last}, ".gitattributes": "*.txt text=auto\n"})

    assert ask(repo).clean is not last.startswith(b"y")


def test_blob_of_another_size_is_not_inflated(repo: Repo) -> None:
    """A file that is longer in the index than on disk differs, and its blob is not read."""
    name = put(repo, "blob", b"\r\n" * 2**20)
    commit(repo, {"pkg": {"a.txt": b"a\r\n"}, ".gitattributes": "*.txt text=auto\n"})
    assert len(name) == 40
    write(repo, {"pkg": {"a.txt": b"b\r\n"}})

    assert labels(ask(repo)) == {"pkg/a.txt": "modified"}


# Values


def test_one_path_has_its_strongest_change() -> None:
    """Of several kinds, the first one in the order of `ChangeKind` is kept."""
    changes = Changes()
    changes.add("b", "staged")
    changes.add("b", "deleted", "why")
    changes.add("b", "untracked")
    changes.add("a", "conflicted")

    assert changes.sorted() == (
        Change("a", ChangeKind.CONFLICTED),
        Change("b", ChangeKind.DELETED, "why"),
    )


def test_error_of_ours_is_a_pin_error() -> None:
    """P9: callers catch one base class."""
    assert issubclass(UnsupportedError, PinError)
