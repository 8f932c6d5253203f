"""`sys.modules` as pinned code sees it: under a first-party name it has the pin's module.

Libraries look modules up by name (`sys.modules["sqlalchemy.sql.util"]`), and put some in (`sys.modules["six.moves"]`).
Both mean the commit's modules, which have another name there: a plain name would read and change what belongs to the
working tree. So such a name is not listed either; every other name is that of the real dict.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
    from types import ModuleType
    from typing import Any


class ModulesView(dict["str", "ModuleType"]):
    """The view of one pin. It is a dict, as code may check; its own content stays empty.

    Args:
        key: Returns the name in `sys.modules` that a name in the pin's code means.
    """

    def __init__(self, key: Callable[[object], Any]) -> None:
        super().__init__()
        self._key = key

    def __getitem__(self, name: str) -> ModuleType:
        try:
            return sys.modules[self._key(name)]
        except KeyError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, module: ModuleType) -> None:
        sys.modules[self._key(name)] = module

    def __delitem__(self, name: str) -> None:
        try:
            del sys.modules[self._key(name)]
        except KeyError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        return self._key(name) in sys.modules

    def get(self, name: str, default: Any = None) -> Any:
        """Return a module, or a default."""
        return sys.modules.get(self._key(name), default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return a module; put one in if there is none."""
        return sys.modules.setdefault(self._key(name), default)

    def pop(self, name: str, *default: Any) -> Any:
        """Remove a module and return it."""
        try:
            return sys.modules.pop(self._key(name), *default)
        except KeyError:
            raise KeyError(name) from None

    def update(self, *others: Any, **named: ModuleType) -> None:
        """Put modules in."""
        for name, module in dict(*others, **named).items():
            self[name] = module

    def copy(self) -> dict[str, ModuleType]:
        """Return what is in it now, as a plain dict; the commit's modules have their names in `sys.modules`."""
        modules = sys.modules.copy()
        # Many names have the same first part.
        own = {root for root in {name.partition(".")[0] for name in modules} if self._key(root) != root}
        return {name: module for name, module in modules.items() if name.partition(".")[0] not in own}

    def __iter__(self) -> Iterator[str]:
        return iter(self.copy())

    def __reversed__(self) -> Iterator[str]:
        return reversed(self.copy())

    def __len__(self) -> int:
        return len(self.copy())

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        """Return the names."""
        return self.copy().keys()

    def values(self) -> ValuesView[ModuleType]:  # type: ignore[override]
        """Return the modules."""
        return self.copy().values()

    def items(self) -> ItemsView[str, ModuleType]:  # type: ignore[override]
        """Return the names with their modules."""
        return self.copy().items()

    def clear(self) -> None:
        """Remove all modules that it lists."""
        for name in self.copy():
            sys.modules.pop(name, None)

    def popitem(self) -> tuple[str, ModuleType]:
        """Remove the last module and return it with its name."""
        name = next(reversed(self))
        return name, self.pop(name)

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def __eq__(self, other: object) -> bool:
        return self is other or self.copy() == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __repr__(self) -> str:
        return repr(self.copy())
