"""`zenml` as pinned code sees it: name by name an installed ZenML's, else ours.

Old repositories import what ZenML 0.1 to 0.3 had, such as `from zenml.steps.trainer import BaseTrainerStep`. Today's
ZenML has some of these modules with other names in them, and often it is not installed at all. So inside a pin
`zenml`, when it is not the repository's own, is a module that holds nothing and asks for each name.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from types import ModuleType

from zenml_pin.errors import PinnedImportError
from zenml_pin.importing import zenml_names
from zenml_pin.importing.loader import PackageLoader
from zenml_pin.importing.rewriting.route import is_first_party
from zenml_pin.importing.worktree_guard import find_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from zenml_pin.importing.namespace import Namespace


def find_loader(pin: Namespace, fullname: str) -> ZenMLLoader | None:
    """Return the loader of a module of ZenML's inside a pin, None for every other name."""
    dotted = fullname[len(pin.root) + 1 :]
    if dotted.partition(".")[0] != zenml_names.ROOT or is_first_party(pin, zenml_names.ROOT):
        return None
    if zenml_names.has_module(dotted) or _is_installed(pin, dotted):
        return ZenMLLoader(pin, fullname)
    return None


class ZenMLLoader(PackageLoader):
    """Makes a module that asks for each of its names.

    Args:
        pin: The commit whose code asks.
        name: The module's pinned name.
    """

    def __init__(self, pin: Namespace, name: str) -> None:
        super().__init__(pin, name, ())

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module."""
        return ZenMLModule(self.pin, spec.name)


class ZenMLModule(ModuleType):
    """A module of ZenML's. Nothing of it is imported before a name is asked for."""

    def __init__(self, pin: Namespace, name: str) -> None:
        super().__init__(name, "A module of ZenML's: each name is an installed ZenML's or else ours.")
        self.__dict__["_zenml_pin"] = pin

    def __getattr__(self, name: str) -> object:
        # Tools look through all modules for the rest, which must not import ZenML.
        if name.startswith("__") and name not in ("__all__", "__version__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        pin = self.__dict__["_zenml_pin"]
        dotted = self.__name__[len(pin.root) + 1 :]
        installed = _import(pin, dotted)
        value = getattr(installed, name, None)
        if value is not None and not isinstance(value, ModuleType):
            return value
        if zenml_names.has_name(name):
            return zenml_names.get_named(name)
        if zenml_names.has_module(f"{dotted}.{name}") or _is_installed(pin, f"{dotted}.{name}"):
            return importlib.import_module(f"{self.__name__}.{name}")
        if value is not None or hasattr(installed, name):
            return value
        if name.startswith("_"):
            raise AttributeError(f"module '{dotted}' has no attribute '{name}'")
        raise PinnedImportError(
            f"'{dotted}.{name}' is neither in an installed ZenML nor a name that zenml_pin stands in for",
            "install the release of ZenML that has it, or write a class of your own",
            name=dotted,
        )


def _import(pin: Namespace, dotted: str) -> ModuleType | None:
    """Return an installed ZenML's module, None where it has none."""
    try:
        return importlib.import_module(dotted) if _is_installed(pin, dotted) else None
    except ImportError:
        # An installed ZenML that lacks what it needs itself.
        return None


def _is_installed(pin: Namespace, dotted: str) -> bool:
    files = find_files(zenml_names.ROOT)
    if not files or any(pin.worktree_path(file) is not None for file in files):
        return False
    try:
        return find_spec(dotted) is not None
    except (ImportError, ValueError):
        return False
