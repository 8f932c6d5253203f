"""Loading: from a source to its class, or to its function: "class" stands for both.

A pinned class comes from its commit, in memory; it is refused while its folder has uncommitted changes. `working_tree`
loads sources that are not pinned, `releases` those that are pinned to a release of this package.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from zenml_pin.base.text import printable
from zenml_pin.importing.finder import in_place
from zenml_pin.importing.locate import follow
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.virtual_paths import is_code_name, path_of_code
from zenml_pin.load_errors import (
    PinError,
    PinnedImportError,
    PinnedModuleNotFoundError,
    UncommittedChangesError,
)
from zenml_pin.pins.unit import unit_of, unit_status
from zenml_pin.source import Source, refuse_no_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.commit_files import Tree

_OWN_CODE = "its own code raised this; the cause of this error shows the lines (-v on the command line)"
_NO_DESCRIPTOR = (
    "the module may have left no file descriptor free: close what it opens, or raise the limit (ulimit -n)"
)


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
        from zenml_pin.pins.load_failures import not_a_name

        raise not_a_name(module)
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
        from zenml_pin.pins.load_failures import not_a_name

        raise not_a_name(module)
    parts = follow(namespace.tree, namespace.source_roots, module)
    if len(parts) == len(names):
        return parts[-1].path
    from zenml_pin.pins.load_failures import missing_module

    raise missing_module(namespace, module, parts)


def refuse_uncommitted(repository: AnyRepository | None, namespace: Namespace, module: str) -> None:
    """Refuse a pinned load while the class's folder has uncommitted changes.

    Raises:
        UncommittedChangesError: It lists the changes.
    """
    if repository is None:
        return
    status = unit_status(repository, unit_of(require_path(namespace, module), namespace.source_roots))
    if not status.clean:
        from zenml_pin.git.status.remedies import find_remedy

        hint = f"{find_remedy(status.changes)}, or load with allow_dirty=True"
        raise UncommittedChangesError(status.folder, status.changes, hint)


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
        is_own = not _is_of_type(module, source.name)
        value = getattr(module, source.name, None) if is_own else None
    except (KeyboardInterrupt, PinError):
        raise
    except BaseException as error:
        raise _import_error(where, source.module, error, tree, namespace) from error
    if isinstance(value, type):
        return value
    try:
        from zenml_pin.pins.load_failures import as_function

        return as_function(module, value, fullname, source.name, where, is_own=is_own)
    except OSError as error:
        fact = f"'{source.name}' in {where} cannot be looked at: {_raised(error)}"
        raise PinnedImportError(fact, _NO_DESCRIPTOR, name=source.module) from error


def _import_error(
    where: str, module: str, error: BaseException, tree: Tree | None, namespace: Namespace | None
) -> PinnedImportError:
    """Return an error that says what a module raised, and what helps if it misses a module or a name."""
    # Here and not in `load_failures`: a module that leaves no file descriptor must not fail an import of ours.
    try:
        explained = _explain(error, tree, namespace)
    except OSError:
        explained = None
    fact, hint = explained or ("", _OWN_CODE)
    return PinnedImportError(
        f"{where} failed while it was imported: {fact or _raised(error)}", hint, name=module
    )


def _explain(error: BaseException, tree: Tree | None, namespace: Namespace | None) -> tuple[str, str] | None:
    """Return what the error of a module means, as (fact, hint); None if its own text says all.

    Raises:
        OSError: The module left no file descriptor free, and most loads need no explanation, so it is not imported.
    """
    path = _unparsed_path(error) if isinstance(error, SyntaxError) else None
    if path is not None:
        assert isinstance(error, SyntaxError)
        # Imported only here, because it imports a parser.
        from zenml_pin.pins.unparsed import HINT, describe

        return f"{type(error).__name__}: {printable(str(error.msg))} ({describe(error, path)})", HINT
    if isinstance(error, (ImportError, AttributeError)):
        from zenml_pin.pins.missing_modules import explain

        return explain(error, tree, namespace)
    return None


def _unparsed_path(error: SyntaxError) -> str | None:
    """Return the file that cannot be parsed, as a path in its repository; None if the text is from elsewhere."""
    file = error.filename
    if is_code_name(file):
        return path_of_code(str(file))
    if not isinstance(file, str) or not file.endswith(".py") or not os.path.isfile(file):
        return None
    from zenml_pin.importing.worktree_guard import find_worktree

    worktree = find_worktree(file)
    return os.path.relpath(file, worktree) if worktree is not None else file


def _raised(error: BaseException) -> str:
    """Return the type of an exception, and the first line of its text."""
    text = printable(_text(error).strip().partition("\n")[0])
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text(error: BaseException) -> str:
    """Return an exception's text; its `__str__` is foreign code, and may fail or exit."""
    try:
        return str(error)
    except (Exception, SystemExit):
        return ""


def _is_of_type(module: ModuleType, name: str) -> bool:
    return isinstance(module, ModuleType) and name not in vars(module) and hasattr(ModuleType, name)
