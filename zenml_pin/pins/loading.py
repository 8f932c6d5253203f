"""Loading: from a source to its class.

pinned     from the commit, in memory; refused while the class's folder has uncommitted changes
release    a class that ships with this package, whichever release is installed

What is not pinned is in `unpinned`.
"""

from __future__ import annotations

import importlib
from importlib import import_module
from types import ModuleType

from zenml_pin.base.text import printable
from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.base.warn import warn_caller
from zenml_pin.errors import (
    NotAClassError,
    PinError,
    PinnedAttributeError,
    PinnedImportError,
    PinnedModuleNotFoundError,
    ReleaseMismatchError,
    ReleaseMismatchWarning,
    UncommittedChangesError,
    UnsupportedError,
)
from zenml_pin.importing import zenml_names
from zenml_pin.importing.finder import in_place
from zenml_pin.importing.locate import Located, follow
from zenml_pin.importing.namespace import Namespace
from zenml_pin.pins.unit import unit_of, unit_status
from zenml_pin.source import RELEASE_PREFIX, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree


def load_pinned(pin: Namespace, source: Source) -> type:
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


def import_pinned(pin: Namespace, module: str) -> ModuleType:
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


def require_path(pin: Namespace, module: str) -> str:
    """Return the file of a module at the commit; what cannot be loaded is left for the import to refuse.

    Raises:
        PinnedModuleNotFoundError: It names the part that is missing and what is there instead.
    """
    path = pin.paths.get(module)
    if path is None:
        path = pin.paths[module] = _find_path(pin, module)
    return path


def _find_path(pin: Namespace, module: str) -> str:
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


def refuse_uncommitted(repository: AnyRepository | None, pin: Namespace, module: str) -> None:
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
    if zenml_names.is_legacy(source):
        # ZenML's own releases are never compared with ours.
        value = zenml_names.get_named(source.name)
        if isinstance(value, type):
            return value
    if source.module.partition(".")[0] != PACKAGE:
        raise UnsupportedError(
            f"'{source}' pins a release, and '{source.module.partition('.')[0]}' does not ship with {PACKAGE}",
            "pin your own classes to a commit",
        )
    if source.release != __version__:
        message = f"'{source}' was pinned with release {source.release}, installed is {__version__}"
        if strict:
            raise ReleaseMismatchError(
                message, f"install {PACKAGE}=={source.release}, or load without strict"
            )
        warn_caller(message, ReleaseMismatchWarning)
    return class_of(source.module, source, f"module '{source.module}' of {RELEASE_PREFIX}{__version__}", None)


def class_of(fullname: str, source: Source, where: str, tree: Tree | None) -> type:
    """Import a module and return its class.

    Args:
        fullname: The module's name in `sys.modules`.
        source: The class, as its user names it.
        where: What the module is, for messages.
        tree: Where its requirements may stand.

    Raises:
        PinnedImportError: Its body raised something, SystemExit included; that is the cause.
        PinnedAttributeError, NotAClassError: It has no such class.
    """
    try:
        module = importlib.import_module(fullname)
        # Every module has a `__class__`, from its type; that is nothing which its code defines.
        value = None if _is_of_type(module, source.name) else getattr(module, source.name, None)
    except (KeyboardInterrupt, PinError):
        raise
    except BaseException as error:
        raise _import_error(where, source.module, error, tree) from error
    return _as_class(module, value, source.name, where)


def _import_error(where: str, module: str, error: BaseException, tree: Tree | None) -> PinnedImportError:
    """Say what a module's body raised: type and message, and the requirement when a library is missing."""
    text = printable(_text(error).strip().partition("\n")[0])
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    hint = "its own code raised that; the cause of this error shows the lines (-v on the command line)"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if isinstance(missing, str) and missing:
        from zenml_pin.pins.missing_requirement import find_requirement

        found = find_requirement(tree, missing) if tree is not None else None
        hint = f"install '{missing.partition('.')[0]}', which the code imports"
        if found:
            hint = f"{found[0]} of that code asks for '{found[1]}': install it"
    return PinnedImportError(f"{where} failed while it was imported: {said}", hint, name=module)


def _text(error: BaseException) -> str:
    """Return an exception's own text, whose code may fail or exit too."""
    try:
        return str(error)
    except (Exception, SystemExit):
        return ""


def _as_class(module: ModuleType, value: object, name: str, where: str) -> type:
    if value is None and (_is_of_type(module, name) or not hasattr(module, name)):
        from difflib import get_close_matches

        # What a module has put into `sys.modules` in its own place need not have a `__dict__`.
        held_names = getattr(module, "__dict__", {}).items()
        names = [known for known, held in held_names if isinstance(held, type)]
        near = get_close_matches(name, names, 3)
        raise PinnedAttributeError(
            f"{where} has no class '{name}'", f"near misses: {', '.join(near)}" if near else "", name=name
        )
    if not isinstance(value, type):
        raise NotAClassError(
            f"'{name}' in {where} is a {type(value).__name__}, not a class", "a source names a class"
        )
    return value


def _is_of_type(module: ModuleType, name: str) -> bool:
    return isinstance(module, ModuleType) and name not in vars(module) and hasattr(ModuleType, name)
