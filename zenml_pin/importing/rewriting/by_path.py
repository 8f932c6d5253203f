"""By path: loading a file of a commit by its path, as plugin systems do, with its imports routed into the pin.

    importlib.util.spec_from_file_location("plug", path)
    importlib.machinery.SourceFileLoader("plug", path)
    runpy.run_path(path)
    pkgutil.iter_modules([folder]), then `finder.find_spec(name)`

The module has the name that the caller gives it, and runs the commit's file. That holds for paths in laid and in
materialized folders, and for paths of the working tree, whose files pinned code never runs (P3).
"""

from __future__ import annotations

import os
from abc import ABCMeta
from importlib import machinery
from linecache import lazycache

from zenml_pin.errors import PinnedImportError
from zenml_pin.importing.worktree_guard import split_real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from zenml_pin.importing.rewriting.route import Target

# More than any package: a module that is loaded by path has a package of its own, from which relative imports start.
_DEPTH = 1000


def own_path(target: Target, path: object) -> str | None:
    """Return the path at the commit of a file by its real path; None for a file that does not belong to the commit.

    Raises:
        PinnedImportError: It is a file of the working tree, and the commit does not have it.
    """
    try:
        real = os.path.abspath(os.fsdecode(os.fspath(path)))  # type: ignore[call-overload]
    except TypeError:
        return None
    inside = target.worktree_path(real)
    if inside is None:
        return None
    entry = target.tree.find(inside)
    if entry is None or not entry.is_file:
        if split_real(real) is not None or not os.path.exists(real):
            return None
        raise PinnedImportError(
            f"'{real}' is a file of the working tree, and commit {target.label} has no file '{inside}'",
            "pinned code runs files of its commit alone: commit the file and pin again",
            name=os.path.basename(real).removesuffix(".py"),
            path=real,
        )
    return inside


def real_path(target: Target, inside: str) -> str:
    """Return the real path of a file of the commit; it is laid first."""
    target.lay(inside, ())
    return target.file_name(inside)


class _AnySourceFileLoader(ABCMeta):
    """Lets code test for the class as for the one of importlib."""

    def __instancecheck__(cls, instance: object) -> bool:
        if "target" in cls.__dict__:
            return isinstance(instance, machinery.SourceFileLoader)
        return super().__instancecheck__(instance)


def loader_class(target: Target) -> type[machinery.SourceFileLoader]:
    """Return `importlib.machinery.SourceFileLoader` as code of a commit sees it."""

    class SourceFileLoader(machinery.SourceFileLoader, metaclass=_AnySourceFileLoader):
        """Loads a file by its path; a file of the commit with its imports routed into the pin."""

        def __init__(self, fullname: str, path: Any) -> None:
            self._inside = own_path(target, path)
            real = path if self._inside is None or split_real(path) else real_path(target, self._inside)
            super().__init__(fullname, real)

        def get_code(self, fullname: str) -> CodeType | None:
            """Return the code of the file."""
            inside = self._inside
            if inside is None:
                return super().get_code(fullname)
            code = target.get_code(inside, _DEPTH, lambda: target.tree.read(inside))
            spec = machinery.ModuleSpec(self.name, self)
            name = target.code_name(inside)
            lazycache(name, {"__name__": self.name, "__loader__": self, "__spec__": spec})
            return code

        def get_data(self, path: Any) -> bytes:
            """Return a file's content; the commit's, for the file itself."""
            if self._inside is not None and path == self.path:
                return target.tree.read(self._inside)
            return super().get_data(path)

    SourceFileLoader.target = target  # type: ignore[attr-defined]
    SourceFileLoader.__module__ = machinery.__name__
    SourceFileLoader.__qualname__ = "SourceFileLoader"
    return SourceFileLoader
