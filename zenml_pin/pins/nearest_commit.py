"""The nearest commit that has a module, for a commit that lacks it: before it, or after it on the way to HEAD.

Only first parents are followed, since a line of history is what people go back and forth on.
"""

from __future__ import annotations

from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.locate import follow
from zenml_pin.importing.source_roots import source_roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.any_repository import AnyRepository

# An error waits for the answer: this many commits take about a second.
_EXAMINED = 1000
_WALKED = 20_000


def find_nearest(
    repository: AnyRepository, commit_id: str, module: str, given: tuple[str, ...] | None = None
) -> tuple[str, int] | None:
    """Return the nearest commit that has a module, and how many commits later it is (negative: earlier); or None.

    Args:
        repository: The repository, bundle or server.
        commit_id: A commit that lacks the module.
        module: The module's dotted name, from a source root.
        given: Source roots that a caller gave; None for each commit's own.

    Cost: reads at most 1,000 commits in each direction, with the folders that lead to the module.
    """
    earlier = _first_parents(repository, commit_id)
    next(earlier, None)
    later = iter(_later(repository, commit_id))
    for distance in range(1, _EXAMINED + 1):
        candidates = [(next(later, None), distance), (next(earlier, None), -distance)]
        if not any(candidate for candidate, _ in candidates):
            break
        for candidate, distance_to in candidates:
            if candidate is not None and _has(repository, candidate, module, given):
                return candidate, distance_to
    return None


def describe_nearest(nearest: tuple[str, int] | None) -> str:
    """Return the hint for a module that a commit lacks.

    >>> describe_nearest(("0" * 40, -1))
    'the nearest commit that has it is 0000000000000000000000000000000000000000, 1 commit earlier'
    """
    if nearest is None:
        return "no commit on its line of history has that module: it was never committed, or is generated"
    commit_id, distance = nearest
    commits = "1 commit" if abs(distance) == 1 else f"{abs(distance)} commits"
    direction = "later" if distance > 0 else "earlier"
    return f"the nearest commit that has it is {commit_id}, {commits} {direction}"


def _later(repository: AnyRepository, commit_id: str) -> list[str]:
    """Return the commits after a commit, up to HEAD, nearest first; none if HEAD's first parents do not lead to it."""
    try:
        head = repository.head_commit()
    except PinError:
        return []
    walked: list[str] = []
    for newer in _first_parents(repository, head.id) if head is not None else ():
        if newer == commit_id:
            return walked[::-1]
        walked.append(newer)
        if len(walked) > _WALKED:
            break
    return []


def _first_parents(repository: AnyRepository, commit_id: str) -> Iterator[str]:
    """Yield a commit and its first parents, as far as the repository has them."""
    while True:
        try:
            commit = repository.objects.find_commit(commit_id)
        except PinError:
            return
        if commit is None:
            return
        yield commit_id
        if not commit.parents:
            return
        commit_id = commit.parents[0]


def _has(repository: AnyRepository, commit_id: str, module: str, given: tuple[str, ...] | None) -> bool:
    try:
        tree = CommitTree(repository.objects, commit_id)
        roots = source_roots(tree) if given is None else given
        return len(follow(tree, roots, module)) == module.count(".") + 1
    except PinError:
        return False
