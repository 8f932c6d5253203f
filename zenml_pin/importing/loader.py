"""Loaders: a file of a commit, a namespace package, and the root package of a pin.

N10  A FileLoader offers what importlib's own offer (get_source, get_code, get_filename, is_package, get_data,
     get_resource_reader) and inherits importlib's `exec_module`, so that no frame of ours shows in tracebacks.
N11  A body that fails leaves nothing behind, as with every import: the import system removes the module.

Sources: PEP 302, PEP 451.
"""

from __future__ import annotations

# Names from `importlib.machinery` itself would cost `warnings` from Python 3.14 on: it has a `__getattr__`.
import sys
from importlib import machinery
from linecache import lazycache
from types import ModuleType

from zenml_pin.git.objects.commit_files import is_lfs_pointer
from zenml_pin.importing.rewriting.names import (
    ATTRIBUTES_NAME,
    LATE_NAME,
    PREFIX,
    has_filter,
    is_lazy_name,
)
from zenml_pin.importing.virtual_paths import commit_path
from zenml_pin.load_errors import PinnedImportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.abc import Loader
    from types import CodeType
    from typing import Any

    from zenml_pin.importing.namespace import Namespace
    from zenml_pin.importing.resources import FolderReader
else:
    # importlib.abc costs 23 ms, and the loaders use no mix-in of it.
    Loader = object


class PackageLoader(Loader):
    """Loads a namespace package, and is the base of the other loaders.

    Args:
        namespace: The commit.
        name: The module's pinned name.
        folders: Paths of its folders at the commit.
    """

    def __init__(self, namespace: Namespace, name: str, folders: tuple[str, ...]) -> None:
        self.namespace = namespace
        self.name = name
        self.folders = folders
        self.spec: machinery.ModuleSpec | None = None

    def create_module(self, spec: machinery.ModuleSpec) -> ModuleType | None:
        """Return None: importlib makes the module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing but this: there is no body, and another thread may have laid files since the spec was made."""
        if self.namespace.laid is not None:
            self.relocate()

    def relocate(self) -> None:
        """Replace the virtual paths of the module and of its spec, now that its commit's files have real ones."""
        spec = self.spec
        if spec is None:
            return
        spec.origin = self._real(spec.origin)
        locations = spec.submodule_search_locations
        if locations is not None:
            # In place: it is the module's `__path__` too.
            locations[:] = [str(self._real(entry)) for entry in locations]
        namespace = getattr(sys.modules.get(self.name), "__dict__", {})
        if namespace.get("__spec__") is spec and "__file__" in namespace:
            namespace["__file__"] = self._real(namespace["__file__"])

    def _real(self, virtual: str | None) -> str | None:
        path = commit_path(self.namespace.label, virtual) if virtual is not None else None
        return virtual if path is None else self.namespace.file_name(path)

    def is_package(self, fullname: str) -> bool:
        """Return True."""
        self._check_name(fullname)
        return True

    def get_source(self, fullname: str) -> str | None:
        """Return an empty text: there is no file."""
        self._check_name(fullname)
        return ""

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of an empty text."""
        self._check_name(fullname)
        return compile("", "<string>", "exec", dont_inherit=True)

    def get_data(self, path: str) -> bytes:
        """Return a file's content by its virtual path.

        Raises:
            OSError: The path does not belong to this commit, or the commit has no file there.
        """
        return self.namespace.get_data(path)

    def get_resource_reader(self, fullname: str) -> FolderReader:
        """Return the reader of the files in the package's folders; for a plain module, of the files beside it."""
        from zenml_pin.importing.resources import FolderReader

        self._check_name(fullname)
        return FolderReader(self.namespace, self.folders)

    def _check_name(self, fullname: str | None) -> None:
        if fullname is not None and fullname != self.name:
            raise ImportError(f"loader for {self.name} cannot handle {fullname}", name=fullname)


class RootLoader(PackageLoader):
    """Loads the root package of a pin; rewritten statements import from its attributes."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(namespace, namespace.root, namespace.source_roots)

    def create_module(self, spec: machinery.ModuleSpec) -> ModuleType:
        """Make the module."""
        module = ModuleType(
            spec.name, f"The modules of commit {self.namespace.commit_id} in {self.namespace.where}."
        )
        module.__dict__["__getattr__"] = _on_demand(module, self.namespace)
        return module


def _on_demand(module: ModuleType, namespace: Namespace) -> Callable[[str], object]:
    """Return a `__getattr__` that puts views and routes into a root package at the first use of one.

    Code that is not rewritten uses none, and importing `module_views` takes as long as all of a load.
    """

    def __getattr__(name: str) -> object:
        if name == "__file__":
            from zenml_pin.importing.modules_by_file import tell_inspect

            tell_inspect(module.__name__, sys._getframe(1))
        if is_lazy_name(name):
            router: Any = module.__dict__.get(LATE_NAME) or __getattr__(LATE_NAME)
            return router.lazy.resolve(name)
        value = None
        if name.startswith(PREFIX):
            from zenml_pin.importing.rewriting.module_views import RootAttributes

            # Two threads may come here at once: setdefault keeps the first, so all code of the pin uses that one.
            attributes: Any = module.__dict__.get(ATTRIBUTES_NAME)
            attributes = attributes or module.__dict__.setdefault(ATTRIBUTES_NAME, RootAttributes(namespace))
            value = attributes.get(name)
        if value is None:
            raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")
        module.__dict__[name] = value
        return value

    return __getattr__


class FileLoader(PackageLoader):
    """Loads a package or module from its file at the commit.

    Args:
        namespace: The commit.
        name: The module's pinned name.
        file: Path of its file at the commit.
        package: Whether the file is a package's `__init__.py`.
    """

    def __init__(self, namespace: Namespace, name: str, file: str, package: bool) -> None:
        super().__init__(namespace, name, (file.rpartition("/")[0],))
        self.file = file
        self.code_name = namespace.code_name(file)
        self._is_package = package

    exec_module = machinery.SourceFileLoader.exec_module

    @property
    def path(self) -> str:
        """The module's `__file__`."""
        return self.namespace.file_name(self.file)

    def is_package(self, fullname: str) -> bool:
        """Tell whether the file is a package's `__init__.py`."""
        self._check_name(fullname)
        return self._is_package

    def get_filename(self, fullname: str | None = None) -> str:
        """Return the module's `__file__`."""
        self._check_name(fullname)
        return self.path

    def get_source(self, fullname: str) -> str:
        r"""Return the text, decoded as PEP 263 says, with "\n" at the end of every line."""
        self._check_name(fullname)
        data = self._read()
        # Few loads ask for texts.
        from importlib.util import decode_source

        try:
            return decode_source(data)
        except (UnicodeDecodeError, SyntaxError) as error:
            raise ImportError("source not available through get_source()", name=fullname) from error

    def get_code(self, fullname: str) -> CodeType:
        """Return the code, rewritten for the pin."""
        self._check_name(fullname)
        depth = self.name.count(".") - self.namespace.root.count(".") - (0 if self._is_package else 1)
        code = self.namespace.get_code(self.file, depth, self._read)
        if has_filter():
            from zenml_pin.importing.rewriting.lazy_filter import wrap_filter

            # The module's body runs next, and its lazy imports call the filter.
            wrap_filter()
        if self.namespace.laid is not None:
            self.relocate()
        # For warnings, pdb, and a traceback of code whose module is gone: they have only a file name.
        # From 3.15 on linecache warns about globals whose spec has no loader.
        spec = machinery.ModuleSpec(self.name, self)
        lazycache(self.code_name, {"__name__": self.name, "__loader__": self, "__spec__": spec})
        return code

    def _read(self) -> bytes:
        data = self.namespace.tree.read(self.file)
        if is_lfs_pointer(data):
            raise PinnedImportError(
                f"'{self.file}' at commit {self.namespace.commit_id} is a Git LFS pointer: its content is not in git",
                name=self.name,
                path=self.file,
            )
        return data
