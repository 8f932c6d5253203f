"""`zenml` as pinned code sees it: each name comes from an installed ZenML, or else from us.

Old repositories import names of ZenML 0.1 to 0.3, as in `from zenml.steps.trainer import BaseTrainerStep`. Today's
ZenML has some of these modules with other names in them, and often it is not installed at all. So inside a namespace
`zenml`, unless it is first-party, is an empty module that looks up each name when the code uses it.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType

from zenml_pin.errors import PinnedImportError
from zenml_pin.importing import zenml_names, zenml_releases
from zenml_pin.importing.loader import PackageLoader
from zenml_pin.importing.rewriting.route import is_first_party
from zenml_pin.importing.virtual_paths import is_code_name, path_of_code
from zenml_pin.importing.worktree_guard import find_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from zenml_pin.importing.namespace import Namespace


def find_loader(namespace: Namespace, fullname: str) -> ZenMLLoader | None:
    """Return the loader of a ZenML module inside a namespace; None for every other name."""
    dotted = fullname[len(namespace.root) + 1 :]
    if dotted.partition(".")[0] != zenml_names.ROOT or is_first_party(namespace, zenml_names.ROOT):
        return None
    if zenml_names.has_module(dotted) or _is_installed(namespace, dotted):
        return ZenMLLoader(namespace, fullname)
    return None


class ZenMLLoader(PackageLoader):
    """Creates a module that looks up each of its names.

    Args:
        namespace: The commit whose code imports the module.
        name: The module's pinned name.
    """

    def __init__(self, namespace: Namespace, name: str) -> None:
        super().__init__(namespace, name, ())

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a new module."""
        return ZenMLModule(self.namespace, spec.name)


class ZenMLModule(ModuleType):
    """A module of ZenML. Nothing of it is imported before the code uses a name of it."""

    def __init__(self, namespace: Namespace, name: str) -> None:
        super().__init__(
            name, "A module of ZenML: each name comes from an installed ZenML, or else from zenml_pin."
        )
        self.__dict__["_zenml_pin"] = namespace

    def __getattr__(self, name: str) -> object:
        # Tools read the other dunder names of all modules, which must not import ZenML.
        if name.startswith("__") and name not in ("__all__", "__version__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        namespace = self.__dict__["_zenml_pin"]
        dotted = self.__name__[len(namespace.root) + 1 :]
        installed = _import(namespace, dotted)
        value = getattr(installed, name, None)
        if value is not None and not isinstance(value, ModuleType):
            if zenml_names.has_name(dotted, name) and _is_of_the_past(namespace, name, value):
                return zenml_names.get_named(dotted, name)
            return value
        if zenml_names.has_name(dotted, name):
            return zenml_names.get_named(dotted, name)
        if zenml_names.has_module(f"{dotted}.{name}") or _is_installed(namespace, f"{dotted}.{name}"):
            return importlib.import_module(f"{self.__name__}.{name}")
        if value is not None or hasattr(installed, name):
            return value
        if name.startswith("_") and zenml_releases.find_span(dotted, name) is None:
            raise AttributeError(f"module '{dotted}' has no attribute '{name}'")
        raise PinnedImportError(
            f"'{dotted}.{name}' is neither in an installed ZenML nor among the names that zenml_pin provides",
            _hint(dotted, name),
            name=dotted,
        )


def _is_of_the_past(namespace: Namespace, name: str, installed: object) -> bool:
    """Tell whether the file that uses a name now was written for a ZenML before 0.5."""
    from zenml_pin.importing.zenml_eras import is_of_the_past

    def has(module: str, item: str) -> bool:
        if _is_installed(namespace, f"{module}.{item}" if item else module):
            return True
        return bool(item) and hasattr(_import(namespace, module), item)

    return is_of_the_past(namespace.tree, _using_file(), name, installed, has)


def _using_file() -> str:
    """Return the path of the pinned file whose code runs now; "" where no pinned code does."""
    frame = sys._getframe(1)
    while frame is not None:
        if is_code_name(frame.f_code.co_filename):
            return path_of_code(frame.f_code.co_filename)
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""


def _hint(module: str, name: str) -> str:
    span = zenml_releases.find_span(module, name)
    if span is None:
        return "no release of ZenML from 0.1.0 to 0.3.8 has it: install the release that does"
    return f"ZenML {span[0]} to {span[1]} has it: install that release, or write your own class"


def _import(namespace: Namespace, dotted: str) -> ModuleType | None:
    """Return the module of an installed ZenML; None where there is no such module."""
    try:
        return importlib.import_module(dotted) if _is_installed(namespace, dotted) else None
    except ImportError:
        # An installed ZenML may lack its own requirements.
        return None


def _is_installed(namespace: Namespace, dotted: str) -> bool:
    files = find_files(zenml_names.ROOT)
    if not files or any(namespace.worktree_path(file) is not None for file in files):
        return False
    try:
        return find_spec(dotted) is not None
    except (ImportError, ValueError):
        return False
