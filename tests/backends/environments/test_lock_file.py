"""Which file of a commit states the libraries of a class."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zenml_pin.backends.environments.lock_file import LockFile
from zenml_pin.errors import BackendError, DocumentError

Find = Callable[..., LockFile]


def test_the_nearest_lock_counts(lock_of: Find) -> None:
    """The class's folder comes first, then the one above, up to the root."""
    files = {"uv.lock": "", "a": {"b": {"requirements.txt": "", "c": {"step.py": ""}}, "step.py": ""}}

    assert lock_of(files, "a/b/c").path == "a/b/requirements.txt"
    assert lock_of(files, "a").path == "uv.lock"


def test_in_one_folder_the_exact_lock_counts(lock_of: Find) -> None:
    """uv.lock comes before pylock.toml, and that before requirements.txt."""
    files = {"uv.lock": "", "pylock.toml": "", "requirements.txt": "", "requirements-dev.txt": ""}

    assert lock_of(files).path == "uv.lock"
    assert lock_of({"x": {"pylock.toml": "", "requirements.txt": ""}}, "x").path == "x/pylock.toml"
    assert (
        lock_of({"y": {"requirements.txt": "", "requirements-dev.txt": ""}}, "y").path == "y/requirements.txt"
    )
    assert lock_of({"z": {"requirements-lock.txt": ""}}, "z").path == "z/requirements-lock.txt"


def test_a_project_file_is_the_last_resort(lock_of: Find) -> None:
    """A pyproject.toml beside the class does not hide the lock of its workspace."""
    files = {"uv.lock": "", "part": {"pyproject.toml": "", "step.py": ""}}

    assert lock_of(files, "part").path == "uv.lock"
    assert lock_of(files | {"uv.lock": None, "other": {"pyproject.toml": ""}}, "other").path


def test_two_locks_without_a_usual_name_are_ambiguous(lock_of: Find) -> None:
    """The error names them, and the option that chooses one."""
    files = {"requirements-a.txt": "", "requirements-b.txt": ""}

    with pytest.raises(BackendError, match="2 files of libraries") as caught:
        lock_of(files)

    assert "--env-lock" in caught.value.hint
    assert lock_of(files, given="requirements-b.txt").path == "requirements-b.txt"


def test_no_lock_is_an_error_that_names_what_was_looked_for(lock_of: Find) -> None:
    """It names the folder of the class."""
    with pytest.raises(BackendError, match="states no libraries for 'a'"):
        lock_of({"a": {"step.py": ""}}, "a")


@pytest.mark.parametrize(
    ("path", "reason"), [("missing.lock", "has no file"), ("a/step.py", "is not a kind of lock")]
)
def test_a_lock_that_is_given_must_be_one(lock_of: Find, path: str, reason: str) -> None:
    """It is a path of the commit, from the root."""
    with pytest.raises(BackendError, match=reason):
        lock_of({"a": {"step.py": ""}}, given=path)


def test_broken_toml_is_an_error_with_file_and_line(lock_of: Find) -> None:
    """The file's name has the commit."""
    lock = lock_of({"uv.lock": "version = 1\n[[package]\n"})

    with pytest.raises(DocumentError, match=r"^uv\.lock@\w{8}:2:\d+: it is not TOML: ") as caught:
        lock.data()

    assert caught.value.line == 2


def test_a_lock_that_is_not_text_is_an_error(lock_of: Find) -> None:
    """It names the file."""
    with pytest.raises(DocumentError, match=r"^requirements\.txt@\w{8}: it is not UTF-8"):
        _ = lock_of({"requirements.txt": b"\xff\xfe\xff"}).text
