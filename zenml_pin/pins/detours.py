"""Detours: imports that reach a file of the repository only through `sys.path`, which no pin has.

A name that a source root has in the working tree is not one: the import takes that file, committed or not.
"""

from __future__ import annotations

import posixpath
import sys

from zenml_pin.errors import PinnedImportError, UnpinnedError
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.importing.locate import follow
from zenml_pin.importing.worktree_guard import find_files, worktree_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.pins.file_imports import Stray

_HINT = "import it by its full name, or list its folder as source_roots in section [zenml_pin] of setup.cfg"


def find_detour(
    files: Tree, roots: tuple[str, ...], worktree: str | None, stray: Stray
) -> UnpinnedError | None:
    """Return why an import keeps a class from being pinned: it takes a file that no source root has.

    Args:
        files: The files where the source roots do not have its name.
        roots: The source roots.
        worktree: The working tree of the repository, if it has one.
        stray: The import.
    """
    if stray.root in sys.builtin_module_names or stray.root in sys.stdlib_module_names:
        return None
    path = _taken(files, worktree, stray, _at_roots(worktree, roots, stray.root))
    if path is None:
        return None
    return UnpinnedError(
        f"{stray.path}:{stray.line}: 'import {stray.root}' takes '{path}' through sys.path, which is "
        "not part of a pin",
        _HINT,
    )


def _taken(files: Tree, worktree: str | None, stray: Stray, own: tuple[str, ...]) -> str | None:
    """Return the file (or folder) of the repository that an import takes; None for others, and for those in `own`."""
    installed = find_files(stray.root)
    if installed is not None:
        inside = [path for file in installed if (path := worktree_path(worktree, file)) is not None]
        return next((path for path in inside if path not in own), None)
    if own:
        return None
    siblings = follow(files, (posixpath.dirname(stray.path),), stray.root)
    return next((located.path for located in siblings), None)


def _at_roots(worktree: str | None, roots: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Return the files or folders that the source roots have now under a name."""
    if worktree is None:
        return ()
    try:
        return tuple(
            path for located in follow(WorktreeTree(worktree), roots, name) for path in located.paths
        )
    except PinnedImportError:
        # The search in the working tree gives this reason.
        return ()
