"""Files of a repository that an import could take if `sys.path` had their folder, by the first part of its name.

    lib/core.py, lib/core/__init__.py     "core"

HEAD is asked first. The working tree may also have files that HEAD lacks; of it only the folders nearest to its root
are searched, without hidden ones, environments and other repositories.
"""

from __future__ import annotations

import os
from collections import deque

from zenml_pin.base.bounded import Bounded
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_KEPT = 4096
_MOST_FOLDERS = 2000
_OTHERS = ("__pycache__", "node_modules", "site-packages", "dist-packages")
_known: Bounded[tuple[str, str], tuple[str, ...]] = Bounded(_KEPT)


def files_at_head(tree: CommitTree, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the files of a commit that could be modules of some names, those nearest to its root first.

    Cost: lists each folder of the commit, once for each new name.
    """
    tree_id = tree.commit.tree
    unknown = {name for name in names if _known.get((tree_id, name)) is None}
    if unknown:
        try:
            found = _sorted(_of_commit(tree), unknown)
        except PinError:
            # A folder is missing, as in a partial clone: it is not in the working tree either, but may be fetched.
            return dict.fromkeys(names, ())
        for name, paths in found.items():
            _known.add((tree_id, name), paths)
    return {name: _known.get((tree_id, name)) or () for name in names}


def files_on_disk(worktree: str, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the same of a working tree."""
    return _sorted(_of_folders(worktree), names)


def is_in_package(tree: CommitTree, path: str) -> bool:
    """Tell whether a module is in a package, where it may have the name of a library by chance."""
    folder = path.removesuffix("/__init__.py").rpartition("/")[0]
    return tree.find(f"{folder}/__init__.py" if folder else "__init__.py") is not None


def _sorted(paths: Iterable[str], names: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {name: [] for name in names}
    for path in paths:
        name = _name_of(path)
        if name in found:
            found[name].append(path)
    return {
        name: tuple(sorted(all_, key=lambda path: (path.count("/"), path))) for name, all_ in found.items()
    }


def _name_of(path: str) -> str:
    """Return the name by which a Python file would be imported from the folder that it, or its package, is in."""
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[2] if name == "__init__.py" else name.removesuffix(".py")


def _of_commit(tree: CommitTree) -> Iterator[str]:
    for path, entry in tree.iter_paths():
        if path.endswith(".py") and entry.is_file:
            yield path


def _of_folders(worktree: str) -> Iterator[str]:
    todo = deque([""])
    for _ in range(_MOST_FOLDERS):
        if not todo:
            return
        folder = todo.popleft()
        for name, is_folder in _entries(os.path.join(worktree, folder)):
            path = f"{folder}/{name}" if folder else name
            if is_folder and not _is_other(os.path.join(worktree, path), name):
                todo.append(path)
            elif not is_folder and name.endswith(".py"):
                yield path


def _entries(folder: str) -> list[tuple[str, bool]]:
    """Return the names in a folder, sorted, with whether each is a folder; none if it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return []


def _is_other(folder: str, name: str) -> bool:
    """Tell whether a folder does not belong to the code of the repository."""
    marks = (".git", "pyvenv.cfg")
    return (
        name.startswith(".")
        or name in _OTHERS
        or any(os.path.lexists(os.path.join(folder, mark)) for mark in marks)
    )
