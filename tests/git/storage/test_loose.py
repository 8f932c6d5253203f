"""Loose objects: read whole, within limits, and only from regular files."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.repositories import Repo, put
from zenml_pin.errors import LimitError
from zenml_pin.git.storage.loose import read_loose

ID = "e9448e0abbc6f03252578ca877bc80c94f137edd"


def _store(folder: Path, stream: bytes) -> None:
    """Write a stream into the object's file."""
    (folder / ID[:2]).mkdir(exist_ok=True)
    (folder / ID[:2] / ID[2:]).write_bytes(stream)


@pytest.mark.parametrize("kind", ["commit", "tree", "blob", "tag"])
def test_an_object_is_read_whole(repo: Repo, kind: str) -> None:
    """Its kind and its content."""
    name = put(repo, kind, b"content")

    assert read_loose(repo.objects, name, 100) == (kind, b"content")


@pytest.mark.parametrize("size", [0, 1, 50, 65536, 65537, 1_000_000])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_any_size_and_compression_is_read(tmp_path: Path, size: int, level: int) -> None:
    """Across the boundaries of the reader's chunks, compressible or not."""
    for content in (bytes(size), os.urandom(size)):
        _store(tmp_path, zlib.compress(b"blob %d\0" % size + content, level))

        assert read_loose(str(tmp_path), ID, size) == ("blob", content)


def test_an_absent_object_gives_none(tmp_path: Path) -> None:
    """Even if a file has its folder's name, or there is no folder."""
    assert read_loose(str(tmp_path), ID, 100) is None
    (tmp_path / ID[:2]).write_bytes(b"")
    assert read_loose(str(tmp_path), ID, 100) is None
    assert read_loose(str(tmp_path / "nothing"), ID, 100) is None


@pytest.mark.slow
def test_a_large_object_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    """A 100 KB file would inflate to 100 MiB: its header says so."""
    _store(tmp_path, zlib.compress(b"blob %d\0" % (100 * 2**20) + bytes(100 * 2**20)))

    with pytest.raises(LimitError) as caught:
        read_loose(str(tmp_path), ID, 1000)
    assert (caught.value.size, caught.value.limit) == (100 * 2**20, 1000)
    assert "Limits(source=" in caught.value.hint


@pytest.mark.slow
def test_a_bomb_that_lies_about_its_size_is_cut_off(tmp_path: Path) -> None:
    """The header says 10 bytes; not more is inflated."""
    _store(tmp_path, zlib.compress(b"blob 10\0" + bytes(50 * 2**20)))

    with pytest.raises(ValueError, match="has more"):
        read_loose(str(tmp_path), ID, 1000)


DAMAGED = {
    "empty": b"",
    "no stream": b"blob 3\0abc",
    "cut off": zlib.compress(b"blob 3\0abc")[:-6],
    "cut in the checksum": zlib.compress(b"blob 3\0abc")[:-2],
    "too short": zlib.compress(b"blob 4\0abc"),
    "too long": zlib.compress(b"blob 2\0abc"),
    "no size": zlib.compress(b"blob \0abc"),
    "no nul": zlib.compress(b"blob 3" + b" " * 100),
    "negative": zlib.compress(b"blob -3\0abc"),
    "not ascii": zlib.compress(b"bl\xffb 3\0abc"),
    "other digits": zlib.compress("blob ٣\0abc".encode()),
    "empty stream": zlib.compress(b""),
    "wrong checksum": zlib.compress(b"blob 3\0abc")[:-1] + b"\0",
}


@pytest.mark.parametrize("stream", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_an_error(tmp_path: Path, stream: bytes) -> None:
    """One of the three exceptions that the caller translates into ours."""
    _store(tmp_path, stream)

    with pytest.raises((ValueError, zlib.error)):
        read_loose(str(tmp_path), ID, 100)


def test_a_path_that_is_not_a_file_is_an_error_at_once(tmp_path: Path) -> None:
    """A FIFO does not block, a device is not read, a folder is refused."""
    (tmp_path / ID[:2]).mkdir()
    path = tmp_path / ID[:2] / ID[2:]
    os.mkfifo(path)
    with pytest.raises(ValueError, match="not a regular file"):
        read_loose(str(tmp_path), ID, 100)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(ValueError, match="not a regular file"):
        read_loose(str(tmp_path), ID, 100)
    path.unlink()
    path.mkdir()
    with pytest.raises(ValueError, match="not a regular file"):
        read_loose(str(tmp_path), ID, 100)


@given(data=st.binary(max_size=200))
def test_any_bytes_end_in_an_object_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """The result is the object that Python's own zlib reads; there are only the documented exceptions."""
    folder = tmp_path_factory.getbasetemp() / "any-bytes"
    folder.mkdir(exist_ok=True)
    whole = zlib.compress(b"blob %d\0" % len(data) + data)
    for stream in (data, zlib.compress(data), whole):
        _store(folder, stream)
        try:
            loose = read_loose(str(folder), ID, 100)
        except (LimitError, ValueError, zlib.error):
            assert stream is not whole or len(data) > 100
            continue
        assert loose is not None
        assert zlib.decompress(stream) == b"%b %d\0%b" % (loose[0].encode(), len(loose[1]), loose[1])
