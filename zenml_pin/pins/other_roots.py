"""Folders that would name a module: the hint for a commit of the past that states no source roots."""

from __future__ import annotations

from zenml_pin.importing.given_roots import folders_of
from zenml_pin.importing.locate import find_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import Tree

_SHOWN = 3


def suggest_roots(tree: Tree, roots: tuple[str, ...], module: str) -> str | None:
    """Return a hint that names the folders from which a commit has a module; None where there are none.

    Args:
        tree: The commit.
        roots: Its source roots, which do not have the module.
        module: The module's dotted name.

    Cost: reads every tree of the commit.
    """
    folders = [
        folder for folder in folders_of(tree) if folder not in roots and find_path(tree, (folder,), module)
    ]
    if not folders:
        return None
    listed = ", ".join(f"'{folder}'" for folder in folders[:_SHOWN])
    return f"the commit has it in {listed}: load with source_roots=[{folders[0]!r}], or --source-root {folders[0]}"
