"""The guard: which files are working-tree files of a commit, so that code pinned to it must not run them (P3).

A commit may be read from a bare mirror while a clone of it stands on `sys.path`, and one repository has any number of
linked worktrees. So the question is put to the file: does it lie in the working tree of a repository, whichever, that
has the commit? The working tree of the repository that serves the commit counts even where no `.git` marks it.
"""

from __future__ import annotations

import os

from zenml_pin.importing.outside import worktree_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Guard:
    """Finds a file's place in a working tree, and remembers it.

    A folder in which a commit was materialized counts as a working tree: its files stand for those of the pin that
    asks, which may be another commit's.

    Args:
        worktree: The working tree of the repository that serves the commit, None without one.
        holds: Tells whether a folder with a `.git` in it is the working tree of a repository that has the commit.
    """

    # Of all pins, as `sys.path` is: old code puts the folder of its own `__file__` there.
    laid_out: set[str] = set()

    def __init__(self, worktree: str | None, holds: Callable[[str], bool]) -> None:
        self._worktree = worktree
        self._holds = holds
        self._asked: dict[str, bool] = {}
        self._found: dict[str, str | None] = {}

    def find(self, file: str) -> str | None:
        """Return the path of a file or folder in its working tree, posix; None when it is no working-tree file."""
        path = file if file in self._found else os.path.abspath(file)
        for folder in tuple(self.laid_out):
            if path == folder or path.startswith(folder + os.sep):
                return path[len(folder) + 1 :]
        if path not in self._found:
            self._found[path] = self._search(path)
        return self._found[path]

    def _search(self, file: str) -> str | None:
        # Innermost first, for worktrees may lie in each other.
        for folder in _marked_folders(file):
            path = worktree_path(folder, file)
            if path is not None and self._is_guarded(folder):
                return path
        return worktree_path(self._worktree, file)

    def _is_guarded(self, folder: str) -> bool:
        if folder not in self._asked:
            self._asked[folder] = self._holds(folder)
        return self._asked[folder]


def _marked_folders(file: str) -> Iterator[str]:
    """Yield the folders at or above an absolute path, as it is written and as it is reached, that have a `.git`."""
    for path in dict.fromkeys((file, os.path.realpath(file))):
        folder, parent = path, os.path.dirname(path)
        while True:
            if os.path.lexists(os.path.join(folder, ".git")):
                yield folder
            if folder == parent:
                break
            folder, parent = parent, os.path.dirname(parent)
