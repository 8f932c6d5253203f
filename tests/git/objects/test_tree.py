"""Trees: each raw entry is checked before it is used."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given, strategies as st

from tests.support.repositories import Repo, git, put, put_entries
from zenml_pin.errors import ObjectCorruptError
from zenml_pin.git.objects.tree import EXECUTABLE, FILE, FOLDER, LINK, SUBMODULE, Entry, parse_tree
from zenml_pin.git.repository import GitRepository

ID = "e9448e0abbc6f03252578ca877bc80c94f137edd"
RAW = bytes.fromhex(ID)


def _parse(data: bytes, id_length: int = 20) -> dict[str, Entry]:
    return parse_tree("t" * 40, data, id_length, "here")


def test_a_tree_is_read_in_its_own_order() -> None:
    """Names, modes and ids; a folder sorts as if its name ended in a slash."""
    entries = _parse(
        b"100644 a.py\0" + RAW + b"40000 a\0" + RAW + b"120000 link\0" + RAW + b"160000 sub\0" + RAW
    )

    assert list(entries.values()) == [
        Entry("a.py", FILE, ID),
        Entry("a", FOLDER, ID),
        Entry("link", LINK, ID),
        Entry("sub", SUBMODULE, ID),
    ]
    assert [entry.is_file for entry in entries.values()] == [True, False, False, False]
    assert [entry.is_folder for entry in entries.values()] == [False, True, False, False]


def test_a_sha256_tree_has_longer_ids() -> None:
    """An id has 32 bytes."""
    assert _parse(b"100644 a\0" + bytes(32), 32) == {"a": Entry("a", FILE, "0" * 64)}


def test_an_empty_tree_has_no_entries() -> None:
    """The commit deleted everything."""
    assert _parse(b"") == {}


MODES = {
    b"100644": FILE,
    b"100664": FILE,
    b"100600": FILE,
    b"100444": FILE,
    b"100755": EXECUTABLE,
    b"100775": EXECUTABLE,
    b"100700": EXECUTABLE,
    b"100744": EXECUTABLE,
    b"120000": LINK,
    b"120777": LINK,
    b"40000": FOLDER,
    b"040000": FOLDER,
    b"40755": FOLDER,
    b"160000": SUBMODULE,
}


@pytest.mark.parametrize("mode", MODES, ids=[mode.decode() for mode in MODES])
def test_modes_become_the_five_that_git_knows(mode: bytes) -> None:
    """Old programs wrote other permission bits."""
    assert _parse(mode + b" a\0" + RAW)["a"].mode == MODES[mode]


@pytest.mark.parametrize(
    "mode", [b"", b"0", b"10644", b"100648", b"20000", b"00000100644", b"-100644", b"+1"]
)
def test_unknown_modes_are_refused(mode: bytes) -> None:
    """Devices, FIFOs, and text that is not an octal number."""
    with pytest.raises(ObjectCorruptError, match="unknown mode"):
        _parse(mode + b" a\0" + RAW)


HOSTILE_NAMES = ["", ".", "..", ".git", ".GIT", ".Git", "a/b", "/abs", "../up", "a/../b", "/"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_that_no_path_can_have_are_refused(name: str) -> None:
    """They would lead out of the tree, or into `.git`."""
    with pytest.raises(ObjectCorruptError, match="it has an entry named"):
        _parse(b"100644 " + name.encode() + b"\0" + RAW)


@pytest.mark.parametrize(
    "name", ["...", ".gitignore", "git", ".git2", "a b", "a\nb", "é", "\udcff", "-", "con"]
)
def test_names_that_are_merely_odd_are_kept(name: str) -> None:
    """git keeps them too, bytes that are no UTF-8 included."""
    assert list(_parse(b"100644 " + os.fsencode(name) + b"\0" + RAW)) == [name]


@pytest.mark.parametrize("second", [b"100644", b"40000"], ids=["file", "folder"])
def test_two_entries_with_one_name_are_refused(second: bytes) -> None:
    """git shows the first and checks out the last: such a tree has two meanings."""
    with pytest.raises(ObjectCorruptError, match=r"two entries named 'step\.py'"):
        _parse(b"100644 step.py\0" + RAW + second + b" step.py\0" + bytes(20))


CUT_OFF = {
    "in the id": b"100644 a\0" + RAW[:-1],
    "before the id": b"100644 a\0",
    "in the name": b"100644 a",
    "in the mode": b"1006",
    "second entry": b"100644 a\0" + RAW + b"1",
    "no space": b"100644a\0" + RAW,
}


@pytest.mark.parametrize("data", CUT_OFF.values(), ids=CUT_OFF)
def test_a_tree_that_is_cut_off_is_refused(data: bytes) -> None:
    """At every position."""
    with pytest.raises(ObjectCorruptError) as caught:
        _parse(data)
    assert caught.value.object_id == "t" * 40


RECORD = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)
RECORDS = st.builds(
    lambda mode, name, id: mode + b" " + name + b"\0" + id,
    st.sampled_from([b"100644", b"100755", b"40000", b"120000", b"160000", b"100600", b"7"]),
    st.binary(min_size=1, max_size=3),
    st.binary(min_size=20, max_size=20),
)


@given(
    st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda tail: b"100644 a\0" + RAW + tail)
    | st.lists(RECORDS, max_size=4).map(b"".join)
)
def test_any_bytes_are_a_tree_or_an_error(data: bytes) -> None:
    """Every entry equals what a simple pattern reads; there is no other exception, and no name leads elsewhere."""
    try:
        entries = _parse(data)
    except ObjectCorruptError:
        return
    for name, entry in entries.items():
        assert entry.path == name
        assert "/" not in name
        assert name not in ("", ".", "..")
    assert [(os.fsencode(entry.path), bytes.fromhex(entry.id)) for entry in entries.values()] == [
        (name, id) for _, name, id in RECORD.findall(data)
    ]


names = st.text(
    st.characters(min_codepoint=1, max_codepoint=0x3FF, exclude_characters="/"), min_size=1, max_size=6
).filter(lambda name: name not in (".", "..") and name.lower() != ".git")
modes = st.sampled_from([0o100644, 0o100664, 0o100755, 0o120000, 0o160000])


@pytest.mark.slow
@pytest.mark.git
def test_listing_equals_git_ls_tree(repo: Repo) -> None:
    """For any names and modes, in any order; one call of git compares all of them."""
    blob = put(repo, "blob", b"")
    trees: list[str] = []

    @given(st.dictionaries(names, modes, max_size=8))
    def collect(entries: dict[str, int]) -> None:
        trees.append(put_entries(repo, [(mode, name, blob) for name, mode in entries.items()]))

    collect()
    trees = sorted(set(trees))
    assert len(trees) > 10

    with GitRepository.open(repo.path) as repository:
        for tree in trees[:40]:
            ours = [
                f"{entry.mode:06o} {'commit' if entry.mode == SUBMODULE else 'blob'} {entry.id}\t{entry.path}"
                for entry in repository.objects.entries(tree).values()
            ]
            assert ours == git("ls-tree", "-z", tree, cwd=repo.path).split("\0")[:-1]
