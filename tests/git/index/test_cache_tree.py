"""The index's cached trees."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.index.cache_tree import find_trees


def node(name: bytes, letter: bytes, children: list[bytes], count: int = 1) -> bytes:
    """Return a node; a negative count makes it not valid."""
    head = name + b"\0%d %d\n" % (count, len(children))
    return head + (letter * 20 if count >= 0 else b"") + b"".join(children)


TREE = node(
    b"",
    b"r",
    [
        node(b"a", b"a", [node(b"x", b"1", []), node(b"y", b"2", [node(b"deep", b"3", [])])]),
        node(b"b", b"b", [node(b"x", b"4", [], count=-1), node(b"y", b"5", [])], count=-1),
        node(b"c", b"c", []),
    ],
)
FOUND: dict[bytes, bytes | None] = {
    b"": b"r",
    b"a": b"a",
    b"a/x": b"1",
    b"a/y": b"2",
    b"a/y/deep": b"3",
    b"b": None,
    b"b/x": None,
    b"b/y": b"5",
    b"c": b"c",
    b"c/x": None,
    b"nowhere": None,
    b"x": None,
    b"a/y/deep/er": None,
}


@pytest.mark.parametrize(("folder", "letter"), FOUND.items(), ids=map(repr, FOUND))
def test_folder_has_the_tree_of_its_own_node(folder: bytes, letter: bytes | None) -> None:
    """A valid node gives its id, though nodes above it are not valid; any other gives None."""
    assert find_trees(TREE, folder, 20).get(folder) == (None if letter is None else (letter * 20).hex())


def test_folders_above_come_along() -> None:
    """One walk to a folder answers for those on the way."""
    ids = {path: ((FOUND[path] or b"") * 20).hex() for path in (b"", b"a", b"a/y", b"a/y/deep")}

    assert find_trees(TREE, b"a/y/deep", 20) == ids
    assert find_trees(TREE, b"b/x", 20) == {b"": ids[b""], b"b": None, b"b/x": None}


def test_no_extension_knows_no_tree() -> None:
    """An index need not have cached trees."""
    assert find_trees(b"", b"a", 20) == {}


@given(st.binary(max_size=40), st.integers(0, len(TREE)))
def test_any_bytes_are_an_answer_or_an_error_of_ours(junk: bytes, at: int) -> None:
    """P9: whatever lies in the extension, nothing but a PinError gets out."""
    for folder in FOUND:
        try:
            find_trees(TREE[:at] + junk, folder, 20)
        except UnsupportedError:
            return
