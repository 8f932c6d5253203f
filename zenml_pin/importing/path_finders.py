"""The finders that the hook on `sys.path_hooks` makes for folders of commits, and for Python files in them.

Only code that lists modules, or searches folders, needs them: pkgutil, runpy, and old code that changes `sys.path`.
"""

from __future__ import annotations

import sys
from importlib import machinery

from zenml_pin.errors import PinnedImportError
from zenml_pin.importing.locate import NATIVE, NATIVE_HINT, Located
from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT
from zenml_pin.importing.worktree_guard import is_searching
from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from zenml_pin.importing.namespace import Namespace

    FindSpec = Callable[[str, Sequence[str], ModuleType | None], machinery.ModuleSpec | None]


def _spec_by_path(namespace: Namespace, fullname: str, located: Located) -> machinery.ModuleSpec | None:
    """Return the spec of a module that has a name outside the pin, because its folder was searched for it."""
    if located.kind == "namespace":
        return None
    if not located.is_loadable:
        raise PinnedImportError(
            f"'{located.path}' at commit {namespace.label} cannot be loaded by its path: it is {located.kind}",
            NATIVE_HINT if located.kind == NATIVE else "",
            name=fullname,
            path=located.path,
        )
    from zenml_pin.importing.rewriting.by_path import loader_class, real_path

    path = real_path(namespace, located.path)
    loader = loader_class(namespace)(fullname, path)
    spec = machinery.ModuleSpec(fullname, loader, origin=path, is_package=located.kind == "package")
    spec.has_location = True
    if located.kind == "package":
        spec.submodule_search_locations = [path.rpartition("/")[0]]
    return spec


class FileFinder:
    """Finds one file as the main module: `runpy.run_path` looks for it so."""

    def __init__(self, namespace: Namespace, path: str) -> None:
        self._namespace = namespace
        self._path = path

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> machinery.ModuleSpec | None:
        """Return the spec of the main module; None for every other name."""
        if fullname != "__main__":
            return None
        return _spec_by_path(self._namespace, fullname, Located("module", self._path))


class FolderFinder:
    """Lists one folder of a commit for pkgutil, and finds modules in it. It is virtual, laid or materialized."""

    def __init__(self, find_spec: FindSpec, namespace: Namespace, entry: str) -> None:
        self._find_pinned = find_spec
        self._namespace = namespace
        self._entry = entry

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> machinery.ModuleSpec | None:
        """Return the spec of a module in this folder: with its pinned name, or by its path with another name.

        A plain import through `sys.path` finds nothing here: it may be the working tree's own.
        """
        if fullname.startswith(NAMESPACE + "."):
            return self._find_pinned(fullname, [self._entry], target)
        if self._entry.startswith(VIRTUAL_ROOT) or (_is_plain_import() and not is_searching()):
            return None
        folder = self._namespace.path_of(self._entry)
        located = None if folder is None else self._namespace.locate([folder], fullname.rpartition(".")[2])
        return None if located is None else _spec_by_path(self._namespace, fullname, located)

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        """Yield (name, whether it is a package) for each module of the folder, sorted by name."""
        folder = self._namespace.path_of(self._entry)
        names = {child.partition(".")[0] for child in self._namespace.tree.names(folder or "")}
        for name in sorted(names - {"__init__", ""}):
            located = self._namespace.locate([folder or ""], name)
            if name.isidentifier() and located is not None and located.kind in ("package", "module"):
                yield prefix + name, located.kind == "package"


def _is_plain_import() -> bool:
    """Tell whether the path finder calls the function that calls this, in a search through `sys.path`."""
    caller = sys._getframe(2)
    return caller.f_code.co_name == "_get_spec" and caller.f_locals.get("path") is sys.path
