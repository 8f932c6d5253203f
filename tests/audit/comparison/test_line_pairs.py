"""Which lines stand side by side when a text replaces another."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from zenml_pin.audit.comparison.line_diff import RowKind, compare_lines
from zenml_pin.audit.comparison.line_pairs import pair_lines

LINES = st.lists(
    st.sampled_from(["", "a = 1", "a = 2", "return a", "return a + 1", "# note", "x"]), max_size=8
)


def test_a_line_stands_beside_the_one_that_it_became() -> None:
    """A comment that is added above it stands alone."""
    lines = compare_lines(
        ["def f(x, k):", "    return x * k"], ["def f(x, k):", "    # squared", "    return x * k ** 2"]
    )

    kinds = [(row.kind, row.old, row.new) for hunk in lines.hunks for row in hunk][1:]
    assert kinds == [
        (RowKind.ADDED, None, "    # squared"),
        (RowKind.CHANGED, "    return x * k", "    return x * k ** 2"),
    ]


def test_lines_without_a_likeness_are_paired_in_their_order() -> None:
    """So a rewritten part takes as few rows as it can."""
    assert list(pair_lines(["import os", "x"], ["yield 7"])) == [("import os", "yield 7"), ("x", None)]


@pytest.mark.slow
@given(LINES, LINES)
def test_each_line_appears_once_and_in_its_order(old: list[str], new: list[str]) -> None:
    """On both sides, and no row is empty."""
    pairs = list(pair_lines(old, new))

    assert [before for before, _ in pairs if before is not None] == old
    assert [after for _, after in pairs if after is not None] == new
    assert (None, None) not in pairs
