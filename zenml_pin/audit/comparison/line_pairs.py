"""Which of the lines that replace others stands beside which, when two texts are shown side by side.

A new line stands beside the old line that it became, so of `return x * k` and

    # squared
    return x * k ** 2

the comment is an added line. Pairs never cross; lines without a likeness are paired in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, zip_longest

# At least so much of two lines is equal (`SequenceMatcher.ratio`) when one became the other.
_ALIKE = 0.5
# Each old line is compared with each new one; longer parts are paired in their order.
_MAX_COMPARISONS = 600
_MAX_LINE = 200

LinePair = tuple[str | None, str | None]


def pair_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[LinePair]:
    """Yield all lines in their order, each old one with the new one beside it; None where a side has no line.

    >>> list(pair_lines(["return x * k"], ["# squared", "return x * k ** 2"]))
    [(None, '# squared'), ('return x * k', 'return x * k ** 2')]
    """
    for (i, m), (j, n) in pairwise([(-1, -1), *_alike(old, new), (len(old), len(new))]):
        yield from zip_longest(old[i + 1 : j], new[m + 1 : n])
        if j < len(old):
            yield old[j], new[n]


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the positions of lines that became others: of all that do not cross, those with the most likeness."""
    if not 1 < len(old) * len(new) <= _MAX_COMPARISONS:
        return []
    best: list[list[tuple[float, tuple[tuple[int, int], ...]]]] = [[(0.0, ())] * (len(new) + 1)]
    for i, line in enumerate(old):
        row = [best[-1][0]]
        for j, other in enumerate(new):
            score, pairs = best[-1][j]
            with_pair = score + _likeness(line, other), (*pairs, (i, j))
            row.append(max(best[-1][j + 1], row[j], with_pair, key=lambda item: item[0]))
        best.append(row)
    return list(best[-1][-1][1])


def _likeness(old: str, new: str) -> float:
    """Return how alike two lines are, from 0 to 1; 0 where it is not enough to pair them."""
    before, after = old.strip()[:_MAX_LINE], new.strip()[:_MAX_LINE]
    if not before or not after:
        return 0.0
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.quick_ratio() < _ALIKE:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= _ALIKE else 0.0
