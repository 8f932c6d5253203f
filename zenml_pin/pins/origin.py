"""Where a class or function comes from: its file, its pin, or the distribution that installed it.

The *file* of a class decides its name, so a file that is imported under two names gives one source. A nested or local
class cannot be loaded by a name; a class from a notebook, from `python -c` or from stdin has no file. All this holds
for functions too; a decorated function is named after the function that its decorator wraps.
"""

from __future__ import annotations

import os
import sys

from zenml_pin.base.values import Value
from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.errors import NotAClassError, UnsupportedError
from zenml_pin.source import NAMESPACE, Source, split_pin, split_pinned


class Origin(Value):
    """Where a class or function was defined.

    Args:
        module: Its module's name, as imported.
        name: Its name.
        file: The file of its module, absolute; None when there is none.
        source: Its source, when its module's name contains it: the class comes from a pin, or ships with this package.
        reachable: Whether its module has it under its name, so that a source can load it.
    """

    module: str
    name: str
    file: str | None
    source: Source | None
    reachable: bool = True


def origin_of(value: object) -> Origin:
    """Return where a class or function comes from.

    Raises:
        NotAClassError: It is neither.
        UnsupportedError: It is nested in a class or a function.
    """
    module, name, qualname = _names_of(value)
    if name != qualname:
        kind = "class" if isinstance(value, type) else "function"
        raise UnsupportedError(
            f"{kind} '{qualname}' is nested, and a source names top-level classes and functions only",
            "move it to the top level of its module",
        )
    source = _own_source(_name_of(module), name)
    file = None if source else _file_of(module)
    return Origin(module, name, file, source, _is_reachable(value, module, name))


def _names_of(value: object) -> tuple[str, str, str]:
    """Return the module, the name and the qualified name under which a class or function was defined.

    Raises:
        NotAClassError: It is neither.
    """
    if isinstance(value, type):
        return value.__module__, value.__name__, value.__qualname__
    # Imported only here, because most callers have a class.
    from zenml_pin.pins.functions import HINT, find_wrapped, name_of, why_not

    function = find_wrapped(value) if callable(value) else None
    if function is None:
        raise NotAClassError(
            f"{type(value).__name__} object is neither a class nor a function",
            "pass the class or function itself, not an instance",
        )
    module, qualname = str(function.__module__), name_of(function)
    name = qualname.rpartition(".")[2]
    reason = why_not(value, module, qualname)
    # A nested function has an error of its own.
    if reason and (name == qualname or name == "<lambda>"):
        raise NotAClassError(f"function '{qualname}' is {reason}", HINT)
    return module, name, qualname


def _is_reachable(value: object, module: str, name: str) -> bool:
    """Tell whether a class's own module has the class under its name; True where the module is not loaded.

    Another class may have the name after a reload, or because a decorator returned it. That is all right where the
    module does not have `value` under any other name.
    """
    loaded = sys.modules.get(module)
    if loaded is None:
        return True
    named = getattr(loaded, name, None)
    others = list(getattr(loaded, "__dict__", {}).values())
    return _is_like(value, named, module, name) and (
        named is value or not any(other is value for other in others)
    )


def _is_like(value: object, named: object, module: str, name: str) -> bool:
    """Tell whether both are classes, or both functions that a source may name."""
    if isinstance(value, type) or isinstance(named, type):
        return isinstance(value, type) and isinstance(named, type)
    from zenml_pin.pins.functions import why_not

    return not why_not(named, module, name)


def _name_of(module: str) -> str:
    """Return a module's name; with `python -m zenml_pin.at...` only the module's spec has it."""
    spec = getattr(sys.modules.get(module), "__spec__", None) if module == "__main__" else None
    return spec.name if spec is not None and split_pinned(spec.name) else module


def _own_source(module: str, name: str) -> Source | None:
    pinned = split_pinned(module)
    if pinned is not None:
        pin, below = pinned
        commit_id, roots_id = split_pin(pin) or ("", None)
        return Source(below, name, commit_id, roots_id=roots_id)
    if module.partition(".")[0] == PACKAGE and not module.startswith(NAMESPACE + "."):
        return Source(module, name, release=__version__)
    return None


def _file_of(module: str) -> str | None:
    loaded = sys.modules.get(module)
    file = getattr(loaded, "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py") or not os.path.isfile(file):
        return None
    return os.path.abspath(file)
