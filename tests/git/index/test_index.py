"""The index: one folder of it is read, in every version; large ones are searched."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.git.index_bytes import Staged, build, extension
from zenml_pin.errors import ObjectNotFoundError, UnsupportedError
from zenml_pin.git import index as index_module
from zenml_pin.git.index import Index, binary_search
from zenml_pin.git.index.file_format import IndexEntry, read_offset
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects

PATHS = [b"pkg-old/a", b"pkg.py", b"pkg/a.py", b"pkg/deep/b.py", b"pkg/z", b"pkg0", b"z"]
VERSIONS = {"2": (2, 20), "3": (3, 20), "4": (4, 20), "sha256": (2, 32), "4 sha256": (4, 32)}


def open_index(
    folder: Path, data: bytes | None, id_length: int = 20, objects: Objects | None = None
) -> Index:
    path = folder / "index"
    if data is not None:
        path.write_bytes(data)
    return Index(str(path), id_length, objects or Objects(MemorySource()))


@pytest.mark.parametrize(("version", "id_length"), VERSIONS.values(), ids=VERSIONS)
def test_entries_are_those_at_and_below_the_folder(version: int, id_length: int, tmp_path: Path) -> None:
    """Only a folder's own entries are read; similar names beside it do not belong to it."""
    index = open_index(
        tmp_path, build([Staged(path) for path in PATHS], version, id_length=id_length), id_length
    )

    assert [entry.path for entry in index.entries(b"pkg")] == PATHS[2:5]
    assert [entry.path for entry in index.entries(b"pkg/deep")] == [b"pkg/deep/b.py"]
    assert [entry.path for entry in index.entries(b"pkg.py")] == [b"pkg.py"]
    assert [entry.path for entry in index.entries(b"")] == PATHS
    index.close()


@pytest.mark.parametrize("version", [2, 3, 4])
def test_entry_has_what_was_staged(version: int, tmp_path: Path) -> None:
    """Mode, id, size, stage and flags are as git wrote them."""
    staged = Staged(b"a", b"x", 0o100755, 7, 2, 0x6000 if version > 2 else 0)
    index = open_index(tmp_path, build([staged], version))

    (entry,) = index.entries(b"")

    assert (entry.mode, entry.id, entry.size, entry.stage) == (0o100755, staged.id().hex(), 7, 2)
    assert (entry.intent_to_add, entry.skip_worktree) == (version > 2, version > 2)
    index.close()


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("length", [0xFFE, 0xFFF, 0x1000, 0x2345])
def test_long_name_ends_at_its_nul(version: int, length: int, tmp_path: Path) -> None:
    """A name of 4,095 bytes or more has no length in the file."""
    index = open_index(tmp_path, build([Staged(b"d/" + b"x" * length), Staged(b"e")], version))

    assert [len(entry.path) for entry in index.entries(b"")] == [length + 2, 1]
    index.close()


def test_missing_index_is_empty(tmp_path: Path) -> None:
    """Before the first `git add` there is no index."""
    index = open_index(tmp_path, None)

    assert index.entries(b"") == []
    assert index.tree_id(b"") is None


def test_optional_extension_is_passed_over(tmp_path: Path) -> None:
    """A reader may ignore an extension with an upper-case name."""
    index = open_index(tmp_path, build([Staged(b"a")], extensions=extension(b"ZZZZ", b"abc")))

    assert len(index.entries(b"")) == 1
    index.close()


DAMAGED = {
    "of another kind": (b"JUNK" + build([])[4:], "does not start with DIRC"),
    "empty": (b"", "does not start with DIRC"),
    "of version 5": (build([], 5), "version 5"),
    "with an unknown required extension": (
        build([], extensions=extension(b"zzzz", b"")),
        "unknown extension 'zzzz'",
    ),
    "with a cut extension": (build([], extensions=b"TREE\0\0\1\0abc"), "cut off"),
    "with unknown flags": (build([Staged(b"a", extended=0x9000)], 3), "unknown flags"),
    "with too few entries": (b"DIRC\0\0\0\2\0\0\1\0" + bytes(20), "cut off"),
    "with a lost shared part": (
        build([], extensions=extension(b"link", b"\1" * 20)),
        "shared part is missing",
    ),
    "with a cut link": (build([], extensions=extension(b"link", bytes(22))), "does not fit"),
}


@pytest.mark.parametrize(("data", "message"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_index_is_refused_with_the_reason(data: bytes, message: str, tmp_path: Path) -> None:
    """P9: every failure is a PinError with a message of one line."""
    with pytest.raises(UnsupportedError, match=message):
        open_index(tmp_path, data).entries(b"")


def test_index_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    """P9: another object is where the index should be."""
    (tmp_path / "index").mkdir()

    with pytest.raises(UnsupportedError, match="not a regular file"):
        open_index(tmp_path, None)


def stage_again(entry: IndexEntry) -> Staged:
    """Return an entry as it can be written, with other content."""
    flags = entry.intent_to_add * 0x2000 | entry.skip_worktree * 0x4000
    return Staged(entry.path, b"", entry.mode, entry.size, entry.stage, flags)


@given(data=st.data())
def test_any_bytes_are_entries_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """P9: whatever is in an index file, the result can be written and read again, or there is a PinError."""
    whole = build(
        [Staged(path) for path in PATHS],
        data.draw(st.sampled_from([2, 3, 4])),
        extension(b"TREE", b"\0-1 0\n"),
    )
    at = data.draw(st.integers(0, len(whole) - 1))
    bad = whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + data.draw(st.integers(0, 3)) :]
    try:
        index = open_index(tmp_path_factory.mktemp("index"), bad)
        entries = index.entries(b"pkg")
        index.tree_id(b"pkg")
    except (UnsupportedError, ObjectNotFoundError):
        return
    again = open_index(tmp_path_factory.mktemp("index"), build(map(stage_again, entries), 4))

    assert all(bytes.fromhex(entry.id) in bad for entry in entries)
    assert list(map(stage_again, again.entries(b"pkg"))) == list(map(stage_again, entries))


@given(st.integers(0, 2**40))
def test_offset_encoding_reads_back(value: int) -> None:
    """Version 4 writes the number of bytes to drop from the last name, in git's "offset encoding"."""
    from tests.support.git.index_bytes import _offset

    encoded = _offset(value)

    assert read_offset(encoded, 0) == (value, len(encoded))


def random_paths(seed: int, count: int) -> list[bytes]:
    """Return sorted paths of random depths and lengths."""
    source = random.Random(seed)
    words = [b"a", b"pkg", b"pkg-x", b"deep", b"z" * 40, b"step"]
    paths = {
        b"/".join([source.choice(words) + b"%d" % source.randrange(9) for _ in range(source.randrange(1, 5))])
        + b".py"
        for _ in range(count)
    }
    return sorted(paths)


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("version", [2, 3])
def test_search_finds_what_a_scan_finds(
    seed: int, version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large index is searched, and gives the same answer as reading all of it."""
    monkeypatch.setattr(index_module, "SEARCH_FROM", 0)
    monkeypatch.setattr(binary_search, "_WINDOW", 2048)
    paths = random_paths(seed, 3000)
    staged = [
        Staged(path, path, size=len(path), extended=0x4000 if version == 3 and i % 3 else 0)
        for i, path in enumerate(paths)
    ]
    index = open_index(
        tmp_path, build(staged, version, extension(b"TREE", b"\0-1 0\n") + extension(b"REUC", b"abc"))
    )
    folders = {path.rpartition(b"/")[0] for path in paths[::40]} | {
        b"pkg",
        b"nowhere",
        b"0",
        b"~",
        paths[0],
        paths[-1],
    }

    for folder in folders - {b""}:
        assert index.search(folder) == index.entries(folder)
    index.close()


def test_search_gives_up_where_an_extension_comes_before_the_cached_trees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only bytes that are certainly entries are searched."""
    monkeypatch.setattr(index_module, "SEARCH_FROM", 0)
    extensions = extension(b"ZZZZ", b"abcdefgh") + extension(b"TREE", b"\0-1 0\n")
    index = open_index(tmp_path, build([Staged(path) for path in PATHS], extensions=extensions))

    assert index.search(b"pkg") is None
    index.close()


def test_search_is_not_fooled_by_the_letters_of_the_extension(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TREE may be a file's name, or part of another extension."""
    monkeypatch.setattr(index_module, "SEARCH_FROM", 0)
    extensions = extension(b"TREE", b"\0-1 0\n") + extension(b"UNTR", b"TREE\0\0\0\0")
    index = open_index(tmp_path, build([Staged(b"pkg/TREE"), Staged(b"z/TREE")], extensions=extensions))

    assert index.search(b"pkg") == index.entries(b"pkg")
    index.close()


def test_sparse_index_is_expanded_from_its_trees(tmp_path: Path) -> None:
    """An entry for a whole folder gives its files back, marked as absent from the worktree."""
    source = MemorySource()
    blob = source.add("blob", b"x")
    inner = source.add("tree", b"100644 b.py\0" + bytes.fromhex(blob))
    outer = source.add(
        "tree", b"100644 a.py\0" + bytes.fromhex(blob) + b"40000 deep\0" + bytes.fromhex(inner)
    )
    data = build([Staged(b"a"), Staged(b"pkg/", mode=0o040000, extended=0x4000), Staged(b"z")], 3)
    data = data.replace(Staged(b"").id(), bytes.fromhex(outer))
    data = data[:-20] + extension(b"sdir", b"") + bytes(20)
    index = open_index(tmp_path, data, objects=Objects(source))

    assert [(entry.path, entry.skip_worktree) for entry in index.entries(b"pkg/deep")] == [
        (b"pkg/deep/b.py", True)
    ]
    assert [entry.path for entry in index.entries(b"")] == [b"a", b"pkg/a.py", b"pkg/deep/b.py", b"z"]
    index.close()
