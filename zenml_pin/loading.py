"""Loading: from a source to its class.

pinned     from the commit, in memory; refused while the class's folder has uncommitted changes
release    a class that ships with this package, whichever release is installed

What is not pinned is in `unpinned`.
"""

from __future__ import annotations

from importlib import import_module

from zenml_pin import __version__, legacy
from zenml_pin.classes import class_of
from zenml_pin.errors import (
    PinnedModuleNotFoundError,
    ReleaseMismatchError,
    ReleaseMismatchWarning,
    UncommittedChangesError,
    UnsupportedError,
)
from zenml_pin.importing.finder import in_place
from zenml_pin.importing.locate import Located, follow
from zenml_pin.importing.pin import Pin
from zenml_pin.source import RELEASE_PREFIX, Source
from zenml_pin.unit import unit_of, unit_status
from zenml_pin.warn import warn_caller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from zenml_pin.git.places import Place


def load_pinned(pin: Pin, source: Source) -> type:
    """Return the class of a pinned source. The caller has checked the folder.

    Raises:
        PinnedModuleNotFoundError: The commit has no such folder or module.
        PinnedImportError: The module failed while it ran, or cannot be loaded from memory.
        PinnedAttributeError: The module has no such class.
        NotAClassError: The name is no class.
    """
    require_path(pin, source.module)
    where = f"module '{source.module}' at commit {pin.label}"
    with in_place():
        return class_of(f"{pin.root}.{source.module}", source, where, pin.tree)


def import_pinned(pin: Pin, module: str) -> ModuleType:
    """Return a module as of a commit; what its body raises comes through unchanged.

    Raises:
        PinnedModuleNotFoundError: The commit has no such folder or module.
    """
    if not all(module.split(".")):
        raise _no_name(module)
    fullname = f"{pin.root}.{module}"
    try:
        with in_place():
            return import_module(fullname)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{fullname}.".startswith(f"{error.name}."):
            # The same fact, with near misses; a package that changed its own path may still have had the module.
            require_path(pin, module)
        raise


def require_path(pin: Pin, module: str) -> str:
    """Return the file of a module at the commit; what cannot be loaded is left for the import to refuse.

    Raises:
        PinnedModuleNotFoundError: It names the part that is missing and what is there instead.
    """
    path = pin.paths.get(module)
    if path is None:
        path = pin.paths[module] = _find_path(pin, module)
    return path


def _find_path(pin: Pin, module: str) -> str:
    names = module.split(".")
    if not all(names):
        raise PinnedModuleNotFoundError(
            f"'{module}' is no module's name",
            "name it from its source root, as in trainers.step",
            name=module,
        )
    parts = follow(pin.tree, pin.source_roots, module)
    if len(parts) == len(names):
        return parts[-1].path
    known, missing = names[: len(parts)], names[len(parts)]
    folders = parts[-1].folders if parts else pin.source_roots
    if not folders:
        raise PinnedModuleNotFoundError(
            f"'{parts[-1].path}' at commit {pin.label} is {_what(parts[-1])}, so '{module}' cannot lie in it",
            name=module,
            path=parts[-1].path,
        )
    holder = (
        f"'{folders[0]}'" if known else f"source root {' or '.join(repr(root or '.') for root in folders)}"
    )
    held = {name.partition(".")[0] for folder in folders for name in pin.tree.names(folder)}
    from difflib import get_close_matches

    near = get_close_matches(missing, held, 3)
    raise PinnedModuleNotFoundError(
        f"commit {pin.label} has no {'module' if missing == names[-1] else 'folder'} '{missing}' in {holder}",
        f"near misses: {', '.join(near)}"
        if near
        else "it may have been added later, or have had another name",
        name=module,
        path=folders[0],
    )


def _what(located: Located) -> str:
    return "no package" if located.is_loadable else located.kind


def _no_name(module: str) -> PinnedModuleNotFoundError:
    hint = "name it from its source root, as in trainers.step"
    return PinnedModuleNotFoundError(f"'{module}' is no module's name", hint, name=module)


def refuse_uncommitted(repository: Place | None, pin: Pin, module: str) -> None:
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
    if legacy.is_legacy(source):
        # ZenML's own releases are never compared with ours.
        value = legacy.get_named(source.name)
        if isinstance(value, type):
            return value
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
    return class_of(source.module, source, f"module '{source.module}' of {RELEASE_PREFIX}{__version__}", None)
