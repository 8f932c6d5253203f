"""Files outside a commit: which files an ordinary import would take, and whether they are working-tree files.

Pinned code must never run a file of the working tree (P3), whatever is on `sys.path`: a script's folder, an old
`sys.path.append`, an editable install. The folders of an environment do not count as working-tree files, even inside
the working tree, as with a `.venv` in the repository.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_PACKAGE_FOLDERS = ("site-packages", "dist-packages")


def find_files(name: str) -> list[str] | None:
    """Return the files (of a namespace package: the folders) of a top-level module, or None when there is none.

    Uses the module in `sys.modules` if it is imported already. A module without a file, such as a builtin, gives [].
    """
    module = sys.modules.get(name)
    if module is not None:
        return _of_module(module)
    spec = find_spec(name)
    return None if spec is None else _of_spec(spec)


# Threads in which `find_spec` searches.
_searching: set[int] = set()


def is_searching() -> bool:
    """Tell whether `find_spec` of this module searches now, in this thread."""
    return get_ident() in _searching


def find_spec(name: str) -> ModuleSpec | None:
    """Return the spec of a top-level module from the finders on `sys.meta_path`; does not import it."""
    nested = is_searching()
    _searching.add(get_ident())
    try:
        return _find_spec(name)
    finally:
        if not nested:
            _searching.discard(get_ident())


def _find_spec(name: str) -> ModuleSpec | None:
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
    """Tell whether an ordinary import would find a module or package with a file (or a builtin)."""
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
    """Return a file's path relative to a working tree, posix; None when it is not a working-tree file.

    Checks the path as it is written, and with its links resolved: a link in site-packages may point to a working-tree
    file.
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
    """Tell whether a path belongs to the folders of an interpreter or environment."""
    if any(part in _PACKAGE_FOLDERS for part in path.split(os.sep)):
        return True
    # The worktree may be the home folder, with interpreters below it; but an interpreter does not contain a worktree.
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.realpath(sys.base_prefix)}
    return any(_below(prefix, path) is not None for prefix in prefixes if _below(prefix, worktree) is None)


class Guard:
    """Finds the path of a file in a working tree of a commit, and remembers it.

    A real folder with the files of a commit counts as a working tree, for every namespace: its files mean the same
    paths of the namespace's own commit.

    Args:
        worktree: The working tree of the repository that serves the commit; None without one.
        has_commit: Tells whether a folder with a `.git` in it is the working tree of a repository that has the commit.
    """

    # Pins by the real folder of their files. For all namespaces, because they share `sys.path`: old code puts
    # the folder of its own `__file__` there.
    real_folders: dict[str, str] = {}

    def __init__(self, worktree: str | None, has_commit: Callable[[str], bool]) -> None:
        self._worktree = worktree
        self._has_commit = has_commit
        self._guarded: dict[str, bool] = {}
        self._paths: dict[str, str | None] = {}

    def find(self, file: str) -> str | None:
        """Return the path of a file or folder in its working tree, posix; None when it is not in one."""
        path = file if file in self._paths else os.path.abspath(file)
        real = split_real(path)
        if real is not None:
            return real[1]
        if path not in self._paths:
            self._paths[path] = self._search(path)
        return self._paths[path]

    def _search(self, file: str) -> str | None:
        # Innermost first: a worktree may contain another one.
        for folder in _marked_folders(file):
            path = worktree_path(folder, file)
            if path is not None and self._is_guarded(folder):
                return path
        return worktree_path(self._worktree, file)

    def _is_guarded(self, folder: str) -> bool:
        if folder not in self._guarded:
            self._guarded[folder] = self._has_commit(folder)
        return self._guarded[folder]


def split_real(path: str) -> tuple[str, str] | None:
    """Return the pin whose files are in a real folder, and a path's part below that; None for others."""
    for folder in tuple(Guard.real_folders):
        if path == folder or path.startswith(folder + os.sep):
            return Guard.real_folders[folder], path[len(folder) + 1 :]
    return None


def find_worktree(file: str) -> str | None:
    """Return the innermost folder with a `.git` above a file, as a path in the same words; None if there is none."""
    return next(_marked_folders(os.path.abspath(file)), None)


def _marked_folders(file: str) -> Iterator[str]:
    """Yield the folders with a `.git` at or above an absolute path: as it is written, and with its links resolved."""
    for path in dict.fromkeys((file, os.path.realpath(file))):
        folder, parent = path, os.path.dirname(path)
        while True:
            if os.path.lexists(os.path.join(folder, ".git")):
                yield folder
            if folder == parent:
                break
            folder, parent = parent, os.path.dirname(parent)
