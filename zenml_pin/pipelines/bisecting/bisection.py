"""Bisection: the result of a search, and the search itself.

The ends are tried first: what is said to be bad must be bad, what is said to be good must be good.
"""

from __future__ import annotations

import attrs

from zenml_pin.base.text import count
from zenml_pin.errors import RevisionError, UnknownNameError, UnsupportedError
from zenml_pin.pipelines.bisecting.history import History
from zenml_pin.pipelines.bisecting.log import LogWriter
from zenml_pin.pipelines.bisecting.search import (
    BAD,
    GOOD,
    UNKNOWN,
    Found,
    Left,
    SearchState,
    Try,
    Undone,
    Unrelated,
    next_step,
)
from zenml_pin.pipelines.bisecting.trials import Tested, Trials
from zenml_pin.pipelines.bisecting.verdict import NO_METRIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.objects.object_store import Objects

# How many states ahead are looked at for trials that may be needed next, for each job.
_AHEAD = 4
_SHOWN = 8


@attrs.frozen
class Bisection:
    """The result of a search.

    Attributes:
        bad: The bad commit where it began.
        goods: The good commits where it began.
        first_parent: Whether a merge counted as a commit of its first parent alone.
        first_bad: The first bad commit; None if commits that cannot be judged hide it.
        candidates: The first bad commit, or every commit that may be it, `bad`'s side last.
        searched: How many commits there were between the ends, the bad one included.
        tested: Every commit that was looked at, in order.
        trials: How many trials were made.
        is_certain: False if a merge base cannot be judged, so that the first bad commit may be before it.
    """

    bad: str
    goods: tuple[str, ...]
    first_parent: bool
    first_bad: str | None
    candidates: tuple[str, ...]
    searched: int
    tested: tuple[Tested, ...]
    trials: int
    is_certain: bool = True

    @property
    def sentence(self) -> str:
        """How much work the search was."""
        counts = (count(self.searched, "commit"), count(self.trials, "trial"))
        sentence = f"{counts[0]} searched, {len(self.tested)} judged, {counts[1]}"
        if not self.is_certain:
            sentence += "; a merge base cannot be judged, so the first bad commit may be before it"
        return sentence

    @property
    def skipped(self) -> tuple[Tested, ...]:
        """The commits that cannot be judged."""
        return tuple(one for one in self.tested if one.verdict.answer == UNKNOWN)


@attrs.frozen
class Ends:
    """Where a search begins.

    Attributes:
        bad: The bad commit.
        goods: The good commits.
        names: What the user called them.
    """

    bad: str
    goods: tuple[str, ...]
    names: dict[str, str]

    def name(self, commit_id: str) -> str:
        """Return what the user called a commit."""
        return self.names.get(commit_id, commit_id)


def search(
    objects: Objects,
    ends: Ends,
    trials: Trials,
    log: LogWriter,
    *,
    first_parent: bool = False,
    tell: Callable[[Tested, int], None] | None = None,
) -> Bisection:
    """Search the first bad commit.

    Args:
        objects: The objects of the repository.
        ends: The commits where it begins.
        trials: Judges commits.
        log: Receives each verdict.
        first_parent: Whether a merge counts as a commit of its first parent alone.
        tell: Is called with each commit that was judged, and how many candidates there were.

    Raises:
        RevisionError: An end is not what it is said to be, or cannot be judged; or ends have no common history.
        UnknownNameError: No run has the metric.
        UnsupportedError: The test cannot work at all.
    """
    return _BisectSearch(objects, ends, trials, log, first_parent, tell).run()


class _BisectSearch:
    def __init__(
        self,
        objects: Objects,
        ends: Ends,
        trials: Trials,
        log: LogWriter,
        first_parent: bool,
        tell: Callable[[Tested, int], None] | None,
    ) -> None:
        self._history = History(objects, first_parent=first_parent)
        self._ends = ends
        self._trials = trials
        self._log = log
        self._tell = tell
        self._tested: list[Tested] = []

    def run(self) -> Bisection:
        ends = self._ends
        for commit_id in (ends.bad, *ends.goods):
            self._history.require(commit_id)
        is_checked = self._check_order()
        searched = len(self._history.candidates(ends.bad, ends.goods))
        self._check_ends(searched)
        state, is_certain = SearchState(ends.bad, ends.goods, is_checked=is_checked), True
        step = next_step(self._history, state)
        while isinstance(step, Try):
            if self._trials.jobs > 1:
                self._start_ahead(state, step)
            answer = self._judge(step.commit_id, step.left).verdict.answer
            is_certain = is_certain and not (step.is_merge_base and answer == UNKNOWN)
            state = state.after(step, answer)
            step = next_step(self._history, state)
        first_bad, candidates = self._end(step)
        return Bisection(
            ends.bad,
            ends.goods,
            self._history.first_parent,
            first_bad,
            candidates,
            searched,
            tuple(self._tested),
            self._trials.count,
            is_certain,
        )

    def _check_order(self) -> bool:
        """Check how the ends are related; return whether the good ones are ancestors of the bad one."""
        ends = self._ends
        outside = self._history.not_ancestors(ends.goods, ends.bad)
        if ends.bad in ends.goods:
            raise RevisionError(
                ends.name(ends.bad), "is said to be good and bad", "name another commit with --good or --bad"
            )
        for good in outside:
            if not self._history.not_ancestors([ends.bad], good):
                raise RevisionError(
                    ends.name(good),
                    f"is said to be good, and has the bad commit '{ends.name(ends.bad)}' in its history",
                    "if what was bad became good, exchange --good and --bad and the answers of the test",
                )
        if outside and not self._history.merge_bases(ends.bad, ends.goods):
            raise _unrelated(ends, outside)
        return not outside

    def _check_ends(self, searched: int) -> None:
        ends = self._ends
        expected = {ends.bad: BAD, **dict.fromkeys(ends.goods, GOOD)}
        if self._trials.jobs > 1:
            for commit_id in expected:
                self._trials.start(commit_id)
        for commit_id, answer in expected.items():
            verdict = self._judge(commit_id, searched).verdict
            if verdict.reason == NO_METRIC:
                hint = (
                    f"the run has {', '.join(verdict.known[:_SHOWN])}"
                    if verdict.known
                    else "the run has none"
                )
                raise UnknownNameError("metric", verdict.message.split("'")[1], verdict.known, hint)
            if verdict.answer == UNKNOWN:
                raise RevisionError(
                    ends.name(commit_id),
                    f"is said to be {answer}, and cannot be judged: {verdict.text}",
                    f"name another {answer} commit",
                )
            if verdict.answer != answer:
                why = f": {verdict.message}" if verdict.message else ""
                raise RevisionError(
                    ends.name(commit_id),
                    f"is said to be {answer}, and is {verdict.answer}{why}",
                    f"name another {answer} commit, or another test",
                )

    def _judge(self, commit_id: str, left: int) -> Tested:
        tested = self._trials.judge(commit_id)
        if tested.verdict.fault:
            raise UnsupportedError(tested.verdict.fault, "name a command that can be run from this folder")
        self._tested.append(tested)
        self._log.add(commit_id, tested.code, tested.verdict)
        if self._tell is not None:
            self._tell(tested, left)
        return tested

    def _start_ahead(self, state: SearchState, step: Try) -> None:
        """Start the trials that the search needs next, and those that it may need after each answer."""
        ahead: list[tuple[SearchState, Try]] = [(state, step)]
        wanted: dict[str, None] = {}
        for current, following in ahead:
            if not self._trials.is_known(following.commit_id):
                wanted[following.commit_id] = None
            if len(wanted) >= self._trials.jobs or len(ahead) > _AHEAD * self._trials.jobs:
                break
            for answer in (BAD, GOOD):
                later = current.after(following, answer)
                after = next_step(self._history, later)
                if isinstance(after, Try):
                    ahead.append((later, after))
        self._trials.stop_others(wanted)
        for commit_id in wanted:
            self._trials.start(commit_id)

    def _end(self, step: Found | Left | Undone | Unrelated) -> tuple[str | None, tuple[str, ...]]:
        if isinstance(step, Found):
            return step.commit_id, (step.commit_id,)
        if isinstance(step, Left):
            return None, step.commit_ids
        if isinstance(step, Undone):
            raise RevisionError(
                self._ends.name(step.goods[0]),
                f"is good and not an ancestor of the bad commit, and their merge base {step.merge_base} is bad: "
                "what is bad was mended on the way to it",
                "search the mending: exchange --good and --bad and the answers of the test",
            )
        raise _unrelated(self._ends, step.goods)


def _unrelated(ends: Ends, goods: list[str] | tuple[str, ...]) -> RevisionError:
    return RevisionError(
        ends.name(goods[0]), f"has no history in common with the bad commit '{ends.name(ends.bad)}'"
    )
