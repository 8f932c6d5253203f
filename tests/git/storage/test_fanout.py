"""The fan-out table of an index: it may report too much, never too little."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dulwich.pack import write_pack_index_v1, write_pack_index_v2

from tests.support.repositories import Repo, commit, init, loose_ids, pack
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.storage import packs
from zenml_pin.git.storage.fanout import Fanout


def index(path: Path, ids: list[bytes], version: int = 2) -> str:
    """Write an index of some ids."""
    write = write_pack_index_v2 if version == 2 else write_pack_index_v1
    with path.open("wb") as file:
        write(file, [(raw_id, number, 0) for number, raw_id in enumerate(sorted(ids))], bytes(20))
    return str(path)


IDS = [bytes([first]) + bytes([second] * 19) for first in (0, 7, 255) for second in (0, 1, 2, 254)]
OTHERS = [bytes([first]) + bytes([3] * 19) for first in (0, 1, 7, 8, 255)]


def test_ids_in_a_pack_are_distinguished_from_others(tmp_path: Path) -> None:
    """The first and the last id, and the first and the last number of the table, included."""
    table = Fanout(index(tmp_path / "x.idx", IDS), 20)

    assert all(map(table.may_hold, IDS))
    assert not any(map(table.may_hold, OTHERS))


def test_bytes_across_two_ids_do_not_count_as_an_id(tmp_path: Path) -> None:
    """The bytes of two neighbours may contain an id that crosses their border."""
    first, second = b"\7" + b"\7" * 10 + b"\1" * 9, b"\7" * 10 + b"\2" * 10
    table = Fanout(index(tmp_path / "x.idx", [first, second]), 20)

    across = (min(first, second) + max(first, second))[5:25]
    assert not table.may_hold(b"\7" + across[1:])


@pytest.mark.parametrize("length", [0, 8, 500, 1031, 1032 + 20])
def test_index_that_is_cut_off_may_have_any_id(tmp_path: Path, length: int) -> None:
    """Then the pack is opened, and its damage is reported."""
    path = tmp_path / "x.idx"
    index(path, IDS)
    os.truncate(path, length)

    assert all(map(Fanout(str(path), 20).may_hold, IDS[4:]))


def test_index_of_the_first_version_may_have_any_id(tmp_path: Path) -> None:
    """It has no magic bytes."""
    table = Fanout(index(tmp_path / "x.idx", IDS, version=1), 20)

    assert all(map(table.may_hold, IDS + OTHERS))


def test_fifo_in_the_place_of_an_index_does_not_hang(tmp_path: Path) -> None:
    """The FIFO is not read."""
    os.mkfifo(tmp_path / "x.idx")

    assert Fanout(str(tmp_path / "x.idx"), 20).may_hold(IDS[0])


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
    real = packs.PackFile.__init__

    def note(self: packs.PackFile, stem: str, format: object) -> None:
        opened.append(stem)
        real(self, stem, format)  # type: ignore[arg-type]

    monkeypatch.setattr(packs.PackFile, "__init__", note)
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
