"""How far commits are behind HEAD, counted for all of them in one walk."""

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
def test_counting_all_together_equals_counting_one_by_one(marks: dict[int, int]) -> None:
    """For any marks of HEAD's commits, and for any number of commits with the same marks."""
    counts = Counter(marks)

    distances = count_behind(counts, COMMITS)

    assert distances == [
        sum(count for mark, count in marks.items() if not mark >> position & 1) for position in range(COMMITS)
    ]
