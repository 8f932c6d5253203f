"""Loading: from a source to its class.

pinned     from the commit, in memory; refused while the class's folder has uncommitted changes
release    a class that ships with this package, whichever release is installed
unpinned   a plain import from the source root, or a fresh copy when the file was edited since
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from difflib import get_close_matches

from zenml_pin import __version__
from zenml_pin.closure import unit_of
from zenml_pin.errors import (
    NotAClassError,
    PinError,
    PinnedAttributeError,
    PinnedImportError,
    PinnedModuleNotFoundError,
    ReleaseMismatchError,
    ReleaseMismatchWarning,
    UncommittedChangesError,
    UnpinnedWarning,
    UnsupportedError,
)
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.importing.locate import follow
from zenml_pin.importing.pin import Pin
from zenml_pin.importing.roots import source_roots
from zenml_pin.importing.worktree import WorktreePin, WorktreeTree
from zenml_pin.pinning import find_path, unit_status
from zenml_pin.source import RELEASE_PREFIX, Source
from zenml_pin.warn import warn_caller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from zenml_pin.importing.locate import Tree
    from zenml_pin.importing.registry import Registry


def load_pinned(pin: Pin, source: Source) -> type:
    """Return the class of a pinned source. The caller has checked the folder.

    Raises:
        PinnedModuleNotFoundError: The commit has no such folder or module.
        PinnedImportError: The module failed while it ran, or cannot be loaded from memory.
        PinnedAttributeError: The module has no such class.
        NotAClassError: The name is no class.
    """
    require_path(pin, source.module)
    try:
        module = importlib.import_module(f"{pin.root}.{source.module}")
        value = getattr(module, source.name, None)
    except (KeyboardInterrupt, PinError):
        raise
    except BaseException as error:
        raise _import_error(pin, source.module, error) from error
    where = f"module '{source.module}' at commit {pin.label}"
    return _as_class(module, value, source.name, where)


def require_path(pin: Pin, module: str) -> str:
    """Return the file of a module at the commit; what cannot be loaded is left for the import to refuse.

    Raises:
        PinnedModuleNotFoundError: It names the part that is missing and what is there instead.
    """
    parts = follow(pin.tree, pin.source_roots, module)
    names = module.split(".")
    if len(parts) == len(names):
        return parts[-1].path
    known, missing = names[: len(parts)], names[len(parts)]
    folders = parts[-1].folders if parts else pin.source_roots
    if not folders:
        raise PinnedModuleNotFoundError(
            f"'{parts[-1].path}' at commit {pin.label} is no package, so '{module}' cannot lie in it",
            name=module,
            path=parts[-1].path,
        )
    holder = (
        f"'{folders[0]}'" if known else f"source root {' or '.join(repr(root or '.') for root in folders)}"
    )
    held = {name.partition(".")[0] for folder in folders for name in pin.tree.names(folder)}
    near = get_close_matches(missing, held, 3)
    raise PinnedModuleNotFoundError(
        f"commit {pin.label} has no {'module' if missing == names[-1] else 'folder'} '{missing}' in {holder}",
        f"near misses: {', '.join(near)}"
        if near
        else "it may have been added later, or have had another name",
        name=module,
        path=folders[0],
    )


def _import_error(pin: Pin, module: str, error: BaseException) -> PinnedImportError:
    """Say what a module's body raised: type and message, and the requirement when a library is missing."""
    text = str(error).strip()
    said = f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
    hint = "the commit's own code raised it; the cause of this error shows its lines (-v on the command line)"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing:
        from zenml_pin.requirements import find_requirement

        found = find_requirement(pin.tree, missing)
        hint = f"install '{missing.partition('.')[0]}', which the commit's code imports"
        if found:
            hint = f"{found[0]} at that commit asks for '{found[1]}': install it"
    return PinnedImportError(
        f"module '{module}' at commit {pin.label} failed while it was imported: {said}", hint, name=module
    )


def _as_class(module: ModuleType, value: object, name: str, where: str) -> type:
    if value is None and not hasattr(module, name):
        names = [known for known, held in vars(module).items() if isinstance(held, type)]
        near = get_close_matches(name, names, 3)
        raise PinnedAttributeError(
            f"{where} has no class '{name}'", f"near misses: {', '.join(near)}" if near else "", name=name
        )
    if not isinstance(value, type):
        raise NotAClassError(
            f"'{name}' in {where} is a {type(value).__name__}, not a class", "a source names a class"
        )
    return value


def refuse_uncommitted(repository: GitRepository | None, pin: Pin, module: str) -> None:
    """Refuse a pinned load while the class's folder has uncommitted changes.

    Raises:
        UncommittedChangesError: It names them.
    """
    if repository is None:
        return
    status = unit_status(repository, unit_of(require_path(pin, module), pin.source_roots))
    if not status.clean:
        raise UncommittedChangesError(status.folder, status.changes)


def load_release(source: Source, strict: bool) -> type:
    """Return a class that ships with this package; warn when another release is installed, or refuse."""
    if source.module.partition(".")[0] != __package__:
        raise UnsupportedError(
            f"'{source}' pins a release, and '{source.module.partition('.')[0]}' does not ship with {__package__}",
            "pin your own classes to a commit",
        )
    if source.release != __version__:
        message = f"'{source}' was pinned with release {source.release}, installed is {__version__}"
        if strict:
            raise ReleaseMismatchError(
                message, f"install {__package__}=={source.release}, or load without strict"
            )
        warn_caller(message, ReleaseMismatchWarning)
    return _plain(source, f"module '{source.module}' of {RELEASE_PREFIX}{__version__}")


def load_unpinned(source: Source, repository: GitRepository | None, registry: Registry) -> type:
    """Return a class from the working tree, as its file is now.

    A module that is already imported is taken as it is, unless its file was saved after that.
    """
    where = f"module '{source.module}' of the working tree"
    if repository is None or repository.layout.worktree is None:
        return _plain(source, where)
    worktree = repository.layout.worktree
    tree = WorktreeTree(worktree)
    roots = _roots(repository, tree)
    path = find_path(tree, roots, source.module)
    if path is None:
        return _plain(source, where)
    file = os.path.join(worktree, path)
    loaded = sys.modules.get(source.module)
    if loaded is not None and not _is_current(loaded, file):
        return _load_copy(source, WorktreePin(worktree, roots), registry)
    if loaded is None:
        _add_to_path(worktree, path, roots)
        _imported[source.module] = time.time()
    return _plain(source, where)


# When what was imported from a working tree here was imported, in seconds since the epoch.
_imported: dict[str, float] = {}


def _is_current(module: ModuleType, file: str) -> bool:
    """Tell whether a loaded module is that file's, and not older than it."""
    loaded = getattr(module, "__file__", None) or ""
    try:
        if not os.path.samefile(loaded, file):
            return False
        return os.stat(file).st_mtime <= _imported.get(module.__name__, _process_start())
    except OSError:
        return False


def _process_start() -> float:
    """Return when this process started, in seconds since the epoch; where that is unknown, when this was imported."""
    try:
        with open("/proc/self/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return _FIRST_IMPORT
    return time.time() - age


_FIRST_IMPORT = time.time()


def _load_copy(source: Source, pin: WorktreePin, registry: Registry) -> type:
    registry.add(pin, pin.label)
    warn_caller(
        f"'{source}' was imported before its file was saved, so a fresh copy is loaded as '{pin.root}'",
        UnpinnedWarning,
    )
    module = importlib.import_module(f"{pin.root}.{source.module}")
    return _as_class(module, getattr(module, source.name, None), source.name, f"module '{source.module}'")


def _plain(source: Source, where: str) -> type:
    try:
        module = importlib.import_module(source.module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{source.module}.".startswith(error.name + "."):
            raise
        raise PinnedModuleNotFoundError(
            f"'{source}' is not pinned, and module '{error.name}' is not here",
            "run it in its repository, or name that with repo= (or -C)",
            name=error.name,
        ) from error
    return _as_class(module, getattr(module, source.name, None), source.name, where)


def _roots(repository: GitRepository, tree: Tree) -> tuple[str, ...]:
    head = repository.head_commit()
    return source_roots(tree if head is None else CommitTree(repository.objects, head.id))


def _add_to_path(worktree: str, path: str, roots: tuple[str, ...]) -> None:
    """Put the source root of a file on `sys.path`, where it must stay for imports that run later."""
    holders = [root for root in roots if not root or path.startswith(root + "/")]
    folder = os.path.join(worktree, max(holders, key=len)).rstrip("/")
    if folder not in map(os.path.realpath, sys.path):
        sys.path.insert(0, folder)
