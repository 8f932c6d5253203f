"""Loading a source that is not pinned: a plain import from the source root of the working tree.

A module that is already imported is used as it is. If its file was saved after that, or if another module has its name
in `sys.modules`, the working tree is imported again as a copy, `zenml_pin.at.worktree<n>`, and a warning says so.
"""

from __future__ import annotations

import os
import sys
import time

from zenml_pin.base.warn import warn_caller
from zenml_pin.errors import (
    PinnedAttributeError,
    PinnedImportError,
    PinnedModuleNotFoundError,
    UnpinnedWarning,
)
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.importing.locate import find_path
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.importing.worktree_copy import WorktreeNamespace
from zenml_pin.importing.worktree_guard import worktree_path
from zenml_pin.pins.class_paths import head_tree
from zenml_pin.pins.loading import class_of
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.importing.registry import Registry


def load_unpinned(source: Source, repository: AnyRepository | None, registry: Registry) -> Any:
    """Return a class or function from the working tree, as its file is now.

    Raises:
        PinnedModuleNotFoundError: The module does not exist. If a commit removed it, the message names that commit.
        PinnedImportError: The module failed while it ran.
    """
    try:
        return _load(source, repository, registry)
    except (PinnedModuleNotFoundError, PinnedAttributeError) as error:
        from zenml_pin.pins.removed_classes import find_removal

        removal = find_removal(repository, source.module, source.name)
        if removal is None:
            raise
        kind, name = type(error), error.name or source.module
        raise kind(removal.fact(source), removal.remedy(source), name=name) from error.__cause__


def _load(source: Source, repository: AnyRepository | None, registry: Registry) -> Any:
    if source.module == "__main__":
        return _of_this_process(source)
    where = f"module '{source.module}' of the working tree"
    worktree = repository.worktree if repository is not None else None
    if repository is None or worktree is None:
        return _plain(source, where)
    roots = source_roots(head_tree(repository))
    path = find_path(WorktreeTree(worktree), roots, source.module)
    if path is None:
        return _plain_elsewhere(source, worktree, where)
    file = os.path.join(worktree, path)
    if source.module not in sys.modules:
        _add_to_path(worktree, path, roots)
        if not _would_import(source.module, file):
            return _load_copy(source, file, worktree, roots, registry, "another module has its name")
    elif not _is_file_of(source.module, file):
        return _load_copy(source, file, worktree, roots, registry, "another module has its name")
    elif _saved_since(source.module, file):
        return _load_copy(source, file, worktree, roots, registry, "its file was saved after its import")
    return _plain(source, where)


def _of_this_process(source: Source) -> Any:
    """Return a class or function of `__main__`, which has no file: only this process has it."""
    try:
        return class_of(source.module, source, "'__main__' of this process", None)
    except PinnedAttributeError as error:
        hint = "it was defined in a notebook or at a prompt: run that here, or move it to a module of the repository"
        raise PinnedAttributeError(error.message, hint, name=source.name) from None


# By module, when it was imported from a working tree, in seconds since the epoch.
_imported: dict[str, float] = {}
# The newest copy of each file: the copy's module, and the file's mtime when it was made.
_copies: dict[str, tuple[str, int]] = {}


def _would_import(module: str, file: str) -> bool:
    """Tell whether a plain import takes this file: a parent package may be loaded from another folder."""
    from importlib.util import find_spec

    try:
        spec = find_spec(module)
    except Exception:
        # A parent failed, or is not a package: the import itself says so.
        return True
    return spec is None or spec.origin is None or _same_file(spec.origin, file)


def _is_file_of(module: str, file: str) -> bool:
    return _same_file(getattr(sys.modules[module], "__file__", None) or "", file)


def _same_file(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _saved_since(module: str, file: str) -> bool:
    return os.stat(file).st_mtime > _imported.get(module, _process_start())


def _process_start() -> float:
    """Return when this process started, in seconds since the epoch; if unknown, when this module was imported."""
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return _FIRST_IMPORT
    return time.time() - age


_FIRST_IMPORT = time.time()


def _load_copy(
    source: Source, file: str, worktree: str, roots: tuple[str, ...], registry: Registry, reason: str
) -> Any:
    """Return the class from a copy of the working tree under another name; an unchanged file keeps its copy."""
    mtime = os.stat(file).st_mtime_ns
    copy, copied_mtime = _copies.get(file, ("", 0))
    if copy not in sys.modules or copied_mtime != mtime:
        namespace = WorktreeNamespace(worktree, roots)
        registry.add(namespace, namespace.label)
        copy = f"{namespace.root}.{source.module}"
        _copies[file] = copy, mtime
        warn_caller(f"'{source}' is loaded as '{copy}', because {reason}", UnpinnedWarning)
    return class_of(copy, source, f"module '{source.module}' of the working tree", WorktreeTree(worktree))


def _plain_elsewhere(source: Source, worktree: str, where: str) -> Any:
    """Import a module that the repository does not have; refuse a loaded one whose file was deleted."""
    loaded = getattr(sys.modules.get(source.module), "__file__", None)
    if isinstance(loaded, str) and worktree_path(worktree, loaded) is not None and not os.path.exists(loaded):
        raise _missing(source, source.module)
    return _plain(source, where)


def _plain(source: Source, where: str) -> Any:
    before = set(sys.modules)
    started = time.time()
    try:
        return class_of(source.module, source, where, None)
    except PinnedImportError as error:
        missing = error.__cause__.name if isinstance(error.__cause__, ModuleNotFoundError) else None
        if missing is None or not f"{source.module}.".startswith(f"{missing}."):
            raise
        raise _missing(source, missing) from error.__cause__
    finally:
        # The time before the import, which also imports other modules: their files are older than that.
        _imported.update((name, started) for name in set(sys.modules) - before)


def _missing(source: Source, missing: str) -> PinnedModuleNotFoundError:
    return PinnedModuleNotFoundError(
        f"module '{missing}' of '{source}' does not exist here",
        "run this in the worktree of its repository, or name that with repo= (or -C)",
        name=missing,
    )


def _add_to_path(worktree: str, path: str, roots: tuple[str, ...]) -> None:
    """Put the source root of a file on `sys.path`. It must stay there: the module may import more when it runs."""
    candidates = [root for root in roots if not root or path.startswith(root + "/")]
    folder = os.path.join(worktree, max(candidates, key=len)).rstrip("/")
    if folder not in map(os.path.realpath, sys.path):
        sys.path.insert(0, folder)
