"""The search: what is known so far, and the next step. A state never changes; an answer leads to another state.

    Try         this commit must be tested
    Found       this is the first bad commit
    Left        only these commits are left: the bad one, and those that cannot be judged
    Undone      a merge base is bad, so a good commit that is not an ancestor of the bad one has undone what is bad

If a good commit is not an ancestor of the bad one, their merge bases are tested first, as in git: only if they are good
is the first bad commit between them and the bad commit.

>>> SearchState("b" * 40, ("a" * 40,)).after(Try("c" * 40), BAD).bad == "c" * 40
True
"""

from __future__ import annotations

import attrs

from zenml_pin.pipelines.bisecting.midpoint import choose, skip_away, sort_by_distance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pipelines.bisecting.history import History

GOOD, BAD, UNKNOWN = "good", "bad", "unknown"


@attrs.frozen
class Try:
    """A commit that must be tested.

    Attributes:
        commit_id: The commit.
        is_merge_base: Whether it is a merge base of the bad commit and the good ones.
        left: How many candidates there are.
    """

    commit_id: str
    is_merge_base: bool = False
    left: int = 0


@attrs.frozen
class Found:
    """The first bad commit."""

    commit_id: str


@attrs.frozen
class Left:
    """The candidates that are left, the bad commit last; all others among them cannot be judged."""

    commit_ids: tuple[str, ...]


@attrs.frozen
class Undone:
    """A merge base is bad, and this good commit is newer."""

    merge_base: str
    goods: tuple[str, ...]


@attrs.frozen
class Unrelated:
    """These good commits have no history in common with the bad one."""

    goods: tuple[str, ...]


@attrs.frozen
class SearchState:
    """What is known.

    Attributes:
        bad: The oldest commit that is known to be bad.
        goods: Commits that are known to be good.
        skips: Commits that cannot be judged.
        is_checked: Whether the merge bases were tested. As in git this happens once, also if a later bad commit has
            others.
    """

    bad: str
    goods: tuple[str, ...]
    skips: frozenset[str] = frozenset()
    is_checked: bool = False

    def after(self, step: Try, answer: str) -> SearchState:
        """Return the state after the commit of a step was judged "good", "bad" or "unknown"."""
        state = attrs.evolve(self, is_checked=not step.is_merge_base)
        if answer == BAD:
            return attrs.evolve(state, bad=step.commit_id)
        if answer == GOOD:
            return attrs.evolve(state, goods=(*self.goods, step.commit_id))
        return attrs.evolve(state, skips=self.skips | {step.commit_id})


def next_step(history: History, state: SearchState) -> Try | Found | Left | Undone | Unrelated:
    """Return the next step of a search."""
    step = None if state.is_checked else _check_merge_bases(history, state)
    if step is not None:
        return step
    graph = history.candidates(state.bad, state.goods)
    if not state.skips:
        chosen = choose(graph)
        return Found(chosen) if chosen == state.bad else Try(chosen, left=len(graph))
    ordered = sort_by_distance(graph)
    if ordered[0] not in state.skips:
        return Found(state.bad) if ordered[0] == state.bad else Try(ordered[0], left=len(graph))
    testable = [name for name in ordered if name not in state.skips]
    chosen = skip_away(testable, state.bad)
    if chosen == state.bad:
        return Left((*(name for name in ordered if name in state.skips), state.bad))
    return Try(chosen, left=len(graph))


def _check_merge_bases(history: History, state: SearchState) -> Try | Undone | Unrelated | None:
    outside = history.not_ancestors(state.goods, state.bad)
    if not outside:
        return None
    bases = history.merge_bases(state.bad, state.goods)
    if not bases:
        return Unrelated(tuple(outside))
    for base in bases:
        if base == state.bad:
            return Undone(base, tuple(outside))
        if base not in state.goods and base not in state.skips:
            return Try(base, is_merge_base=True)
    return None
