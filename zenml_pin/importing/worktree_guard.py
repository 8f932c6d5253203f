"""What lies outside a commit: which files an ordinary import would take, and whether they are working-tree files.

Pinned code must never run a file of the working tree (P3), whatever `sys.path` holds: a script's folder, an old
`sys.path.append`, an editable install. An environment's own folders are no working-tree files even when they lie
inside it, as with a `.venv` in the repository.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_PACKAGE_FOLDERS = ("site-packages", "dist-packages")


def find_files(name: str) -> list[str] | None:
    """Return the files (of a namespace package: the folders) of a top-level module, or None when there is none.

    A module that is already imported counts as found. One without a file, such as a builtin, has none: [].
    """
    module = sys.modules.get(name)
    if module is not None:
        return _of_module(module)
    spec = find_spec(name)
    return None if spec is None else _of_spec(spec)


def find_spec(name: str) -> ModuleSpec | None:
    """Ask the finders on `sys.meta_path` for a top-level module, without importing it."""
    for finder in list(sys.meta_path):
        find = getattr(finder, "find_spec", None)
        try:
            spec: ModuleSpec | None = find(name, None) if find is not None else None
        except ImportError:
            continue
        if spec is not None:
            return spec
    return None


def is_regular(name: str) -> bool:
    """Tell whether an ordinary import would find a module or package with a file of its own (or a builtin)."""
    spec = getattr(sys.modules.get(name), "__spec__", None) or find_spec(name)
    return spec is not None and (spec.has_location or spec.origin in ("built-in", "frozen"))


def _of_module(module: ModuleType) -> list[str]:
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        return [file]
    return [str(entry) for entry in getattr(module, "__path__", ())]


def _of_spec(spec: ModuleSpec) -> list[str]:
    if spec.has_location and spec.origin:
        return [spec.origin]
    return [str(entry) for entry in spec.submodule_search_locations or ()]


def worktree_path(worktree: str | None, file: str) -> str | None:
    """Return a file's path relative to a working tree, posix; None when it is no working-tree file.

    Both the path as it is written and the path that it leads to count, so that a link in site-packages to a
    working-tree file is found out.
    """
    if worktree is None:
        return None
    for path in (os.path.abspath(file), os.path.realpath(file)):
        relative = _below(worktree, path)
        if relative is not None and not _is_environment(worktree, path):
            return relative
    return None


def _below(folder: str, path: str) -> str | None:
    if path == folder:
        return ""
    prefix = folder.rstrip(os.sep) + os.sep
    return path[len(prefix) :].replace(os.sep, "/") if path.startswith(prefix) else None


def _is_environment(worktree: str, path: str) -> bool:
    """Tell whether a path belongs to an interpreter's or environment's own folders."""
    if any(part in _PACKAGE_FOLDERS for part in path.split(os.sep)):
        return True
    # The worktree may be the home folder, with interpreters below it; never the other way round.
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.base_prefix)}
    return any(_below(prefix, path) is not None for prefix in prefixes if _below(prefix, worktree) is None)


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
