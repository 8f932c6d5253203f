"""Ancestry: whether a commit is in the history of another."""

from __future__ import annotations

from heapq import heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects import Objects


def is_ancestor(objects: Objects, ancestor_id: str, commit_id: str) -> bool:
    """Tell whether a commit is another, or in its history as far as that is here, as in a shallow clone.

    Cost: reads commits newest first, so those that are newer than the ancestor; all of them when it is none.
    """
    seen = {commit_id}
    newest = [(0, commit_id)]
    while newest:
        found = heappop(newest)[1]
        if found == ancestor_id:
            return True
        commit = objects.find_commit(found)
        for parent in () if commit is None else commit.parents:
            if parent not in seen:
                seen.add(parent)
                held = objects.find_commit(parent)
                heappush(newest, (-held.time if held is not None else 0, parent))
    return False
