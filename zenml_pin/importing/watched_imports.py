"""Watched imports: what this package does as soon as a module of the standard library is imported, by whomever.

    logging                    loggers of pinned code hang below the root logger, see `loggers`
    concurrent.interpreters    other interpreters know a pinned `__main__`, see `other_interpreters`

A cached load imports neither. So the finder lets the first import of such a module run our function.
"""

from __future__ import annotations

import sys

from zenml_pin.importing.loggers import make_loggers
from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any


def share_main() -> None:
    """Let other interpreters know a pinned `__main__`; do nothing in a process that has another one."""
    # While Python looks for the module that it runs, this is the first argument.
    if pinned_main() is not None or sys.argv[:1] == ["-m"]:
        from zenml_pin.importing.other_interpreters import share

        share(pinned_main)


def pinned_main() -> str | None:
    """Return the name of the pinned module that this process runs as `__main__`; None for every other one."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return spec.name if spec is not None and spec.name.startswith(f"{NAMESPACE}.g") else None


WATCHED: dict[str, Callable[[], None]] = {"logging": make_loggers, "concurrent.interpreters": share_main}


def run_for_imported() -> None:
    """Run the functions of the modules that are imported already."""
    for name in WATCHED:
        if name in sys.modules:
            WATCHED[name]()


def find_watched(
    name: str, finders: Sequence[Any], path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    """Return the spec of a watched module from the first of some finders that has it; its loader runs our function."""
    for finder in finders:
        spec: ModuleSpec | None = finder.find_spec(name, path, target)
        if spec is not None:
            if spec.loader is not None:
                spec.loader = _WatchedLoader(spec.loader, WATCHED[name])  # type: ignore[assignment]
            return spec
    return None


class _WatchedLoader:
    """Loads a module as its own loader does, and runs our function; only the own loader stays in the module."""

    def __init__(self, loader: Loader, then: Callable[[], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then our function."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then()

    def __getattr__(self, name: str) -> object:
        # What else tools ask a loader, such as get_source.
        return getattr(self._loader, name)
