"""History: the commits of a search, from the objects alone, in the order in which git lists them.

    candidates = ancestors of the bad commit, that commit too, without the ancestors of any good commit

Git takes the newest commit first, and of commits of one second the one that it met first. The list here is reversed:
parents come before their children, unless clocks ran backwards.

Sources: git-rev-list(1), git-merge-base(1).
"""

from __future__ import annotations

from heapq import heappop, heappush

from zenml_pin.errors import CommitNotFoundError
from zenml_pin.git.objects.commit_node import find_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.objects.object_store import Objects

# How many commits more are read after the last candidate, because clocks may differ.
_SLOP = 16


class History:
    """The commits of a repository, each read at most once.

    Args:
        objects: The objects of the repository; the history ends at a missing commit, as in a shallow clone.
        first_parent: Whether a merge counts as a commit of its first parent alone.
    """

    def __init__(self, objects: Objects, *, first_parent: bool = False) -> None:
        self._objects = objects
        self._nodes: dict[str, tuple[tuple[str, ...], int]] = {}
        self._latest: tuple[tuple[str, tuple[str, ...]], dict[str, tuple[str, ...]]] | None = None
        self.first_parent = first_parent

    def require(self, commit_id: str) -> None:
        """Check that a commit exists here.

        Raises:
            CommitNotFoundError: It does not.
        """
        if self._read(commit_id) is None:
            source = self._objects.source
            raise CommitNotFoundError(commit_id, [source.label], source.remedy)

    def candidates(self, bad: str, goods: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the candidates, oldest first, each with those of its parents that are candidates too."""
        key = bad, tuple(goods)
        if self._latest is None or self._latest[0] != key:
            listed = _Listing(self, *key).run()
            listed.reverse()
            members = set(listed)
            graph = {name: tuple(filter(members.__contains__, self.followed(name))) for name in listed}
            self._latest = key, graph
        return self._latest[1]

    def followed(self, commit_id: str) -> tuple[str, ...]:
        """Return the parents of a commit that a search follows."""
        parents = self.parents(commit_id)
        return parents[:1] if self.first_parent else parents

    def parents(self, commit_id: str) -> tuple[str, ...]:
        """Return the parents of a commit that exist here."""
        return self._node(commit_id)[0]

    def time(self, commit_id: str) -> int:
        """Return the time of a commit, in seconds since the epoch UTC."""
        return self._node(commit_id)[1]

    def not_ancestors(self, goods: Iterable[str], bad: str) -> list[str]:
        """Return the commits that are not ancestors of a commit, nor that commit itself."""
        missing = dict.fromkeys(goods)
        for commit_id in self._newest_first(bad):
            missing.pop(commit_id, None)
            if not missing:
                break
        return list(missing)

    def merge_bases(self, bad: str, goods: Iterable[str]) -> list[str]:
        """Return the best common ancestors of the bad commit and all good ones together, newest first."""
        of_bad = set(self._newest_first(bad))
        common = of_bad.intersection(*[set(self._newest_first(*goods))])
        below: set[str] = set()
        for commit_id in common:
            below.update(self.parents(commit_id))
        return sorted(common - below, key=self.time, reverse=True)

    def _newest_first(self, *commit_ids: str) -> Iterator[str]:
        heap = [(-self.time(name), name) for name in commit_ids]
        visited = set(commit_ids)
        heap.sort()
        while heap:
            _, commit_id = heappop(heap)
            yield commit_id
            for parent in self.parents(commit_id):
                if parent not in visited:
                    visited.add(parent)
                    heappush(heap, (-self.time(parent), parent))

    def _node(self, commit_id: str) -> tuple[tuple[str, ...], int]:
        node = self._nodes[commit_id]
        if node[0] and not all(map(self._nodes.__contains__, node[0])):
            node = tuple(name for name in node[0] if self._read(name) is not None), node[1]
            self._nodes[commit_id] = node
        return node

    def _read(self, commit_id: str) -> tuple[tuple[str, ...], int] | None:
        known = self._nodes.get(commit_id)
        if known is None:
            node = find_node(self._objects, commit_id)
            if node is None:
                return None
            known = self._nodes[commit_id] = node.parents, node.time
        return known


class _Listing:
    """One walk from the bad commit and the good ones, newest first.

    Args:
        history: The commits.
        bad: Where the candidates begin.
        goods: Commits whose ancestors are not candidates.
    """

    def __init__(self, history: History, bad: str, goods: tuple[str, ...]) -> None:
        self._history = history
        self._excluded = set(goods)
        self._seen: set[str] = set()
        self._heap: list[tuple[int, int, str]] = []
        # The commits in the heap that are not excluded.
        self._open: set[str] = set()
        self._is_skewed = False
        for commit_id in dict.fromkeys((bad, *goods)):
            self._push(commit_id)

    def run(self) -> list[str]:
        """Return the candidates, in the order of git's list."""
        listed: list[str] = []
        oldest, slop = 0, _SLOP
        while self._heap:
            if not self._open and not self._is_skewed:
                if -self._heap[0][0] < oldest:
                    slop -= 1
                if slop < 0:
                    break
            _, _, commit_id = heappop(self._heap)
            self._open.discard(commit_id)
            if commit_id in self._excluded:
                self._exclude_parents(commit_id)
                continue
            listed.append(commit_id)
            oldest = self._history.time(commit_id)
            for parent in self._history.followed(commit_id):
                self._meet(parent, oldest)
        return [name for name in listed if name not in self._excluded]

    def _meet(self, parent: str, time: int) -> None:
        self._is_skewed = self._is_skewed or self._history.time(parent) > time
        if parent not in self._seen:
            self._push(parent)

    def _push(self, commit_id: str) -> None:
        self._seen.add(commit_id)
        # Of commits of one second, the first that was met is the first that is taken.
        heappush(self._heap, (-self._history.time(commit_id), len(self._seen), commit_id))
        if commit_id not in self._excluded:
            self._open.add(commit_id)

    def _exclude_parents(self, commit_id: str) -> None:
        """Exclude the parents of an excluded commit, and all ancestors of these that the walk has met."""
        todo = [commit_id]
        while todo:
            current = todo.pop()
            for parent in self._history.parents(current):
                self._is_skewed = self._is_skewed or self._history.time(parent) > self._history.time(current)
                if parent in self._excluded and parent in self._seen:
                    continue
                self._excluded.add(parent)
                self._open.discard(parent)
                if parent in self._seen:
                    todo.append(parent)
                else:
                    self._push(parent)
