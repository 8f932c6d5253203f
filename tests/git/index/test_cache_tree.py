"""The index's cached trees."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from zenml_pin.errors import UnsupportedError
from zenml_pin.git.index.cache_tree import find_trees


def node(name: bytes, letter: bytes, children: list[bytes], count: int = 1) -> bytes:
    """Return a node; a negative count makes it invalid."""
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
    """A valid node gives its id, even if nodes above it are invalid; any other node gives None."""
    assert find_trees(TREE, folder, 20).get(folder) == (None if letter is None else (letter * 20).hex())


def test_folders_above_come_along() -> None:
    """One walk to a folder also gives the trees of the folders above it."""
    ids = {path: ((FOUND[path] or b"") * 20).hex() for path in (b"", b"a", b"a/y", b"a/y/deep")}

    assert find_trees(TREE, b"a/y/deep", 20) == ids
    assert find_trees(TREE, b"b/x", 20) == {b"": ids[b""], b"b": None, b"b/x": None}


def test_no_extension_knows_no_tree() -> None:
    """An index need not have cached trees."""
    assert find_trees(b"", b"a", 20) == {}


NODE = re.compile(rb"([^\0]*)\0(-1|0|[1-9][0-9]*) (0|[1-9][0-9]*)\n")


def read_whole(data: bytes) -> dict[bytes, str | None]:
    """Read every node, following the grammar; of two folders with one name the first counts."""
    trees: dict[bytes, str | None] = {}

    def read(position: int, above: bytes | None, counts: bool) -> int:
        head = NODE.match(data, position)
        if head is None:
            raise ValueError("no node")
        path = b"" if above is None else above + b"/" + head[1] if above else head[1]
        end = head.end() + (0 if head[2] == b"-1" else 20)
        if end > len(data):
            raise ValueError("cut off")
        counts = counts and path not in trees
        if counts:
            trees[path] = data[head.end() : end].hex() or None
        for _ in range(int(head[3])):
            end = read(end, path, counts)
        return end

    read(0, None, True)
    return trees


@pytest.mark.slow
@given(st.binary(max_size=40), st.integers(0, len(TREE)), st.booleans())
def test_any_bytes_are_an_answer_or_an_error_of_ours(junk: bytes, at: int, is_cut: bool) -> None:
    """P9: whatever the extension contains, the answer equals that of a reader of the whole, or is a PinError."""
    data = TREE[:at] + junk + (b"" if is_cut else TREE[at + len(junk) :])
    try:
        expected = read_whole(data)
    except ValueError:
        expected = None

    for folder in FOUND:
        above = [folder[:end] for end, letter in enumerate(folder) if letter == ord("/")]
        try:
            trees = find_trees(data, folder, 20)
        except UnsupportedError:
            assert expected is None
        else:
            assert expected is None or trees == {
                path: expected[path] for path in {b"", *above, folder} if path in expected
            }
