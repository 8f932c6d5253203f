"""Tables that git wrote, read without git; and files that are not tables."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

from tests.support.git.reftable_bytes import FIRST, LONG, SECOND, TABLES, put_tables, refs_of, tables_of
from tests.support.repositories import Repo, configure, init, snapshot
from zenml_pin.errors import UnsupportedError
from zenml_pin.git.layout import get_layout
from zenml_pin.git.refs import Refs
from zenml_pin.git.reftable.stack import Stack


def _put(folder: Path, name: str) -> Repo:
    """Make a repository with the refs of one of git's repositories."""
    object_format = name.partition("-")[2]
    repo = init(folder, object_format=object_format)
    configure(repo, "core", "repositoryformatversion", "1")
    configure(repo, "extensions", "refStorage", "reftable")
    put_tables(Path(repo.gitdir, "reftable"), tables_of(name))
    return repo


@pytest.fixture(params=TABLES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of each of the repositories."""
    return str(request.param)


def test_all_refs_are_read(tmp_path: Path, name: str) -> None:
    """In every block, of every type, newer tables over older ones; the reader writes nothing."""
    repo = _put(tmp_path, name)
    before = snapshot(repo.path)
    expected = refs_of(name)

    assert Refs(get_layout(repo.path)).all() == expected
    assert Refs(get_layout(repo.path)).head() == expected["refs/heads/main"]
    assert Refs(get_layout(repo.path)).branch() == "refs/heads/main"
    assert snapshot(repo.path) == before


def test_each_ref_is_looked_up(tmp_path: Path, name: str) -> None:
    """Through the index and the restart points; absent names are absent."""
    refs = Refs(get_layout(_put(tmp_path, name).path))
    for ref, value in refs_of(name).items():
        assert refs.find(ref) == value
        assert refs.find(f"{ref}0") == refs_of(name).get(f"{ref}0")
        assert refs.names(ref)[0] == ref
    for ref in ("refs/a", "refs/heads/group-1/name-", "refs/heads/group-2/z", "refs/tags/gone", "refs/zzz"):
        assert refs.find(ref) is None


@pytest.mark.quick(every=4)
def test_a_damaged_table_is_refused_or_true(tmp_path: Path, name: str) -> None:
    """A damaged byte of the structure is refused; ids and names have no checksum, which is a weakness of the format."""
    folder = tmp_path / "reftable"
    tables = tables_of(name)
    file = next(iter(tables))
    object_format = name.partition("-")[2]
    sound = tables[file]
    ids = {bytes.fromhex(value) for values in (FIRST, SECOND) for value in values.values()}
    for position in range(0, len(sound), 7):
        data = sound[:position] + bytes([sound[position] ^ 0x81]) + sound[position + 1 :]
        put_tables(folder, {**tables, file: data})
        stack = Stack(os.fspath(folder), object_format)
        try:
            values = {*stack.scan("refs/").values(), stack.find("HEAD"), stack.find(LONG)}
        except UnsupportedError as error:
            assert "reftable" in error.message  # noqa: PT017
            continue
        assert ids & {bytes.fromhex(value.decode()) for value in values if value and b":" not in value}


@pytest.mark.parametrize("length", [0, 1, 4, 5, 23, 24, 25, 28, 60, 91, 92, 150])
def test_a_table_that_is_cut_off_is_refused(tmp_path: Path, name: str, length: int) -> None:
    """As after a full disk."""
    put_tables(tmp_path, {file: data[:length] for file, data in tables_of(name).items()})

    with pytest.raises(UnsupportedError, match="cannot be read: "):
        Stack(os.fspath(tmp_path), name.partition("-")[2]).find("HEAD")


FAULTS = {
    "a version of later": (lambda data: data[:4] + b"\3" + data[5:], "the version 3"),
    "another file": (lambda data: b"PACK" + data[4:], "not a table"),
    "another checksum": (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "checksum"),
    "an end of another table": (lambda data: data[:8] + b"\x09" * 16 + data[24:], "cut off"),
}


@pytest.mark.parametrize(("change", "reason"), FAULTS.values(), ids=FAULTS)
def test_the_error_names_the_reason(tmp_path: Path, change: object, reason: str) -> None:
    """With the table's path."""
    assert callable(change)
    tables = tables_of("one-sha1")
    put_tables(tmp_path, {file: change(data) for file, data in tables.items()})

    with pytest.raises(UnsupportedError, match=reason) as caught:
        Stack(os.fspath(tmp_path), "sha1").find("HEAD")
    assert os.fspath(tmp_path) in caught.value.message


def test_a_table_of_another_hash_is_refused(tmp_path: Path) -> None:
    """Its ids would be cut off."""
    put_tables(tmp_path, tables_of("one-sha256"))

    with pytest.raises(UnsupportedError, match="its ids are of sha256, the repository's of sha1"):
        Stack(os.fspath(tmp_path), "sha1").find("HEAD")


def test_an_index_that_leads_to_itself_ends(tmp_path: Path) -> None:
    """A hostile table does not hang the caller."""
    ((file, data),) = tables_of("many-sha1").items()
    footer = bytearray(data[-68:])
    position = int.from_bytes(footer[24:32])
    for target in (0, 24, position - 1, position + 1, len(data), 2**60):
        footer[24:32] = target.to_bytes(8)
        footer[-4:] = zlib.crc32(footer[:-4]).to_bytes(4)
        put_tables(tmp_path, {file: data[:-68] + bytes(footer)})
        stack = Stack(os.fspath(tmp_path), "sha1")
        try:
            assert stack.find("refs/heads/main") == FIRST["sha1"].encode()
        except UnsupportedError as error:
            assert "cannot be read" in error.message  # noqa: PT017


def test_a_fifo_in_a_tables_place_does_not_hang(tmp_path: Path) -> None:
    """Nothing waits for a writer."""
    put_tables(tmp_path, tables_of("one-sha1"))
    for path in tmp_path.glob("*.ref"):
        path.unlink()
        os.mkfifo(path)

    with pytest.raises(UnsupportedError, match="it is not a file"):
        Stack(os.fspath(tmp_path), "sha1").find("HEAD")


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    """ "There is no commit yet" would be a wrong reason."""
    repo = _put(tmp_path, "one-sha1")
    os.remove(Path(repo.gitdir, "reftable", "tables.list"))

    with pytest.raises(
        UnsupportedError, match=r"tables\.list', which names the tables of all refs, is missing"
    ):
        Refs(get_layout(repo.path)).head()


def test_a_list_that_is_too_long_is_named(tmp_path: Path) -> None:
    """It is never read in part."""
    (tmp_path / "tables.list").write_bytes(b"x" * 2**20 + b"y\n")

    with pytest.raises(UnsupportedError, match="it is too long"):
        Stack(os.fspath(tmp_path), "sha1").find("HEAD")


def test_after_a_table_disappears_the_list_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git may compact between the reading of the list and of a table."""
    put_tables(tmp_path, tables_of("one-sha1"))
    stack = Stack(os.fspath(tmp_path), "sha1")
    assert stack.find("HEAD") == b"ref: refs/heads/main"
    for path in tmp_path.glob("*.ref"):
        path.unlink()
    put_tables(tmp_path, tables_of("many-sha1"))

    assert stack.find("refs/heads/group-1/name-1") == FIRST["sha1"].encode()
    assert stack.find("refs/tags/v1") is None


def test_a_linked_worktree_does_not_see_the_main_ones_head(tmp_path: Path) -> None:
    """Each has its own tables for HEAD, and shares the tables of branches."""
    repo = _put(tmp_path / "main", "one-sha1")
    gitdir = Path(repo.gitdir, "worktrees", "linked")
    put_tables(gitdir / "reftable", {})
    (gitdir / "commondir").write_text("../..\n")
    (gitdir / "gitdir").write_text(f"{tmp_path}/linked/.git\n")
    (gitdir / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / ".git").write_text(f"gitdir: {gitdir}\n")

    refs = Refs(get_layout(os.fspath(tmp_path / "linked")))
    assert (refs.head(), refs.branch()) == (None, None)
    assert refs.find("refs/heads/main") == Refs(get_layout(repo.path)).head() == SECOND["sha1"]
