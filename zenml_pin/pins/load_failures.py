"""What a load says that finds no class: no such module, or no class of that name; and a load of a function.

Most loads find one and need none of this.
"""

from __future__ import annotations

from types import FunctionType

from zenml_pin.errors import (
    NotAClassError,
    PinnedAttributeError,
    PinnedModuleNotFoundError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from zenml_pin.importing.locate import Located
    from zenml_pin.importing.namespace import Namespace


def missing_module(namespace: Namespace, module: str, parts: list[Located]) -> PinnedModuleNotFoundError:
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


def not_a_name(module: str) -> PinnedModuleNotFoundError:
    hint = "name it from its source root, as in trainers.step"
    return PinnedModuleNotFoundError(f"'{module}' is not a module name", hint, name=module)


def as_function(
    module: ModuleType, value: object, fullname: str, name: str, where: str, *, is_own: bool
) -> object:
    """Return what a module has under a name, if it is a function that counts.

    Raises:
        PinnedAttributeError: It has nothing under that name; the hint has similar names.
        NotAClassError: It has something else.
    """
    # Imported only here, because most sources name a class.
    from zenml_pin.pins.functions import HINT, why_not

    if value is None and (not is_own or not hasattr(module, name)):
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
