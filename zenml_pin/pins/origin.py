"""Where a class comes from: its file, its pin, or the distribution that installed it.

The *file* of a class decides its name, so a file that is imported under two names gives one source. A nested or local
class cannot be loaded by a name; a class from a notebook, from `python -c` or from stdin has no file.
"""

from __future__ import annotations

import os
import sys

from zenml_pin.base.values import Value
from zenml_pin.base.version import PACKAGE, __version__
from zenml_pin.errors import NotAClassError, UnsupportedError
from zenml_pin.source import NAMESPACE, Source, split_pin, split_pinned


class Origin(Value):
    """Where a class was defined.

    Args:
        module: Its module's name, as imported.
        name: The class's name.
        file: The file of its module, absolute; None when there is none.
        source: Its source, when its module's name contains it: the class comes from a pin, or ships with this package.
        reachable: Whether its module has it under its name, so that a source can load it.
    """

    module: str
    name: str
    file: str | None
    source: Source | None
    reachable: bool = True


def origin_of(cls: type) -> Origin:
    """Return where a class comes from.

    Raises:
        NotAClassError: It is not a class.
        UnsupportedError: It is nested in a class or a function.
    """
    if not isinstance(cls, type):
        raise NotAClassError(
            f"{type(cls).__name__} object is not a class",
            "pass the class itself, not an instance or a function",
        )
    if cls.__qualname__ != cls.__name__:
        raise UnsupportedError(
            f"class '{cls.__qualname__}' is nested, and a source names top-level classes only",
            "move it to the top level of its module",
        )
    module = cls.__module__
    source = _own_source(_name_of(module), cls.__name__)
    file = None if source else _file_of(module)
    return Origin(module, cls.__name__, file, source, _is_reachable(cls))


def _is_reachable(cls: type) -> bool:
    """Tell whether a class's own module has the class under its name; True where the module is not loaded.

    Another class may have the name after a reload, or because a decorator returned it. That is all right where the
    module does not have `cls` under any other name.
    """
    loaded = sys.modules.get(cls.__module__)
    if loaded is None:
        return True
    named = getattr(loaded, cls.__name__, None)
    values = list(getattr(loaded, "__dict__", {}).values())
    return isinstance(named, type) and (named is cls or not any(value is cls for value in values))


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
