"""History: every commit that is reachable from some start commits, each once, after its children, with its marks.

    marks    bits, one or more for each start; a commit gets the bits of all starts from which it is reachable

Commits come newest first, and only the next ones are in memory, so memory does not grow with the history. This needs
each parent to be as old as its child or older. Where clocks ran backwards, the walk starts again with the whole graph
in memory, about 200 bytes a commit.

Sources: gitglossary(7) reachable; git-rev-list(1) --topo-order.
"""

from __future__ import annotations

from heapq import heappop, heappush

from zenml_pin.base.bounded import Bounded
from zenml_pin.errors import CommitNotFoundError, PinError
from zenml_pin.git.objects.commit_node import find_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Protocol, TypeVar

    from zenml_pin.git.objects.commit_node import CommitNode
    from zenml_pin.git.objects.object_store import Objects

    class Visitor(Protocol):
        """Receives the commits of a tour."""

        def visit(self, commit: CommitNode, parents: list[CommitNode], marks: int) -> bool:
            """Receive a commit and those of its parents that exist here; return False to end the tour."""

    V = TypeVar("V", bound=Visitor)


# A commit is read when its child is shown, and again when it is shown itself, which is often soon.
_KEPT_NODES = 1024


class _ClockSkewError(Exception):
    """A parent is newer than its child."""


def tour(
    objects: Objects,
    marks: Mapping[str, int],
    make: Callable[[], V],
    faults: dict[str, str],
    progress: Callable[[int], None] | None = None,
) -> V:
    """Show every commit that is reachable from some starts to a visitor, and return the visitor.

    Args:
        objects: Where to read commits; the history ends at a missing one, as in a shallow clone.
        marks: The full ids of the starts, and their marks.
        make: Creates the visitor; called again if the walk has to start again.
        faults: Receives the ids of damaged commits and the reason; the history ends there.
        progress: Is called with the number of commits that have been shown.
    """
    walk = _Walk(objects, faults)
    try:
        return _show(walk.stream(marks), make(), progress)
    except _ClockSkewError:
        return _show(walk.graph(marks), make(), progress)


def _show(
    commits: Iterator[tuple[CommitNode, list[CommitNode], int]],
    visitor: V,
    progress: Callable[[int], None] | None,
) -> V:
    for shown, (commit, parents, marks) in enumerate(commits, 1):
        if progress is not None:
            progress(shown)
        if not visitor.visit(commit, parents, marks):
            break
    return visitor


class _Walk:
    def __init__(self, objects: Objects, faults: dict[str, str]) -> None:
        self._objects = objects
        self._faults = faults
        self._nodes: Bounded[str, CommitNode] = Bounded(_KEPT_NODES)

    def stream(self, marks: Mapping[str, int]) -> Iterator[tuple[CommitNode, list[CommitNode], int]]:
        """Yield commits with their existing parents and marks, newest first; raise if a parent is newer."""
        pending: dict[str, tuple[CommitNode, int]] = {}
        heap: list[tuple[int, str]] = []

        def add(commit_id: str, mark: int) -> CommitNode | None:
            known = pending.get(commit_id)
            commit = known[0] if known else self._read(commit_id)
            if commit is not None:
                pending[commit_id] = commit, mark | (known[1] if known else 0)
                if known is None:
                    heappush(heap, (-commit.time, commit_id))
            return commit

        for commit_id, mark in marks.items():
            add(commit_id, mark)
        while heap:
            # Commits of the same second, as of a rebase, have to be put in order.
            group: dict[str, list[CommitNode]] = {}
            time = heap[0][0]
            while heap and heap[0][0] == time:
                _, commit_id = heappop(heap)
                parents = [add(parent, 0) for parent in pending[commit_id][0].parents]
                group[commit_id] = [parent for parent in parents if parent is not None]
                if any(-parent.time < time for parent in group[commit_id]):
                    raise _ClockSkewError
            ids = {name: [parent.id for parent in parents] for name, parents in group.items()}
            for commit_id in _children_first(ids):
                commit, mark = pending.pop(commit_id)
                for parent in group[commit_id]:
                    add(parent.id, mark)
                yield commit, group[commit_id], mark

    def graph(self, marks: Mapping[str, int]) -> Iterator[tuple[CommitNode, list[CommitNode], int]]:
        """Yield what `stream` yields, in an order that does not depend on commit times."""
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
            commit = self._get(commit_id)
            mark = gathered.pop(commit_id, 0)
            for parent in commit.parents:
                gathered[parent] = gathered.get(parent, 0) | mark
            present = [self._get(parent) for parent in commit.parents if parent in parents]
            yield commit, present, mark

    def _get(self, commit_id: str) -> CommitNode:
        """Return a commit that was read before; most are asked for again soon, so some are kept."""
        node = self._nodes.get(commit_id)
        if node is None:
            node = find_node(self._objects, commit_id)
            if node is None:
                source = self._objects.source
                raise CommitNotFoundError(commit_id, [source.label], source.remedy)
            self._nodes.add(commit_id, node)
        return node

    def _read(self, commit_id: str) -> CommitNode | None:
        try:
            return find_node(self._objects, commit_id)
        except PinError as error:
            self._faults[commit_id] = error.message
            return None


def _children_first(parents: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the keys of a graph, each after all of its children."""
    if len(parents) == 1:
        yield from parents
        return
    waiting = dict.fromkeys(parents, 0)
    for parent_ids in parents.values():
        for parent in parent_ids:
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
    """Tell whether a commit is one of the tips or in their history; a shallow clone's history ends early.

    Cost: reads commits newest first, so it reads those newer than the ancestor, or all if it is not an ancestor.
    """
    visited: set[str] = set()
    ahead: list[tuple[int, str, tuple[str, ...]]] = []
    commit_ids = tips
    while ancestor_id not in visited:
        for commit_id in commit_ids:
            commit = None if commit_id in visited else find_node(objects, commit_id)
            visited.add(commit_id)
            if commit is not None:
                heappush(ahead, (-commit.time, commit_id, commit.parents))
        if not ahead:
            return ancestor_id in visited
        _, _, commit_ids = heappop(ahead)
    return True
