"""Reachability: which branches and tags lead to a commit, and how many commits it is behind HEAD.

One walk through the history answers for any number of commits; memory does not grow with the history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

from zenml_pin.base.values import Value
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_node import CommitNode
from zenml_pin.git.objects.history import tour
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.revision import resolve_revision

# No branch has this name: it has a space.
_PUSHED = "(being pushed)"
_HEADS, _REMOTES, _TAGS = "refs/heads/", "refs/remotes/", "refs/tags/"


class Reached(Value):
    """The branches and tags that lead to a commit.

    Attributes:
        branches, tags: Short names, sorted. A detached HEAD counts as a branch, "HEAD".
        behind: How many commits HEAD has that the commit does not lead to; None without a HEAD.
    """

    branches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    behind: int | None = None


def starts_of(repository: GitRepository, pushed: str | None = None) -> dict[str, str]:
    """Return the commit ids of HEAD and of every branch and tag, by full name; skip refs that lead to no commit.

    Args:
        repository: The repository.
        pushed: A commit that is being pushed, to which a branch or tag will lead if the hooks accept it.
    """
    refs = repository.refs
    starts: dict[str, str] = {}
    head = refs.head()
    if head is not None:
        starts["HEAD"] = head
    for name in refs.all():
        if name.startswith((_HEADS, _REMOTES, _TAGS)):
            try:
                starts[name] = resolve_revision(repository, name)
            except PinError:
                continue
    if pushed is not None:
        starts[f"{_HEADS}{_PUSHED}"] = pushed
    return starts


def reach_of(
    repository: GitRepository,
    commits: Collection[str],
    faults: dict[str, str],
    pushed: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Reached]:
    """Return the branches and tags that lead to each of the commits.

    Args:
        repository: The repository.
        commits: Full ids of commits that it has.
        faults: Filled with the ids of damaged commits and the reasons: the history ends there.
        pushed: As for `starts_of`.
        progress: Is called with the number of commits that were read.
    """
    starts = starts_of(repository, pushed)
    names, commits = list(starts), list(dict.fromkeys(commits))
    marks = dict.fromkeys(commits, 0)
    for position, name in enumerate(names):
        marks[starts[name]] = marks.get(starts[name], 0) | 1 << position
    for position, commit_id in enumerate(commits, len(names)):
        marks[commit_id] |= 1 << position
    head = 1 << names.index("HEAD") if "HEAD" in starts else 0
    marker = tour(
        repository.objects, marks, lambda: _MarkCollector(set(commits), head, len(names)), faults, progress
    )
    behind = count_behind(marker.counts, len(commits)) if head else None
    detached = repository.refs.branch() is None
    return {
        commit_id: Reached(
            tuple(sorted(_branches(names, marker.reached.get(commit_id, 0), detached))),
            tuple(sorted(_short(names, marker.reached.get(commit_id, 0), _TAGS))),
            None if behind is None else behind[position],
        )
        for position, commit_id in enumerate(commits)
    }


class _MarkCollector:
    """Collects the marks of the wanted commits, and counts the commits of HEAD's history by their marks."""

    def __init__(self, wanted: set[str], head: int, shift: int) -> None:
        self._wanted = wanted
        self._head = head
        self._shift = shift
        self.reached: dict[str, int] = {}
        self.counts: Counter[int] = Counter()

    def visit(self, commit: CommitNode, parents: list[CommitNode], marks: int) -> bool:
        """Collect the marks of a commit."""
        if commit.id in self._wanted:
            self.reached[commit.id] = marks
        if marks & self._head:
            self.counts[marks >> self._shift] += 1
        return True


def count_behind(counts: Counter[int], commits: int) -> list[int]:
    """Return for each commit that has a mark how many commits of HEAD's history it does not lead to.

    Counts for all commits at once: `planes[power]` has that binary digit of each commit's number at the commit's mark,
    and one addition of marks is a few operations on long integers instead of one for each mark.
    """
    total = counts.total()
    planes = [0] * max(1, total.bit_length())
    for marks, count in counts.items():
        for power in range(count.bit_length()):
            carry, digit = (marks if count >> power & 1 else 0), power
            while carry:
                planes[digit], carry = planes[digit] ^ carry, planes[digit] & carry
                digit += 1
    digits = [format(plane, f"0{commits}b") for plane in reversed(planes)]
    return [total - int("".join(column), 2) for column in zip(*digits, strict=True)][::-1]


def _branches(names: list[str], marks: int, detached: bool) -> list[str]:
    remotes = _short(names, marks, _REMOTES)
    # In a clone, origin/HEAD is another name for one of these.
    others = [name for name in remotes if not name.endswith("/HEAD")]
    branches = [*_short(names, marks, _HEADS), *(others or remotes)]
    return [*branches, *(["HEAD"] if detached and "HEAD" in _short(names, marks, "") else [])]


def _short(names: list[str], marks: int, prefix: str) -> list[str]:
    return [
        name.removeprefix(prefix)
        for position, name in enumerate(names)
        if marks >> position & 1 and name.startswith(prefix)
    ]
