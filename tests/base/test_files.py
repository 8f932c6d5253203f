"""Files of a repository, which may be hostile: a regular file within its limit, or None, and never a blocked read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.time_limit import time_limit
from zenml_pin.base.files import read_regular, read_small, read_start

NO_FILES: dict[str, Callable[[Path], object]] = {
    "absent": lambda path: None,
    "a folder": Path.mkdir,
    "a FIFO": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_path_that_is_not_a_regular_file_gives_none_at_once(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    """A FIFO does not block the caller, and a device is not read."""
    path = tmp_path / "file"
    make(path)

    with time_limit():
        answers = [read_regular(str(path), 100), read_small(str(path)), read_start(str(path), 10)]

    assert answers == [None, None, None]


def test_path_below_a_file_gives_none(tmp_path: Path) -> None:
    """For example `.git/HEAD`, where `.git` is a file."""
    (tmp_path / "file").write_bytes(b"")

    assert read_regular(str(tmp_path / "file" / "HEAD"), 100) is None
    assert read_small(os.fsencode(tmp_path / "file" / "HEAD")) is None


@pytest.mark.parametrize("size", [0, 1, 99, 100])
def test_file_within_the_limit_is_read_whole(tmp_path: Path, size: int) -> None:
    """A file of exactly the limit too; a name may be text or bytes."""
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)

    assert read_regular(str(tmp_path / "file"), 100) == content
    assert read_regular(os.fsencode(tmp_path / "file"), 100) == content
    assert read_start(str(tmp_path / "file"), 10) == content[:10]


def test_file_above_the_limit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    """By its size, before it is read; `read_small` returns None."""
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, 2**40)

    with pytest.raises(OverflowError, match=r"file' has 1099511627776 bytes, limit 100"):
        read_regular(str(path), 100)

    assert read_small(str(path)) is None
    assert read_start(str(path), 3) == b"\0\0\0"


def test_name_with_a_nul_gives_none() -> None:
    """No file can have this name."""
    assert read_small("a\0b") is None
    assert read_start("a\0b", 1) is None
