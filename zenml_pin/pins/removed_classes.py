"""Which commit removed a class, in the first-parent history of a commit that does not have it."""

from __future__ import annotations

from zenml_pin.base.values import Value
from zenml_pin.errors import CommitNotFoundError, PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.locate import find_path
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.pinning import defines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.object_store import Objects

# Module and class.
Name = tuple[str, str]

# A history that is longer is not searched to its end: the answer only says more about a class that is not there.
_MAX_COMMITS = 20_000


class Removal(Value):
    """The end of a class.

    Args:
        commit_id: The first commit without it.
        last: The last commit that has it.
    """

    commit_id: str
    last: str


def find_removal(repository: AnyRepository | None, module: str, name: str) -> Removal | None:
    """Return which commit of HEAD's history removed a class; None if none did, or if that is unknown."""
    if repository is None:
        return None
    try:
        head = repository.head_commit()
        names = [(module, name)]
        return None if head is None else find_removals(repository.objects, head.id, names).get((module, name))
    except PinError:
        return None


def find_removals(objects: Objects, head: str, names: Iterable[Name]) -> dict[Name, Removal]:
    """Return which commit removed each class. A class that the history never had has no entry.

    Args:
        objects: The objects of the repository.
        head: The commit where the walk along first parents begins; it has none of the classes.
        names: Module and name of each class.

    Cost: reads each commit down to the last that had one of the classes, and the trees on the paths to their modules.
    """
    wanted = set(names)
    removals: dict[Name, Removal] = {}
    newer, commit_id, tree_id = head, head, ""
    for _ in range(_MAX_COMMITS):
        if not wanted:
            break
        try:
            tree = CommitTree(objects, commit_id)
        except CommitNotFoundError:
            # The end of a shallow clone.
            break
        if tree.commit.tree != tree_id:
            tree_id = tree.commit.tree
            for module, name in _present(tree, wanted):
                removals[module, name] = Removal(newer, commit_id)
                wanted.discard((module, name))
        newer = commit_id
        if not tree.commit.parents:
            break
        commit_id = tree.commit.parents[0]
    return removals


def _present(tree: CommitTree, names: Iterable[Name]) -> list[Name]:
    """Return the classes that a commit has."""
    try:
        roots = source_roots(tree)
        paths = {(module, name): find_path(tree, roots, module) for module, name in names}
        return [
            (module, name)
            for (module, name), path in paths.items()
            if path is not None and defines(tree, roots, path, name)
        ]
    except PinError:
        return []
