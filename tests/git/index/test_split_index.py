"""Split indexes: bitmaps, and how a base index and its changes are merged."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

from zenml_pin.git.index.file_format import IndexEntry
from zenml_pin.git.index.split_index import base_of, merge, parse_link


def bitmap(bits: set[int]) -> bytes:
    """Return bits as git's compressed bitmap: runs of zeroes or ones, then literal words."""
    length = (max(bits) // 64 + 1) if bits else 0
    literals = [sum(1 << (bit - 64 * word) for bit in bits if bit // 64 == word) for word in range(length)]
    words: list[int] = []
    while literals:
        first = literals[0] if literals[0] in (0, 2**64 - 1) else 0
        run = 0
        while run < len(literals) and literals[run] == first:
            run += 1
        plain = 0
        while run + plain < len(literals) and literals[run + plain] not in (0, 2**64 - 1):
            plain += 1
        words += [(first & 1) | run << 1 | plain << 33, *literals[run : run + plain]]
        literals = literals[run + plain :]
    return struct.pack(f">II{len(words)}QI", 64 * length, len(words), *words, 0)


@pytest.mark.slow
@given(st.sets(st.integers(0, 400)), st.sets(st.one_of(st.integers(0, 400), st.integers(64, 319))))
def test_bitmaps_are_read_back(deleted: set[int], replaced: set[int]) -> None:
    """Runs and literal words give the positions, in order."""
    data = b"\1" * 20 + bitmap(deleted) + bitmap(replaced)

    assert base_of(data, 20) == "01" * 20
    assert parse_link(data, 20, 401) == (deleted, sorted(replaced))


RUN = struct.pack(">IIQI", 2**32 - 1, 1, 0xFFFFFFFF << 1 | 1, 0)
BEYOND = {"a long run": RUN + RUN, "one bit": bitmap({7}) + bitmap(set())}


@pytest.mark.parametrize("bitmaps", BEYOND.values(), ids=BEYOND)
def test_positions_beyond_the_base_are_damage(bitmaps: bytes) -> None:
    """Twelve bytes cannot cause hours of work."""
    with pytest.raises(ValueError, match="beyond the base"):
        parse_link(b"\1" * 20 + bitmaps, 20, 7)


def test_link_without_a_base_has_none() -> None:
    """An id of zeroes means that nothing is shared."""
    assert base_of(bytes(20), 20) is None
    assert parse_link(bytes(20), 20, 0) == (set(), [])


def entry(path: bytes, size: int = 0) -> IndexEntry:
    """Return an entry that differs from others in its size."""
    return IndexEntry(path, 0o100644, "1" * 40, size)


def test_changes_are_laid_over_the_base() -> None:
    """Deleted entries disappear, replaced ones keep their name, and the others are added in order."""
    base = [entry(b"a", 1), entry(b"c", 2), entry(b"d", 3)]

    merged = merge(base, [entry(b"", 9), entry(b"b", 4)], {0}, [1])

    assert [(item.path, item.size) for item in merged] == [(b"b", 4), (b"c", 9), (b"d", 3)]


def test_replacement_with_a_name_is_damage() -> None:
    """Entries that replace one have no own name."""
    with pytest.raises(ValueError, match="has a name"):
        merge([entry(b"a")], [entry(b"b")], set(), [0])
