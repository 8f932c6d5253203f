"""Ancestry: whether a commit is in the history of others."""

from __future__ import annotations

from heapq import heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects import Objects


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
