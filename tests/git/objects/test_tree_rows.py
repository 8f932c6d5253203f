"""The rows of trees, and what differs between two of them."""

from __future__ import annotations

import random

import pytest

from zenml_pin.errors import ObjectCorruptError
from zenml_pin.git.objects.tree import parse_tree
from zenml_pin.git.objects.tree_rows import TreeRows

Rows = dict[bytes, tuple[bytes, bytes]]


def _raw(rows: Rows) -> bytes:
    return b"".join(b"%b %b\0%b" % (mode, name, raw_id) for name, (mode, raw_id) in rows.items())


def _random_rows(chance: random.Random, length: int) -> Rows:
    names = sorted({b"n%d" % chance.randrange(60) for _ in range(chance.randrange(1, 40))})
    modes = (b"100644", b"40000", b"120000")
    return {name: (chance.choice(modes), chance.randbytes(length)) for name in names}


def _changed(chance: random.Random, rows: Rows, length: int) -> Rows:
    changed = dict(rows)
    for _ in range(chance.randrange(4)):
        name = chance.choice(list(changed))
        mode, raw_id = changed[name]
        what = chance.randrange(6)
        if what == 0 and len(changed) > 1:
            del changed[name]
        elif what == 1:
            changed[name] = chance.choice((b"100644", b"40000")), raw_id
        else:
            # One byte of the id, or all of it.
            changed[name] = mode, raw_id[:-1] + b"\n" if what == 2 else chance.randbytes(length)
    return changed


@pytest.mark.parametrize("length", [20, 32])
def test_differences_are_those_of_the_parsed_trees(length: int) -> None:
    """However the neighbour was read: alone, or beside the other tree."""
    chance = random.Random(length)
    for _ in range(150):
        rows = _random_rows(chance, length)
        other = _changed(chance, rows, length)
        names = rows.keys() | other.keys()
        expected = {
            name: (rows.get(name), other.get(name)) for name in names if rows.get(name) != other.get(name)
        }

        before = TreeRows.parse("", _raw(rows), length, "")
        alone = TreeRows.parse("", _raw(other), length, "")
        beside = before.with_ids_of(_raw(other))

        assert set(before.differing(alone)) == expected.keys()
        assert (beside is None) == ([*rows] != [*other] or any(rows[n][0] != other[n][0] for n in rows))
        for after in (alone, beside) if beside is not None else (alone,):
            differing = before.differing(after)
            assert {name: (before.get(name), after.get(name)) for name in differing} == expected
            assert {name: after.get(name) for name in after.modes} == other
            assert after.get(b"missing") is None


@pytest.mark.parametrize("length", [20, 32])
def test_a_walk_finds_each_change(length: int) -> None:
    """Of a line of neighbours: in the entry that changed last, in others, in none."""
    chance = random.Random(length)
    rows = {b"n%02d" % number: (b"100644", chance.randbytes(length)) for number in range(30)}
    before = TreeRows.parse("", _raw(rows), length, "")
    for _ in range(100):
        names = chance.choice(
            [[], [b"n07"], [b"n07"], [b"n07", b"n03"], [b"n00"], [b"n29"], [b"n29", b"n07"]]
        )
        rows |= {name: (b"100644", chance.randbytes(length)) for name in names}
        after = before.with_ids_of(_raw(rows))
        assert after is not None
        assert set(before.differing(after)) == set(names)
        before = after


def test_an_empty_tree_has_no_rows() -> None:
    """It differs from another one by all rows of that."""
    empty = TreeRows.parse("", b"", 20, "")
    other = TreeRows.parse("", b"100644 a\0" + b"1" * 20, 20, "")

    assert (empty.modes, empty.differing(empty)) == ({}, [])
    assert empty.differing(other) == [b"a"]


def test_modes_of_old_writers_are_read_as_git_reads_them() -> None:
    """As `parse_tree` does."""
    data = b"100664 a\0" + b"1" * 20
    assert TreeRows.parse("", data, 20, "").get(b"a") == (b"100644", b"1" * 20)
    assert parse_tree("", data, 20, "")["a"].mode == 0o100644


def test_a_tree_that_git_refuses_is_refused() -> None:
    """Two entries of a name have two meanings, also beside a neighbour."""
    twice = (b"100644 a\0" + b"1" * 20) * 2
    with pytest.raises(ObjectCorruptError):
        TreeRows.parse("", twice, 20, "")
    assert (
        TreeRows.parse("", b"100644 a\0" + b"1" * 20 + b"100644 b\0" + b"1" * 20, 20, "").with_ids_of(twice)
        is None
    )
