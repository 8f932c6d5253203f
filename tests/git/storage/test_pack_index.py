"""Indexes of packs: those that dulwich writes are read back, and a damaged one is an error."""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path
from typing import Any

import pytest
from dulwich.pack import write_pack_index_v1, write_pack_index_v2
from hypothesis import given, strategies as st

from tests.support.repositories import Repo, commit, init, loose_ids, pack
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.storage.pack_file import PackFile
from zenml_pin.git.storage.pack_index import PackIndex


def index(path: Path, ids: list[bytes], version: int = 2) -> str:
    """Write an index of some ids."""
    write = write_pack_index_v2 if version == 2 else write_pack_index_v1
    with path.open("wb") as file:
        write(file, [(raw_id, number, 0) for number, raw_id in enumerate(sorted(ids))], bytes(20))
    return str(path)


IDS = [bytes([first]) + bytes([second] * 19) for first in (0, 7, 255) for second in (0, 1, 2, 254)]
OTHERS = [bytes([first]) + bytes([3] * 19) for first in (0, 1, 7, 8, 255)]
THREE_BYTES = st.binary(min_size=3, max_size=3)


@pytest.mark.parametrize("version", [1, 2])
def test_every_id_has_its_offset(tmp_path: Path, version: int) -> None:
    """The first and the last id, and the first and the last number of the fan-out, included."""
    found = PackIndex(index(tmp_path / "x.idx", IDS, version), 20)

    assert [found.find(raw_id) for raw_id in sorted(IDS)] == list(range(len(IDS)))
    assert [found.find(raw_id) for raw_id in OTHERS] == [None] * len(OTHERS)
    assert found.count == len(IDS)


@pytest.mark.parametrize("version", [1, 2])
def test_index_with_many_ids_of_one_byte_is_searched(tmp_path: Path, version: int) -> None:
    """As in the index of a pack with a million objects."""
    ids = [b"\7" + number.to_bytes(4, "big") * 4 + bytes(3) for number in range(0, 8000, 2)]
    found = PackIndex(index(tmp_path / "x.idx", ids, version), 20)

    assert [found.find(raw_id) for raw_id in ids[::97]] == list(range(0, len(ids), 97))
    assert found.find(b"\7" + (7).to_bytes(4, "big") * 4 + bytes(3)) is None
    assert found.find(b"\7" + b"\xff" * 19) is None
    assert list(found.iter_prefix(ids[70][:6])) == [ids[70]]


def test_offsets_above_2_gib_are_found(tmp_path: Path) -> None:
    """They are in a second table, at the end of the index."""
    path = tmp_path / "x.idx"
    offsets = [5, 2**31 - 1, 2**31, 2**33 + 7]
    with path.open("wb") as file:
        write_pack_index_v2(
            file, [(raw_id, at, 0) for raw_id, at in zip(IDS, offsets, strict=False)], bytes(20)
        )
    found = PackIndex(str(path), 20)

    assert [found.find(raw_id) for raw_id in IDS[:4]] == offsets


def test_bytes_across_two_ids_do_not_count_as_an_id(tmp_path: Path) -> None:
    """The bytes of two neighbours may contain an id that crosses their border."""
    first, second = b"\7" + b"\7" * 10 + b"\1" * 9, b"\7" * 10 + b"\2" * 10
    found = PackIndex(index(tmp_path / "x.idx", [first, second]), 20)

    across = (min(first, second) + max(first, second))[5:25]
    assert found.find(b"\7" + across[1:]) is None


@pytest.mark.parametrize("length", [0, 8, 500, 1031, 1032 + 20, 1350])
def test_index_that_is_cut_off_is_an_error(tmp_path: Path, length: int) -> None:
    """It never says that an object is missing."""
    path = tmp_path / "x.idx"
    index(path, IDS)
    os.truncate(path, length)

    with pytest.raises((ValueError, struct.error)):
        PackIndex(str(path), 20).find(IDS[-1])


def test_fan_out_that_decreases_is_an_error(tmp_path: Path) -> None:
    """Its parts would overlap."""
    path = tmp_path / "x.idx"
    index(path, IDS)
    data = bytearray(path.read_bytes())
    data[8 + 4 * 9 : 8 + 4 * 10] = bytes(4)
    path.write_bytes(data)

    with pytest.raises(ValueError, match="decrease"):
        PackIndex(str(path), 20)


def test_fifo_in_the_place_of_an_index_does_not_hang(tmp_path: Path) -> None:
    """The FIFO is not read."""
    os.mkfifo(tmp_path / "x.idx")

    with pytest.raises(ValueError, match="not a regular file"):
        PackIndex(str(tmp_path / "x.idx"), 20)


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@given(
    names=st.lists(st.binary(min_size=3, max_size=3), max_size=60, unique=True),
    other=st.binary(min_size=3, max_size=3),
)
def test_index_of_dulwich_is_read_back(object_format: str, names: list[bytes], other: bytes) -> None:
    """For any ids."""
    length = 20 if object_format == "sha1" else 32
    ids = sorted(name + bytes(length - 3) for name in names)
    offsets = {raw_id: 12 + 3 * number for number, raw_id in enumerate(ids)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.idx")
        with path.open("wb") as file:
            write_pack_index_v2(file, [(raw_id, at, 0) for raw_id, at in offsets.items()], bytes(length))
        found = PackIndex(str(path), length)

        assert {raw_id: found.find(raw_id) for raw_id in ids} == offsets
        other += bytes(length - 3)
        assert found.find(other) == offsets.get(other)


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_only_the_packs_that_are_needed_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, object_format: str
) -> None:
    """There are forty packs with one commit each; one commit is read."""
    repo = init(tmp_path / "repo", object_format=object_format)
    ids = []
    for number in range(40):
        ids.append(commit(repo, {"step.py": f"n = {number}\n"}))
        pack(repo)
    opened: list[str] = []
    real = PackFile.__init__

    def note(self: PackFile, path: str, *rest: Any) -> None:
        opened.append(path)
        real(self, path, *rest)

    monkeypatch.setattr(PackFile, "__init__", note)
    with GitRepository.open(repo.path) as repository:
        twentieth = repository.objects.get_commit(ids[20])
        tree = repository.objects.entries(twentieth.tree)
        assert repository.objects.blob(tree["step.py"].id) == b"n = 20\n"

    assert len(opened) == 1


def test_object_that_is_packed_between_two_reads_is_found(repo: Repo) -> None:
    """The tables are read again together with the list of packs."""
    first = commit(repo, {"a.py": "1\n"})
    pack(repo)
    with GitRepository.open(repo.path) as repository:
        repository.objects.get_commit(first)
        second = commit(repo, {"a.py": "2\n"})
        pack(repo, loose_ids(repo))

        objects = Objects(repository.source)
        assert objects.get_commit(second).parents == (first,)


def test_object_whose_index_was_repaired_is_found(repo: Repo) -> None:
    """The pack itself did not change."""
    first = commit(repo, {"a.py": "1\n"})
    pack(repo)
    (path,) = Path(repo.objects, "pack").glob("*.idx")
    good = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(good[:8] + bytes(1024) + good[1032:])
    with GitRepository.open(repo.path) as repository:
        assert repository.objects.find_commit(first) is None

        path.write_bytes(good)

        assert repository.objects.find_commit(first)
