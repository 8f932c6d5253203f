"""What is on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from zenml_pin.git.status.disk import (
    Disk,
    find_barrier,
    hash_file,
    in_cache,
    is_importable,
    read_disk_file,
)


def disk(root: Path, folder: bytes, tracked: tuple[bytes, ...] = (), ignored: tuple[bytes, ...] = ()) -> Disk:
    """Return what is at a path."""
    return Disk(os.fsencode(root), folder, tracked, set(), lambda path: path in ignored)


def test_links_are_files_and_never_followed(tmp_path: Path) -> None:
    """A link to a folder is one entry, and a path through it leads nowhere."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.py").touch()
    (tmp_path / "link").symlink_to("real")

    assert set(disk(tmp_path, b"").files) == {b"link", b"real/a.py"}
    assert set(disk(tmp_path, b"link").files) == {b"link"}
    assert not disk(tmp_path, b"link/a.py").files
    assert find_barrier(os.fsencode(tmp_path), b"link/a.py") == b"link"


@pytest.mark.parametrize("path", [b"nowhere", b"a/nowhere", b"a.py/below", b"x" * 300, b"\0"])
def test_absent_path_is_empty(path: bytes, tmp_path: Path) -> None:
    """A name that is too long, or is below a file, is absent like any other."""
    (tmp_path / "a.py").touch()

    assert not disk(tmp_path, path).files


def test_repository_in_a_folder_is_not_entered(tmp_path: Path) -> None:
    """Unless the index tracks files in it, or the folder is ignored."""
    for name in ("objects", "refs"):
        (tmp_path / "nested" / ".git" / name).mkdir(parents=True)
    (tmp_path / "nested" / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "nested" / "a.py").touch()

    assert disk(tmp_path, b"").nested == {b"nested"}
    assert set(disk(tmp_path, b"", tracked=(b"nested/b.py",)).files) == {b"nested/a.py"}
    assert set(disk(tmp_path, b"", ignored=(b"nested",)).files) == {b"nested/a.py"}


def test_cache_folders_are_passed_over(tmp_path: Path) -> None:
    """A folder `__pycache__` never counts."""
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").touch()

    assert not disk(tmp_path, b"").files
    assert in_cache(b"pkg/__pycache__/a.pyc")


IMPORTABLE = {
    b"helper.py": True,
    b"helper.pyc": True,
    b"x.so": True,
    b"x.pyd": True,
    b"x.cpython-311-x86_64-linux-gnu.so": True,
    b"deep/helper.py": True,
    b"my-folder/helper.py": True,
    b".venv/helper.py": False,
    b"lib/python3.11/helper.py": False,
    b"notes.txt": False,
    b"py": False,
    b"link": True,
    b"dangling": False,
}


@pytest.mark.parametrize(("path", "answer"), IMPORTABLE.items(), ids=map(os.fsdecode, IMPORTABLE))
def test_importable_is_what_python_could_import(path: bytes, answer: bool, tmp_path: Path) -> None:
    """By its suffix, below folders whose names can be module names."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "dangling").symlink_to("nowhere")
    full = tmp_path / os.fsdecode(path)
    if not full.is_symlink():
        full.parent.mkdir(parents=True, exist_ok=True)
        full.touch()

    assert is_importable(os.fsencode(tmp_path), b"", path, os.lstat(full)) is answer


def test_file_that_is_checked_itself_is_importable(tmp_path: Path) -> None:
    """The checked path may be the module itself."""
    (tmp_path / "helper.py").touch()

    assert is_importable(os.fsencode(tmp_path), b"helper.py", b"helper.py", os.lstat(tmp_path / "helper.py"))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A FIFO does not block the caller, and a link is not followed."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "empty").touch()

    for name in ("fifo", "nowhere", "."):
        assert hash_file(os.fsencode(tmp_path / name), "sha1") is None
        assert read_disk_file(os.fsencode(tmp_path / name)) is None
    assert hash_file(os.fsencode(tmp_path / "empty"), "sha1") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
