"""Unreached: which commits no branch, tag or HEAD leads to (rule ZP010 of `check`).

The search goes from HEAD to older commits, newest first, then from each other ref, and ends when it has met all wanted
commits. With git's commit graph it goes over numbers; an audit uses `reachability` instead, over hashed commits alone.

That one commit leads to another never changes. So ZENML_PIN_CACHE keeps for each wanted commit which ref's commit led
to it. When that commit is met again, the wanted one need not be. A shallow clone may lack what is between them, so it
takes nothing from the cache.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from zenml_pin.audit.facts.reachability import starts_of
from zenml_pin.cache import Cache
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_node import CommitNode, find_node
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.storage.commit_graph import CommitGraph, GraphError

_KEY = "commit {} is reached from, 1"


def find_unreached(
    repository: GitRepository, commits: Iterable[str], faults: dict[str, str], disk: Cache | None = None
) -> set[str]:
    """Return those of the commits that no branch, tag or HEAD leads to.

    Args:
        repository: The repository.
        commits: Full ids of commits that it has.
        faults: Receives the ids of damaged commits and the reasons: the history ends there.
        disk: Where to keep what was found.
    """
    wanted = set(commits)
    if not wanted:
        return wanted
    if repository.is_shallow:
        disk = None
    if disk is not None and _are_below_head(repository, wanted, disk):
        return set()
    # HEAD comes first.
    starts = list(dict.fromkeys(starts_of(repository).values()))
    graph = repository.commit_graph
    try:
        return _TipSearch(repository.objects, graph, faults, disk).find_unreached(starts, wanted)
    except GraphError:
        return _TipSearch(repository.objects, None, faults, disk).find_unreached(starts, wanted)


def _are_below_head(repository: GitRepository, wanted: set[str], disk: Cache) -> bool:
    """Tell whether it is known that HEAD's commit leads to all commits; no other ref is read then."""
    head = repository.refs.head()
    return head is not None and all(
        commit_id == head or known_start(disk, commit_id) == head for commit_id in wanted
    )


def known_start(disk: Cache | None, commit_id: str) -> str | None:
    """Return a commit of which the cache says that it leads to another one; None if it does not know one."""
    content = disk.get(_KEY.format(commit_id)) if disk is not None else None
    return content.decode("ascii", "replace") if content is not None else None


class _TipSearch:
    def __init__(
        self, objects: Objects, graph: CommitGraph | None, faults: dict[str, str], disk: Cache | None
    ) -> None:
        self._objects = objects
        self._graph = graph
        self._faults = faults
        self._disk = disk
        # As bytes, which take a third of the memory of text.
        self._seen: set[bytes] = set()
        self._seen_positions = bytearray(graph.count if graph is not None else 0)

    def find_unreached(self, starts: list[str], wanted: set[str]) -> set[str]:
        """Return the commits that no start leads to."""
        # The commits to meet, each with the wanted ones that are then reached.
        targets: dict[str, set[str]] = {commit_id: {commit_id} for commit_id in wanted}
        for commit_id in wanted:
            known = known_start(self._disk, commit_id)
            if known is not None:
                targets.setdefault(known, set()).add(commit_id)
        missing = set(wanted)
        for start in starts:
            missing -= targets.get(start, set())
        for start in starts:
            if not missing:
                break
            for target in self._met(start, targets, missing):
                for commit_id in targets[target] & missing:
                    self._keep(commit_id, start)
                missing -= targets[target]
        return missing

    def _met(self, start: str, targets: dict[str, set[str]], missing: set[str]) -> Iterable[str]:
        """Yield the targets that a start leads to, until nothing is missing; go no way a second time."""
        graph = self._graph
        ahead: list[tuple[int, str, tuple[str, ...]]] = []
        positions: list[int] = []
        ids: Iterable[str] = (start,)
        while missing:
            for commit_id in ids:
                position = graph.find(commit_id) if graph is not None else None
                if position is not None:
                    positions.append(position)
                    continue
                node = self._read_new(commit_id)
                if node is not None:
                    heappush(ahead, (-node.time, commit_id, node.parents))
                    if commit_id in targets:
                        yield commit_id
            if not ahead:
                break
            _, _, ids = heappop(ahead)
        if graph is not None and positions:
            yield from self._met_in(graph, positions, targets, missing)

    def _read_new(self, commit_id: str) -> CommitNode | None:
        """Return a commit the first time that it is asked for, if it is there and not damaged."""
        raw_id = bytes.fromhex(commit_id)
        if raw_id in self._seen:
            return None
        self._seen.add(raw_id)
        try:
            return find_node(self._objects, commit_id)
        except PinError as error:
            self._faults[commit_id] = error.message
            return None

    def _met_in(
        self, graph: CommitGraph, todo: list[int], targets: dict[str, set[str]], missing: set[str]
    ) -> Iterable[str]:
        """Yield the targets below some positions of the graph. Below the lowest generation there are none."""
        found = {graph.find(commit_id): commit_id for commit_id in targets}
        lowest = min((graph.generation_at(at) for at in found if at is not None), default=0)
        if not any(at is not None for at in found):
            return
        seen = self._seen_positions
        while todo and missing:
            position = todo.pop()
            if seen[position]:
                continue
            seen[position] = 1
            if position in found:
                yield found[position]
            row = graph.commit_at(position)
            if row.generation > lowest:
                todo += row.parents

    def _keep(self, commit_id: str, start: str) -> None:
        if self._disk is not None:
            self._disk.put(_KEY.format(commit_id), start.encode("ascii"))
