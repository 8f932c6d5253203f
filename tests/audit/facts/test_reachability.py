"""Reach: how far commits are behind HEAD, counted for all of them at once."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, strategies as st

from zenml_pin.audit.facts.reachability import count_behind

COMMITS = 70


@given(
    st.dictionaries(
        st.integers(min_value=0, max_value=2**COMMITS - 1), st.integers(min_value=1, max_value=5000)
    )
)
def test_counting_at_once_is_counting_one_by_one(marks: dict[int, int]) -> None:
    """Whatever marks HEAD's commits have, and however many have the same."""
    counts = Counter(marks)

    found = count_behind(counts, COMMITS)

    assert found == [
        sum(count for mark, count in marks.items() if not mark >> position & 1) for position in range(COMMITS)
    ]
