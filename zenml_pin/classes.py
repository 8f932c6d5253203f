"""From a module's name to a class in it, with an error that says what its code did.

Import statements let a body's exception through; whoever asks for a class by its source gets a PinError.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from zenml_pin.errors import NotAClassError, PinError, PinnedAttributeError, PinnedImportError, printable
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.importing.locate import Tree


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
        from zenml_pin.requirements import find_requirement

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
