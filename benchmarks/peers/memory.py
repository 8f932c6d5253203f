"""Modules from a dict of files, for peers that read blobs: the usual loader that people write themselves."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


class Finder:
    """Finds and loads modules by plain names. No base class: `importlib.abc` takes as long to import as a load.

    Args:
        files: Content by path.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the spec of a module, None if no file has it."""
        stem = fullname.replace(".", "/")
        for file, is_package in ((f"{stem}/__init__.py", True), (f"{stem}.py", False)):
            if file in self._files:
                return ModuleSpec(fullname, self, origin=file, is_package=is_package)
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to importlib."""

    def exec_module(self, module: ModuleType) -> None:
        """Compile the file and run it."""
        assert module.__spec__ is not None
        origin = module.__spec__.origin
        assert origin is not None
        exec(compile(self._files[origin], origin, "exec", dont_inherit=True), module.__dict__)


def load(files: dict[str, bytes], module: str, name: str) -> type:
    """Return a class; nothing stays in `sys.modules`."""
    finder = Finder(files)
    sys.meta_path.insert(0, finder)  # type: ignore[arg-type]
    try:
        value: type = getattr(import_module(module), name)
        return value
    finally:
        sys.meta_path.remove(finder)  # type: ignore[arg-type]
        forget(module)


def forget(module: str) -> None:
    """Remove a module's top package, and everything below it, from `sys.modules`."""
    root = module.partition(".")[0]
    for name in [name for name in sys.modules if name == root or name.startswith(root + ".")]:
        del sys.modules[name]


def parents(unit: str) -> list[str]:
    """Return the `__init__.py` of each folder above a unit."""
    parts = unit.split("/")
    return ["/".join([*parts[:depth], "__init__.py"]) for depth in range(1, len(parts))]
