"""Loading: from a source to its class, or to its function: "class" stands for both.

pinned     from the commit, in memory; refused while the class's folder has uncommitted changes
release    a class that ships with this package, from the installed release

`working_tree` loads sources that are not pinned.
"""

from __future__ import annotations

import importlib
from types import FunctionType, ModuleType

from zenml_pin.base.text import printable
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
from zenml_pin.importing.finder import in_place
from zenml_pin.importing.locate import Located, follow
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.virtual_paths import is_code_name, path_of_code
from zenml_pin.pins.unit import unit_of, unit_status
from zenml_pin.source import RELEASE_PREFIX, Source, refuse_no_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree


def load_pinned(namespace: Namespace, source: Source) -> Any:
    """Return the class of a pinned source. The caller has checked the folder.

    Raises:
        PinnedModuleNotFoundError: The commit has no such folder or module.
        PinnedImportError: The module failed while it ran, or cannot be loaded from memory.
        PinnedAttributeError: The module has no such class.
        NotAClassError: The name is neither a class nor a function.
    """
    path_of_source(namespace, source)
    where = f"module '{source.module}' at commit {namespace.commit_id}"
    with in_place():
        value = class_of(f"{namespace.root}.{source.module}", source, where, namespace.tree, namespace)
    namespace.check_files()
    return value


def import_pinned(namespace: Namespace, module: str) -> ModuleType:
    """Return a module as of a commit. An exception of the module's own code comes through unchanged.

    Raises:
        PinnedModuleNotFoundError: The commit has no such folder or module.
    """
    if not all(module.split(".")):
        raise _not_a_name(module)
    fullname = f"{namespace.root}.{module}"
    try:
        with in_place():
            value = importlib.import_module(fullname)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{fullname}.".startswith(f"{error.name}."):
            # This says the same, with similar names. It passes where a package changed its `__path__` and hid a module.
            require_path(namespace, module)
        raise
    namespace.check_files()
    return value


def path_of_source(namespace: Namespace, source: Source) -> str:
    """Return the file of a source's module at the commit, as `require_path` does.

    Raises:
        SourceSyntaxError: The file does not exist, and a part of the module's name is not a Python name.
        PinnedModuleNotFoundError: The file does not exist.
    """
    try:
        return require_path(namespace, source.module)
    except PinnedModuleNotFoundError:
        refuse_no_name(source)
        raise


def require_path(namespace: Namespace, module: str) -> str:
    """Return the file of a module at the commit, also of a module that cannot be loaded: the import refuses that.

    Raises:
        PinnedModuleNotFoundError: It names the missing part and similar names.
    """
    path = namespace.paths.get(module)
    if path is None:
        path = namespace.paths[module] = _find_path(namespace, module)
    return path


def _find_path(namespace: Namespace, module: str) -> str:
    names = module.split(".")
    if not all(names):
        raise _not_a_name(module)
    parts = follow(namespace.tree, namespace.source_roots, module)
    if len(parts) == len(names):
        return parts[-1].path
    raise _missing_module(namespace, module, parts)


def _missing_module(namespace: Namespace, module: str, parts: list[Located]) -> PinnedModuleNotFoundError:
    """Return an error that names the missing part of a module's name, given the location of each part before it."""
    names = module.split(".")
    missing = names[len(parts)]
    folders = parts[-1].folders if parts else namespace.source_roots
    commit = f"commit {namespace.commit_id}"
    if not folders:
        return PinnedModuleNotFoundError(
            f"'{parts[-1].path}' at {commit} is {_kind(parts[-1])}, so it cannot contain '{module}'",
            name=module,
            path=parts[-1].path,
        )
    roots = " or ".join(repr(root or ".") for root in folders)
    location = f"'{folders[0]}'" if parts else f"source root {roots}"
    existing = {name.partition(".")[0] for folder in folders for name in namespace.tree.names(folder)}
    from difflib import get_close_matches

    from zenml_pin.pins.other_roots import suggest_roots

    near = get_close_matches(missing, existing, 3)
    elsewhere = suggest_roots(namespace.tree, namespace.source_roots, module) if not parts else None
    return PinnedModuleNotFoundError(
        f"{commit} has no {'module' if missing == names[-1] else 'folder'} '{missing}' in {location}",
        elsewhere or f"near misses: {', '.join(near)}"
        if elsewhere or near
        else "it may have been added later, or have had another name",
        name=module,
        path=folders[0],
    )


def _kind(located: Located) -> str:
    return "not a package" if located.is_loadable else located.kind


def _not_a_name(module: str) -> PinnedModuleNotFoundError:
    hint = "name it from its source root, as in trainers.step"
    return PinnedModuleNotFoundError(f"'{module}' is not a module name", hint, name=module)


def refuse_uncommitted(repository: AnyRepository | None, namespace: Namespace, module: str) -> None:
    """Refuse a pinned load while the class's folder has uncommitted changes.

    Raises:
        UncommittedChangesError: It lists the changes.
    """
    if repository is None:
        return
    status = unit_status(repository, unit_of(require_path(namespace, module), namespace.source_roots))
    if not status.clean:
        raise UncommittedChangesError(status.folder, status.changes)


def load_release(source: Source, strict: bool) -> Any:
    """Return a class that ships with this package; warn when another release is installed, or refuse."""
    from zenml_pin.base.version import PACKAGE, __version__
    from zenml_pin.importing import zenml_names

    if zenml_names.is_legacy(source):
        value = zenml_names.get_class(source)
        if not isinstance(value, type):
            raise NotAClassError(f"'{source}' does not stand for a class")
        _tell_of_other_release(
            f"'{source}' is a class of ZenML itself, and '{value.__module__}.{value.__name__}' takes its place",
            "load without strict, or install that release of ZenML",
            strict,
        )
        return value
    if source.module.partition(".")[0] != PACKAGE:
        raise UnsupportedError(
            f"'{source}' pins a release, and '{source.module.partition('.')[0]}' does not ship with {PACKAGE}",
            "pin your own classes to a commit",
        )
    if source.release != __version__:
        _tell_of_other_release(
            f"'{source}' was pinned with release {source.release}, but {__version__} is installed",
            f"install {PACKAGE}=={source.release}, or load without strict",
            strict,
        )
    return class_of(source.module, source, f"module '{source.module}' of {RELEASE_PREFIX}{__version__}", None)


def _tell_of_other_release(message: str, hint: str, strict: bool) -> None:
    if strict:
        raise ReleaseMismatchError(message, hint)
    from zenml_pin.base.warn import warn_caller

    warn_caller(message, ReleaseMismatchWarning)


def class_of(
    fullname: str, source: Source, where: str, tree: Tree | None, namespace: Namespace | None = None
) -> Any:
    """Import a module and return its class.

    Args:
        fullname: The module's name in `sys.modules`.
        source: The class, as its user names it.
        where: A description of the module, for messages.
        tree: The files in which to look for its requirements.
        namespace: The commit that it is imported from; None for the working tree.

    Raises:
        PinnedImportError: Its code raised an exception, which is the cause; SystemExit too.
        PinnedAttributeError, NotAClassError: It has no such class.
    """
    try:
        module = importlib.import_module(fullname)
        # Every module has a `__class__`, from its type; its own code did not define that.
        value = None if _is_of_type(module, source.name) else getattr(module, source.name, None)
    except (KeyboardInterrupt, PinError):
        raise
    except BaseException as error:
        raise _import_error(where, source.module, error, tree, namespace) from error
    return value if isinstance(value, type) else _as_function(module, value, fullname, source.name, where)


def _import_error(
    where: str, module: str, error: BaseException, tree: Tree | None, namespace: Namespace | None
) -> PinnedImportError:
    """Return an error that says what a module raised, and what helps if it misses a module or a name."""
    text = printable(_text(error).strip().partition("\n")[0])
    raised = f"{type(error).__name__}: {text}" if text else type(error).__name__
    hint = "its own code raised this; the cause of this error shows the lines (-v on the command line)"
    if isinstance(error, SyntaxError) and is_code_name(error.filename):
        # Imported only here, because it imports a parser.
        from zenml_pin.pins.unparsed import HINT, describe

        reason = describe(error, path_of_code(str(error.filename)))
        raised, hint = f"{type(error).__name__}: {printable(str(error.msg))} ({reason})", HINT
    elif isinstance(error, (ImportError, AttributeError)):
        from zenml_pin.pins.missing_modules import explain

        fact, hint = explain(error, tree, namespace) or ("", hint)
        raised = fact or raised
    return PinnedImportError(f"{where} failed while it was imported: {raised}", hint, name=module)


def _text(error: BaseException) -> str:
    """Return an exception's text; its `__str__` is foreign code, and may fail or exit."""
    try:
        return str(error)
    except (Exception, SystemExit):
        return ""


def _as_function(module: ModuleType, value: object, fullname: str, name: str, where: str) -> object:
    """Return what a module has under a name, if it is a function that counts.

    Raises:
        PinnedAttributeError: It has nothing under that name; the hint has similar names.
        NotAClassError: It has something else.
    """
    # Imported only here, because most sources name a class.
    from zenml_pin.pins.functions import HINT, why_not

    if value is None and (_is_of_type(module, name) or not hasattr(module, name)):
        from difflib import get_close_matches

        # A module may replace itself in `sys.modules` with an object that has no `__dict__`.
        attributes = getattr(module, "__dict__", {}).items()
        names = [own for own, member in attributes if isinstance(member, (type, FunctionType))]
        near = get_close_matches(name, names, 3)
        raise PinnedAttributeError(
            f"{where} has no class or function '{name}'",
            f"near misses: {', '.join(near)}" if near else "",
            name=name,
        )
    reason = why_not(value, fullname, name)
    if reason:
        raise NotAClassError(f"'{name}' in {where} is {reason}", HINT)
    return value


def _is_of_type(module: ModuleType, name: str) -> bool:
    return isinstance(module, ModuleType) and name not in vars(module) and hasattr(ModuleType, name)
