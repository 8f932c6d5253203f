"""The finder on `sys.meta_path` and the hook on `sys.path_hooks`. The only owner of both, and of `sys.modules`.

N2  One finder and one hook, installed by importing `zenml_pin.at`, never by a load; a load whose code takes them
    away, or puts others before them, leaves them where they were.
N6  A first-party name that cannot be loaded from memory raises ImportError, with the reason; nothing outside the
    commit takes its place.

Names that are not below `zenml_pin.at` are never touched.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder

from zenml_pin.errors import PinnedImportError, PinnedModuleNotFoundError
from zenml_pin.importing.loader import FileLoader, NativeLoader, PackageLoader, RootLoader
from zenml_pin.importing.locate import NATIVE, Located
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT, is_code_name
from zenml_pin.importing.zenml_modules import find_loader
from zenml_pin.source import NAMESPACE, split_pinned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType, TracebackType
    from typing import Any

_PREFIX = NAMESPACE + "."
_PACKAGE = NAMESPACE.partition(".")[0]
_NATIVE_HINT = (
    "native code of this Python loads from a real folder: unload the commit, then pass materialize=DIR"
)


class PinnedSpec(ModuleSpec):
    """A spec whose module has no cached bytecode: nothing compiled is ever read from, or written to, a file."""

    cached = None


class PinFinder:
    """Finds `zenml_pin.at.<label>` and everything below it.

    Args:
        find_pin: Returns the pin of a label such as "g" and a commit id; None when the label is none; raises
            ModuleNotFoundError when its commit is not known here.
    """

    def __init__(self, find_pin: Callable[[str], Namespace | None]) -> None:
        self._find_pin = find_pin

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a pinned module, None for every other name.

        Raises:
            PinnedModuleNotFoundError: The commit is not known here; it names the places searched.
            PinnedImportError: The module is there, but cannot be loaded from memory.
        """
        if not fullname.startswith(_PREFIX):
            return None
        label, _, rest = fullname[len(_PREFIX) :].partition(".")
        pin = self._find_pin(label)
        if pin is None:
            return None
        if not rest:
            return _root_spec(pin)
        return _spec(pin, fullname, path or [])

    def invalidate_caches(self) -> None:
        """Do nothing: what a commit holds never changes."""


def _root_spec(pin: Namespace) -> ModuleSpec:
    spec = PinnedSpec(pin.root, RootLoader(pin), origin=pin.file_name(""), is_package=True)
    spec.submodule_search_locations = [pin.file_name(root) for root in pin.source_roots]
    return spec


def _spec(pin: Namespace, fullname: str, path: Sequence[str]) -> ModuleSpec | None:
    name = fullname.rpartition(".")[2]
    folders = [folder for entry in path if (folder := pin.path_of(entry)) is not None]
    located = pin.locate(folders, name)
    if located is None:
        borrowed = find_loader(pin, fullname)
        if borrowed is not None:
            spec = PinnedSpec(fullname, borrowed, is_package=True)
            spec.submodule_search_locations = [pin.file_name(fullname[len(pin.root) + 1 :].replace(".", "/"))]
            return spec
        real = [entry for entry in path if not entry.startswith(VIRTUAL_ROOT)]
        if not real or PathFinder.find_spec(fullname, real) is None:
            return None
        # The path finder, asked next, would take it from a real folder.
        raise PinnedModuleNotFoundError(
            f"commit {pin.label} has no module '{name}' in {', '.join(map(repr, folders)) or 'the given path'}",
            name=fullname,
        )
    if located.is_loadable:
        return spec_of(pin, fullname, located)
    native = _native_spec(pin, fullname, located)
    if native is None:
        raise PinnedImportError(
            f"'{located.path}' at commit {pin.label} cannot be imported from memory: it is {located.kind}",
            _NATIVE_HINT if located.kind == NATIVE else "",
            name=fullname,
            path=located.path,
        )
    return native


def _native_spec(pin: Namespace, fullname: str, located: Located) -> ModuleSpec | None:
    file = pin.native_file(located.path) if located.kind == NATIVE else None
    if file is None:
        return None
    loader = NativeLoader(fullname, file, located.path)
    is_package = loader.is_package(fullname)
    spec = PinnedSpec(fullname, loader, origin=file, is_package=is_package)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [pin.file_name(located.path.rpartition("/")[0])]
    return spec


def spec_of(pin: Namespace, fullname: str, located: Located) -> ModuleSpec:
    """Return the spec of a located module. Origin and `has_location` are set, so that inspect finds its source."""
    if located.kind == "namespace":
        spec = PinnedSpec(fullname, PackageLoader(pin, fullname, located.paths), is_package=True)
        spec.submodule_search_locations = [pin.file_name(folder) for folder in located.paths]
        return spec
    is_package = located.kind == "package"
    loader = FileLoader(pin, fullname, located.path, is_package)
    spec = PinnedSpec(fullname, loader, origin=loader.path, is_package=is_package)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [pin.file_name(located.path.rpartition("/")[0])]
    return spec


class FolderFinder:
    """Lists one virtual folder for pkgutil, and finds modules in it."""

    def __init__(self, finder: PinFinder, pin: Namespace, entry: str) -> None:
        self._finder = finder
        self._pin = pin
        self._entry = entry

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec of a pinned module in this folder."""
        return self._finder.find_spec(fullname, [self._entry], target)

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        """Yield (name, whether it is a package) for each module of the folder, sorted by name."""
        folder = self._pin.path_of(self._entry)
        names = {child.partition(".")[0] for child in self._pin.tree.names(folder or "")}
        for name in sorted(names - {"__init__", ""}):
            located = self._pin.locate([folder or ""], name)
            if name.isidentifier() and located is not None and located.kind in ("package", "module"):
                yield prefix + name, located.kind == "package"


class FolderHook:
    """The hook on `sys.path_hooks`: makes finders for virtual folders, so that pkgutil can list them."""

    def __init__(self, finder: PinFinder, pin_of_entry: Callable[[str], Namespace | None]) -> None:
        self._finder = finder
        self._pin_of_entry = pin_of_entry

    def __call__(self, entry: str) -> FolderFinder:
        """Return the finder of a virtual folder.

        Raises:
            ImportError: The entry is no virtual folder, so the next hook is asked.
        """
        pin = self._pin_of_entry(entry) if isinstance(entry, str) and entry.startswith(VIRTUAL_ROOT) else None
        if pin is None:
            raise ImportError("only for folders of pinned commits", path=entry)
        return FolderFinder(self._finder, pin, entry)


def install(finder: PinFinder, hook: FolderHook) -> None:
    """Put the finder and the hook into place; a second call of the same process changes nothing."""
    for held, ours in ((sys.meta_path, finder), (sys.path_hooks, hook)):
        if not any(isinstance(other, type(ours)) for other in held):
            # First, for no other finder knows our names and some are slow.
            held.insert(0, ours)  # type: ignore[arg-type]


class in_place:
    """Leaves the finder, the hook and our own modules where they were, whatever code that a block runs does to them.

    What else it changes in the interpreter is its own affair.
    """

    def __enter__(self) -> None:
        self._finders, self._hooks = sys.meta_path[:], sys.path_hooks[:]
        self._modules = _own.modules()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _put_back(sys.meta_path, self._finders, PinFinder)
        _put_back(sys.path_hooks, self._hooks, FolderHook)
        # Those that are the same change nothing.
        sys.modules.update(self._modules)


class _Own:
    """Our own modules, without those of commits: which names are ours is asked anew when others came or went."""

    def __init__(self) -> None:
        self._latest: tuple[list[str], list[str]] = [], []

    def modules(self) -> dict[str, ModuleType]:
        """Return them by name."""
        modules = sys.modules.copy()
        held = list(modules)
        known, own = self._latest
        if held != known:
            own = [name for name in held if name.startswith(_PACKAGE) and _is_own(name)]
            self._latest = held, own
        return {name: modules[name] for name in own}


_own = _Own()


def _is_own(name: str) -> bool:
    return (name == _PACKAGE or name.startswith(_PACKAGE + ".")) and not name.startswith(_PREFIX)


def _put_back(current: list[Any], before: list[Any], kind: type) -> None:
    """Let the one of a kind stand behind what it stood behind before, and before all else."""
    place = next((place for place, held in enumerate(before) if isinstance(held, kind)), None)
    if place is None or current[: place + 1] == before[: place + 1]:
        return
    ahead = [held for held in before[:place] if held in current]
    rest = [held for held in current if held not in ahead and held is not before[place]]
    current[:] = [*ahead, before[place], *rest]


def loaded_names(root: str) -> set[str]:
    """Return the names in `sys.modules` of a root package and everything below it."""
    if root not in sys.modules:
        return set()
    prefix = root + "."
    return {root, *[name for name in list(sys.modules) if name.startswith(prefix)]}


def loaded_files(pin: Namespace) -> set[str]:
    """Return the paths of the files whose modules are loaded from a pin."""
    loaders = [getattr(sys.modules.get(name), "__loader__", None) for name in loaded_names(pin.root)]
    return {loader.file for loader in loaders if isinstance(loader, (FileLoader, NativeLoader))}


def drop(names: set[str]) -> None:
    """Take modules out of `sys.modules`, off their parents, and their lines out of linecache."""
    from linecache import cache

    modules = {name: sys.modules.pop(name, None) for name in names}
    for name, module in modules.items():
        parent, _, last = name.rpartition(".")
        holder = modules.get(parent) or sys.modules.get(parent)
        # Not by getattr and delattr, which a module may have made its own.
        held = getattr(holder, "__dict__", {})
        if isinstance(held, dict) and held.get(last) is module:
            held.pop(last)
        loader = getattr(module, "__loader__", None)
        if isinstance(loader, FileLoader):
            cache.pop(loader.code_name, None)
    # What a module has put into `sys.modules` in its own place has no loader.
    whole = {pinned[0] for pinned in map(split_pinned, names) if pinned is not None and not pinned[1]}
    for file in [file for file in list(cache) if is_code_name(file) and file.rpartition("@")[2] in whole]:
        cache.pop(file, None)
    for entry in [entry for entry in list(sys.path_importer_cache) if str(entry).startswith(VIRTUAL_ROOT)]:
        sys.path_importer_cache.pop(entry, None)
