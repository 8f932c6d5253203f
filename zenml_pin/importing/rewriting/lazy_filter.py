"""The filter of lazy imports (PEP 810), as `sys.set_lazy_imports_filter` sets it, and what it gets for pinned code.

It gets the names that the author of the code wrote: the first part of a pinned name, `zenml_pin.at.g<commit id>`, is
removed before the filter is called. For that the filter that is set is wrapped before pinned code runs, whoever has set
it. When a public load ends, the filter is again the one that was set.
"""

from __future__ import annotations

import sys

from zenml_pin.importing.rewriting.names import LAZY_PREFIX, is_lazy_name
from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Filter = Callable[[str | None, str, Any], object]

_BELOW = NAMESPACE + "."


def written_name(name: str) -> str:
    """Return the name that code writes for a module; it differs for pinned modules only.

    >>> written_name("zenml_pin.at.g0123.trainers.step"), written_name("json")
    ('trainers.step', 'json')
    """
    return name[len(_BELOW) :].partition(".")[2] if name.startswith(_BELOW) else name


class Importer(str):
    """The name of the importing module, as code writes it; it also equals that module's `__name__`.

    Args:
        name: The name in `sys.modules`.
    """

    name: str
    __hash__ = str.__hash__

    def __new__(cls, name: str) -> Importer:
        importer = super().__new__(cls, written_name(name))
        importer.name = name
        return importer

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True or self.name == other

    def __ne__(self, other: object) -> bool:
        return not self == other


class WrittenNames:
    """A filter of lazy imports that gets names as they are written in the code of pins.

    Args:
        filter: The caller's filter.
    """

    def __init__(self, filter: Filter) -> None:
        self.filter = filter
        self._answers: dict[tuple[str | None, str], object] = {}

    def __call__(self, importer: str | None, name: str, names: Any) -> object:
        """Tell whether an import stays lazy, as the filter says; a text may have no `__name__` for its importer."""
        if not _is_pinned(importer):
            return self.filter(importer, name, names)
        if not name.startswith(_BELOW):
            return self.filter(_written(importer), name, names)
        if "." not in name[len(_BELOW) :]:
            return self._of_root(importer, name, names or ("",))
        # In rewritten code `import a.b` calls the filter twice.
        answer = self.filter(_written(importer), written_name(name), _written_names(names))
        self._answers[importer, name] = answer
        return answer

    def _of_root(self, importer: str | None, root: str, names: tuple[str, ...]) -> object:
        """Tell it for a statement that imports names from a root package, as only rewritten code does."""
        if names[0].startswith(LAZY_PREFIX):
            module, colon, _ = names[0].removeprefix(LAZY_PREFIX).partition(":")
            imported = tuple(name.partition(":")[2] for name in names) if colon else None
            return self.filter(_written(importer), module.removesuffix(" as"), imported)
        if is_lazy_name(names[0]):
            return self._answers.pop((importer, f"{root}.{names[0].replace(':', '.')}"), True)
        return True


def _written(importer: str | None) -> str | None:
    return None if importer is None else Importer(importer)


def _is_pinned(importer: str | None) -> bool:
    """Tell whether the code of a pin imports; code of other modules writes a pinned name itself."""
    if importer is None or importer.startswith(_BELOW) or importer not in sys.modules:
        return True
    # `python -m` runs a pinned module under the name "__main__".
    spec = getattr(sys.modules[importer], "__spec__", None)
    return spec is not None and spec.name.startswith(_BELOW)


def _written_names(names: Any) -> Any:
    """Return the names of a from-import; in rewritten code `__class__` alone means the module itself."""
    return None if names == ("__class__",) else names


def wrap_filter() -> None:
    """Make the filter of lazy imports get names as they are written in the code of pins."""
    current = _sys("get_lazy_imports_filter")()
    if current is not None and not isinstance(current, WrittenNames):
        set_filter(current)


def unwrap_filter() -> None:
    """Set the filter of lazy imports that was set before `wrap_filter`."""
    current = _sys("get_lazy_imports_filter")()
    if isinstance(current, WrittenNames):
        _sys("set_lazy_imports_filter")(current.filter)


def set_filter(filter: Any) -> None:
    """Set the filter of lazy imports, as sys.set_lazy_imports_filter does."""
    _sys("set_lazy_imports_filter")(WrittenNames(filter) if callable(filter) else filter)


def get_filter() -> object:
    """Return the filter of lazy imports that was set, as sys.get_lazy_imports_filter does."""
    current = _sys("get_lazy_imports_filter")()
    return current.filter if isinstance(current, WrittenNames) else current


def _sys(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(sys, name)
    return function
