"""The finder on `sys.meta_path` and the hook on `sys.path_hooks`. Only this file changes these, and `sys.modules`.

N2  One finder and one hook. Importing `zenml_pin.at` installs them, a load never does. If the code of a load removes
    them, or puts others before them, they are put back.
N6  A first-party name that cannot be loaded from memory raises ImportError with the reason; nothing outside the commit
    replaces it.

Names that are not below `zenml_pin.at` are never touched, except that the first import of some modules also runs a
function of ours: see `watched_imports`.
"""

from __future__ import annotations

import os
import sys
from importlib import machinery

from zenml_pin.importing.loader import FileLoader, PackageLoader, RootLoader
from zenml_pin.importing.locate import NATIVE, NATIVE_HINT, Located, SourceRoots, follow
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.rewriting.names import has_filter
from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT, is_code_name
from zenml_pin.importing.watched_imports import WATCHED, find_watched
from zenml_pin.importing.worktree_guard import split_real
from zenml_pin.load_errors import PinnedImportError, PinnedModuleNotFoundError
from zenml_pin.source import NAMESPACE, ZENML, split_pinned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType, TracebackType
    from typing import Any

    from zenml_pin.importing.path_finders import FileFinder, FolderFinder

_PREFIX = NAMESPACE + "."
# Used here, so that they are there before the first import asks: a lazy import of one would ask for itself, and an
# import of `logging` must not fail where ours would.
_WATCHED, _find_watched = WATCHED, find_watched
_PACKAGE = NAMESPACE.partition(".")[0]
_BELOW = _PACKAGE + "."


class PinnedSpec(machinery.ModuleSpec):
    """A spec without cached bytecode: compiled code is never read from a file or written to one."""

    cached = None


class PinFinder:
    """Finds `zenml_pin.at.<label>` and everything below it.

    Args:
        find_namespace: Returns the namespace of a label, which is "g" and a commit id; None for any other text. Raises
            ModuleNotFoundError when no known repository has the commit.
    """

    def __init__(self, find_namespace: Callable[[str], Namespace | None]) -> None:
        self._find_namespace = find_namespace

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> machinery.ModuleSpec | None:
        """Return the spec of a pinned module; None for every other name.

        Raises:
            PinnedModuleNotFoundError: No known repository has the commit; the error lists the searched ones.
            PinnedImportError: The module exists, but cannot be loaded from memory.
        """
        if not fullname.startswith(_PREFIX):
            if fullname in _WATCHED:
                return _find_watched(fullname, self._finders_behind(), path, target)
            return None
        label, _, rest = fullname[len(_PREFIX) :].partition(".")
        namespace = self._find_namespace(label)
        if namespace is None:
            return None
        if not rest:
            return _root_spec(namespace)
        spec = _spec(namespace, fullname, path or [])
        if (
            "coverage.execfile" in sys.modules
            and spec is not None
            and spec.submodule_search_locations is None
        ):
            from zenml_pin.importing.code_files import give_file

            give_file(spec)
        return spec

    def _finders_behind(self) -> list[Any]:
        """Return the finders that Python asks after this one."""
        finders = sys.meta_path[:]
        return finders[finders.index(self) + 1 :] if self in finders else finders

    def invalidate_caches(self) -> None:
        """Do nothing: a commit never changes."""

    def discover(self, parent: machinery.ModuleSpec | None = None) -> Iterator[machinery.ModuleSpec]:
        """Yield nothing: `FolderFinder` has the modules of a pinned package.

        A traceback of Python 3.15 asks every finder for names to suggest, and where a file on `sys.path` has a name
        that is not UTF-8, it then fails with UnicodeEncodeError, in a worker process too. An error of ours here is one
        that it expects: it suggests nothing.

        Raises:
            UnicodeEncodeError: Such a name is among those that would be suggested.
        """
        for spec in machinery.PathFinder.discover(parent):  # type: ignore[attr-defined]
            spec.name.encode()
        yield from ()


def _root_spec(namespace: Namespace) -> machinery.ModuleSpec:
    spec = PinnedSpec(namespace.root, RootLoader(namespace), origin=namespace.file_name(""), is_package=True)
    spec.submodule_search_locations = [namespace.file_name(root) for root in namespace.source_roots]
    spec.loader.spec = spec  # type: ignore[union-attr]
    return spec


def _spec(namespace: Namespace, fullname: str, path: Sequence[str]) -> machinery.ModuleSpec | None:
    name = fullname.rpartition(".")[2]
    folders = [folder for entry in path if (folder := namespace.path_of(entry)) is not None]
    if isinstance(namespace.source_roots, SourceRoots):
        follow(namespace.tree, namespace.source_roots, fullname[len(namespace.root) + 1 :])
    located = namespace.locate(folders, name)
    if located is None:
        zenml = _zenml_spec(namespace, fullname)
        if zenml is None:
            _refuse_real_folders(namespace, fullname, path, folders)
        return zenml
    if located.is_loadable:
        return spec_of(namespace, fullname, located)
    native = _native_spec(namespace, fullname, located)
    if native is None:
        raise PinnedImportError(
            f"'{located.path}' at commit {namespace.commit_id} cannot be imported from memory: it is {located.kind}",
            NATIVE_HINT if located.kind == NATIVE else "",
            name=fullname,
            path=located.path,
        )
    return native


def _zenml_spec(namespace: Namespace, fullname: str) -> machinery.ModuleSpec | None:
    dotted = fullname[len(namespace.root) + 1 :]
    if dotted.partition(".")[0] != ZENML:
        return None
    from zenml_pin.importing.zenml_modules import find_loader

    loader = find_loader(namespace, fullname)
    if loader is None:
        return None
    spec = PinnedSpec(fullname, loader, is_package=True)
    folder = dotted.replace(".", "/")
    spec.submodule_search_locations = [namespace.file_name(folder)]
    return spec


def _refuse_real_folders(
    namespace: Namespace, fullname: str, path: Sequence[str], folders: list[str]
) -> None:
    """Raise where the next finder, the path finder, would take a missing module from a real folder."""
    real = [entry for entry in path if not entry.startswith(VIRTUAL_ROOT) and split_real(entry) is None]
    added = any(
        os.path.lexists(f"{entry}/{fullname.rpartition('.')[2]}.py") for entry in path if entry not in real
    )
    if not added and (not real or machinery.PathFinder.find_spec(fullname, real) is None):
        return
    name, searched = fullname.rpartition(".")[2], ", ".join(map(repr, folders)) or "the given path"
    raise PinnedModuleNotFoundError(
        f"commit {namespace.commit_id} has no module '{name}' in {searched}", name=fullname
    )


def _native_spec(namespace: Namespace, fullname: str, located: Located) -> machinery.ModuleSpec | None:
    file = namespace.native_file(located.path) if located.kind == NATIVE else None
    if file is None:
        return None
    from zenml_pin.importing.native_loader import NativeLoader

    loader = NativeLoader(fullname, file, located.path)
    is_package = loader.is_package(fullname)
    spec = PinnedSpec(fullname, loader, origin=file, is_package=is_package)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [namespace.file_name(located.path.rpartition("/")[0])]
    return spec


def spec_of(namespace: Namespace, fullname: str, located: Located) -> machinery.ModuleSpec:
    """Return the spec of a located module. Origin and `has_location` are set, so that inspect finds its source."""
    if located.kind == "namespace":
        package = PackageLoader(namespace, fullname, located.paths)
        package.spec = spec = PinnedSpec(fullname, package, is_package=True)
        spec.submodule_search_locations = [namespace.file_name(folder) for folder in located.paths]
        return spec
    is_package = located.kind == "package"
    loader = FileLoader(namespace, fullname, located.path, is_package)
    loader.spec = spec = PinnedSpec(fullname, loader, origin=loader.path, is_package=is_package)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [namespace.file_name(located.path.rpartition("/")[0])]
    return spec


class FolderHook:
    """The hook on `sys.path_hooks`: makes finders for folders of commits, so that pkgutil can list them."""

    def __init__(self, finder: PinFinder, namespace_of_entry: Callable[[str], Namespace | None]) -> None:
        self._finder = finder
        self._namespace_of_entry = namespace_of_entry

    def __call__(self, entry: str) -> FolderFinder | FileFinder:
        """Return the finder of a virtual, laid or materialized folder, or of a Python file in it.

        Raises:
            ImportError: The entry does not belong to a commit, so Python tries the next hook.
        """
        namespace = self._namespace_of_entry(entry) if isinstance(entry, str) else None
        if namespace is None:
            raise ImportError("only for folders of pinned commits", path=entry)
        from zenml_pin.importing.path_finders import FileFinder, FolderFinder

        path = namespace.path_of(entry) if entry.endswith(".py") else None
        if path is not None and (file := namespace.tree.find(path)) is not None and file.is_file:
            return FileFinder(namespace, path)
        return FolderFinder(self._finder.find_spec, namespace, entry)


def install(finder: PinFinder, hook: FolderHook) -> None:
    """Install the finder and the hook; a second call in the same process changes nothing."""
    for entries, ours in ((sys.meta_path, finder), (sys.path_hooks, hook)):
        if not any(isinstance(other, type(ours)) for other in entries):
            # First: no other finder knows our names, and some are slow.
            entries.insert(0, ours)  # type: ignore[arg-type]


class in_place:
    """Keep the finder, the hook and our own modules where they are, whatever the code in the block does to them.

    Other changes to the interpreter stay. A filter of lazy imports, which is wrapped while pinned code runs, is
    afterwards the one that was set.
    """

    def __enter__(self) -> None:
        _blocks.append(self)
        self._finders, self._hooks = sys.meta_path[:], sys.path_hooks[:]
        self._modules = _own.modules()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _put_back(sys.meta_path, self._finders, PinFinder)
        _put_back(sys.path_hooks, self._hooks, FolderHook)
        # Most of them are unchanged, and then this changes nothing.
        sys.modules.update(self._modules)
        _blocks.remove(self)
        # Another thread may still run pinned code.
        if has_filter() and not _blocks:
            from zenml_pin.importing.rewriting.lazy_filter import unwrap_filter

            unwrap_filter()


# The blocks that run now, of all threads.
_blocks: list[in_place] = []


class _Own:
    """Our own modules, without those of commits. Looks for their names again only when `sys.modules` has changed."""

    def __init__(self) -> None:
        self._latest: tuple[list[str], list[str]] = [], []

    def modules(self) -> dict[str, ModuleType]:
        """Return them by name."""
        modules = sys.modules.copy()
        names = list(modules)
        known, own = self._latest
        if names != known:
            below = [name for name in names if name.startswith(_BELOW) and not name.startswith(_PREFIX)]
            own = [_PACKAGE, *below] if _PACKAGE in modules else below
            self._latest = names, own
        return {name: modules[name] for name in own}


_own = _Own()


def _put_back(current: list[Any], before: list[Any], kind: type) -> None:
    """Put the entry of a kind behind the entries that it was behind before, and before all others."""
    position = next((position for position, entry in enumerate(before) if isinstance(entry, kind)), None)
    if position is None or current[: position + 1] == before[: position + 1]:
        return
    ours = before[position]
    ahead = [entry for entry in before[:position] if entry in current]
    rest = [entry for entry in current if entry not in ahead and entry is not ours]
    current[:] = [*ahead, ours, *rest]


def loaded_names(root: str) -> set[str]:
    """Return the names in `sys.modules` of a root package and everything below it."""
    if root not in sys.modules:
        return set()
    prefix = root + "."
    return {root, *[name for name in list(sys.modules) if name.startswith(prefix)]}


def drop(names: set[str]) -> None:
    """Remove modules from `sys.modules` and from their parents, and their lines from linecache."""
    from linecache import cache

    modules = {name: sys.modules.pop(name, None) for name in names}
    for name, module in modules.items():
        parent, _, last = name.rpartition(".")
        package = modules.get(parent) or sys.modules.get(parent)
        # Without getattr and delattr, which a module may have overridden.
        attributes = getattr(package, "__dict__", {})
        if isinstance(attributes, dict) and attributes.get(last) is module:
            attributes.pop(last)
        loader = getattr(module, "__loader__", None)
        if isinstance(loader, FileLoader):
            cache.pop(loader.code_name, None)
    # A module may replace itself in `sys.modules` with an object without a loader.
    # So dropping a root drops all lines of its commit.
    pins = {pinned[0] for pinned in map(split_pinned, names) if pinned is not None and not pinned[1]}
    for file in [file for file in list(cache) if is_code_name(file) and file.rpartition("@")[2] in pins]:
        cache.pop(file, None)
    for entry in list(sys.path_importer_cache):
        if str(entry).startswith(VIRTUAL_ROOT) or split_real(str(entry)) is not None:
            sys.path_importer_cache.pop(entry, None)
