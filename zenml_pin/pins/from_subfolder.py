"""Sources that are named from a folder below the source roots.

ZenML 0.1 to 0.3.3 named modules from the folder in which the script was started. Where a commit does not have such a
module from its source roots, and has it from exactly one folder, that folder is meant.
"""

from __future__ import annotations

from itertools import islice

from zenml_pin.at import registry
from zenml_pin.errors import PinnedModuleNotFoundError
from zenml_pin.importing.given_roots import folders_of, know
from zenml_pin.importing.locate import find_path
from zenml_pin.pins.choosing_roots import roots_of
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree

_MOST_FOLDERS = 5000


def subfolders_with(tree: Tree, module: str) -> list[str]:
    """Return the folders of a commit from which a module has a dotted name, sorted; the root is none of them."""
    first = module.partition(".")[0]
    return sorted(
        folder
        for folder in islice(folders_of(tree), _MOST_FOLDERS)
        if {first, f"{first}.py"} & set(tree.names(folder)) and find_path(tree, (folder,), module) is not None
    )


def named_from_below(source: Source, repository: AnyRepository | None) -> Source:
    """Return a source of an old document with the one folder from which it is named; else the source as it is.

    Args:
        source: The source; one without a commit, or with source roots of its own, is returned as it is.
        repository: The repository to search first.

    Raises:
        CommitNotFoundError: No known repository has the commit.
        PinnedModuleNotFoundError: Several folders have the module.
    """
    if source.commit_id is None or source.roots_id is not None:
        return source
    _, tree = registry.find_commit(source.commit_id, repository)
    if find_path(tree, roots_of(source, tree), source.module) is not None:
        return source
    folders = subfolders_with(tree, source.module)
    if len(folders) > 1:
        names = ", ".join(map(repr, folders))
        raise PinnedModuleNotFoundError(
            f"commit {tree.commit_id} has module '{source.module}' below {len(folders)} folders: {names}",
            f"say which one: source_roots=['{folders[0]}'] (--source-root {folders[0]})",
            name=source.module,
        )
    return source.at(source.commit_id, know(folders)) if folders else source
