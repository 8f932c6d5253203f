"""Walking history: every commit once, after its children, with the marks of the starts that lead to it."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from tests.support.repositories import Repo, commit, detach, git
from zenml_pin.git.objects.commit_node import CommitNode
from zenml_pin.git.objects.history import tour
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository


class Seen:
    """A visitor that records what it gets."""

    def __init__(self, most: int = 10**9) -> None:
        self.order: list[str] = []
        self.marks: dict[str, int] = {}
        self.parents: dict[str, list[str]] = {}
        self._most = most

    def visit(self, commit: CommitNode, parents: list[CommitNode], marks: int) -> bool:
        self.order.append(commit.id)
        self.marks[commit.id] = marks
        self.parents[commit.id] = [parent.id for parent in parents]
        return len(self.order) < self._most


def put(source: MemorySource, time: int, *parents: str, note: str = "") -> str:
    """Return a commit of the empty tree."""
    lines = [f"tree {source.add('tree', b'')}", *(f"parent {parent}" for parent in parents)]
    person = f"A <a@b> {time} +0000"
    return source.add(
        "commit", "\n".join([*lines, f"author {person}", f"committer {person}", "", note]).encode()
    )


def graph(seed: int, skew: bool) -> tuple[MemorySource, list[str], dict[str, list[str]]]:
    """Return a random history: its source, its commits with the oldest first, and their parents."""
    rng = random.Random(seed)
    source = MemorySource()
    commits: list[str] = []
    parents: dict[str, list[str]] = {}
    for number in range(rng.randrange(1, 40)):
        chosen = rng.sample(commits, min(len(commits), rng.choice([0, 1, 1, 1, 2, 3])))
        # Several have the same second, as after a rebase.
        time = rng.randrange(1000) if skew else number // 3
        commits.append(put(source, time, *chosen, note=str(number)))
        parents[commits[-1]] = chosen
    return source, commits, parents


@pytest.mark.parametrize("skew", [False, True], ids=["true clocks", "clocks that ran backwards"])
@pytest.mark.parametrize("seed", range(40))
def test_marks_are_those_of_all_starts_that_lead_there(seed: int, skew: bool) -> None:
    """Compared with a search from each start, in random graphs with merges, roots and equal times."""
    source, commits, parents = graph(seed, skew)
    starts = {
        name: 1 << number
        for number, name in enumerate(random.Random(seed).sample(commits, min(5, len(commits))))
    }
    expected: dict[str, int] = {}
    for start, mark in starts.items():
        todo, reached = [start], set()
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += parents[name]
        for name in reached:
            expected[name] = expected.get(name, 0) | mark

    seen = tour(Objects(source), starts, Seen, {})

    assert seen.marks == expected
    assert len(seen.order) == len(expected)
    position = {name: number for number, name in enumerate(seen.order)}
    assert all(position[name] < position[parent] for name in seen.order for parent in parents[name])
    assert {name: sorted(ids) for name, ids in seen.parents.items()} == {
        name: sorted(parents[name]) for name in expected
    }


def test_tour_ends_when_the_visitor_says_so() -> None:
    """The visitor decides."""
    source, commits, _ = graph(3, skew=False)

    assert len(tour(Objects(source), dict.fromkeys(commits, 1), lambda: Seen(4), {}).order) == 4


def test_absent_parent_ends_the_history() -> None:
    """As in a shallow clone; a damaged parent does the same, and is reported."""
    source = MemorySource()
    blob = source.add("blob", b"")
    top = put(source, 5, "0" * 40, blob)
    faults: dict[str, str] = {}

    seen = tour(Objects(source), {top: 1}, Seen, faults)

    assert seen.order == [top]
    assert list(faults) == [blob]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_history() -> None:
    """Twice as many commits need no more memory: it only keeps the commits that come next."""

    class Count:
        def __init__(self) -> None:
            self.count = 0

        def visit(self, commit: CommitNode, parents: list[CommitNode], marks: int) -> bool:
            self.count += 1
            return True

    def most(length: int) -> int:
        source = MemorySource()
        commits: list[str] = []
        for number in range(length):
            commits.append(put(source, number, *commits[-1:], *commits[-7:-6], note=str(number)))
        tracemalloc.start()
        assert tour(Objects(source), {commits[-1]: 1}, Count, {}).count == length
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    # The first tour of a process needs more.
    most(2200)
    # The interpreter keeps up to 2,000 freed tuples for itself.
    assert most(4500) < 1.1 * most(2200)


@pytest.mark.git
def test_count_equals_gits(repo: Repo) -> None:
    """Over a merge, compared with `git rev-list --count`."""
    first = commit(repo, {"a": "1"})
    left = commit(repo, {"a": "2"})
    detach(repo, first)
    right = commit(repo, {"b": "1"})
    merge = commit(repo, {"a": "2", "b": "1"}, parent=[left, right])

    with GitRepository.open(repo.path) as repository:
        seen = tour(repository.objects, {merge: 1}, Seen, {})

    assert len(seen.order) == int(git("rev-list", "--count", merge, cwd=repo.path))
