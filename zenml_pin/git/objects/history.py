"""History: every commit that some commits lead to, each once and after its children, with the marks that these pass on.

    marks    a number for each start, as bits; a commit gets those of all starts that lead to it

Commits come newest first, and only those that are next in turn are held, so that memory does not grow with the
history. That needs each parent to be no newer than its child. Where clocks ran backwards the walk starts again with
the whole graph in memory, about 200 bytes a commit.

Sources: gitglossary(7) reachable; git-rev-list(1) --topo-order.
"""

from __future__ import annotations

from heapq import heappop, heappush

from zenml_pin.errors import PinError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Protocol, TypeVar

    from zenml_pin.git.objects.commit import Commit
    from zenml_pin.git.objects.object_store import Objects

    class Visitor(Protocol):
        """What a tour shows the commits to."""

        def visit(self, commit: Commit, parents: list[Commit], marks: int) -> bool:
            """Take a commit and those of its parents that are here; False ends the tour."""

    V = TypeVar("V", bound=Visitor)


class _ClockSkewError(Exception):
    """A parent is newer than its child."""


def tour(objects: Objects, marks: Mapping[str, int], make: Callable[[], V], faults: dict[str, str]) -> V:
    """Show every commit that leads from some starts to a visitor, and return it.

    Args:
        objects: Where commits are read; one that is absent, as in a shallow clone, ends the history there.
        marks: The starts, full ids, and their marks.
        make: Makes the visitor; called again where the walk has to start again.
        faults: Gets the ids of commits that are damaged, and why: the history ends there.
    """
    walk = _Walk(objects, faults)
    try:
        return _show(walk.stream(marks), make())
    except _ClockSkewError:
        return _show(walk.graph(marks), make())


def _show(commits: Iterator[tuple[Commit, list[Commit], int]], visitor: V) -> V:
    for commit, parents, marks in commits:
        if not visitor.visit(commit, parents, marks):
            break
    return visitor


class _Walk:
    def __init__(self, objects: Objects, faults: dict[str, str]) -> None:
        self._objects = objects
        self._faults = faults

    def stream(self, marks: Mapping[str, int]) -> Iterator[tuple[Commit, list[Commit], int]]:
        """Yield commits with the present parents and marks, newest first; raise where a parent is newer."""
        held: dict[str, tuple[Commit, int]] = {}
        heap: list[tuple[int, str]] = []

        def add(commit_id: str, mark: int) -> Commit | None:
            known = held.get(commit_id)
            commit = known[0] if known else self._read(commit_id)
            if commit is not None:
                held[commit_id] = commit, mark | (known[1] if known else 0)
                if known is None:
                    heappush(heap, (-commit.time, commit_id))
            return commit

        for commit_id, mark in marks.items():
            add(commit_id, mark)
        while heap:
            # What one second made, such as a rebase, has an order of its own.
            group: dict[str, list[Commit]] = {}
            time = heap[0][0]
            while heap and heap[0][0] == time:
                _, commit_id = heappop(heap)
                parents = [add(parent, 0) for parent in held[commit_id][0].parents]
                group[commit_id] = [parent for parent in parents if parent is not None]
                if any(-parent.time < time for parent in group[commit_id]):
                    raise _ClockSkewError
            for commit_id in _children_first(
                {name: [parent.id for parent in found] for name, found in group.items()}
            ):
                commit, mark = held.pop(commit_id)
                for parent in group[commit_id]:
                    add(parent.id, mark)
                yield commit, group[commit_id], mark

    def graph(self, marks: Mapping[str, int]) -> Iterator[tuple[Commit, list[Commit], int]]:
        """Yield what `stream` does, whatever the clocks say."""
        parents: dict[str, list[str]] = {}
        todo = list(marks)
        while todo:
            commit_id = todo.pop()
            commit = None if commit_id in parents else self._read(commit_id)
            if commit is not None:
                parents[commit_id] = list(commit.parents)
                todo += commit.parents
        gathered = dict(marks)
        for commit_id in _children_first(parents):
            commit = self._objects.get_commit(commit_id)
            mark = gathered.pop(commit_id, 0)
            for parent in commit.parents:
                gathered[parent] = gathered.get(parent, 0) | mark
            present = [self._objects.get_commit(parent) for parent in commit.parents if parent in parents]
            yield commit, present, mark

    def _read(self, commit_id: str) -> Commit | None:
        try:
            return self._objects.find_commit(commit_id)
        except PinError as error:
            self._faults[commit_id] = error.message
            return None


def _children_first(parents: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the keys of a graph, each after all whose parent it is."""
    if len(parents) == 1:
        yield from parents
        return
    waiting = dict.fromkeys(parents, 0)
    for held in parents.values():
        for parent in held:
            if parent in waiting:
                waiting[parent] += 1
    ready = [name for name, children in waiting.items() if not children]
    while ready:
        name = ready.pop()
        yield name
        for parent in parents[name]:
            if parent in waiting:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)


def is_ancestor(objects: Objects, ancestor_id: str, *tips: str) -> bool:
    """Tell whether a commit is one of some others, or in their history as far as that is here (a shallow clone's end).

    Cost: reads commits newest first, so those that are newer than the ancestor; all of them when it is none.
    """
    seen: set[str] = set()
    ahead: list[tuple[int, str, tuple[str, ...]]] = []
    found = tips
    while ancestor_id not in seen:
        for name in found:
            commit = None if name in seen else objects.find_commit(name)
            seen.add(name)
            if commit is not None:
                heappush(ahead, (-commit.time, name, commit.parents))
        if not ahead:
            return ancestor_id in seen
        _, _, found = heappop(ahead)
    return True
