"""Sources that no commit stands for: unpinned ones, releases of this package, and texts that are no sources."""

from __future__ import annotations

import sys
from contextlib import suppress
from pkgutil import get_data

from zenml_pin.audit.facts.folders import Units
from zenml_pin.base.version import __version__
from zenml_pin.errors import PinError
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing import zenml_names
from zenml_pin.importing.locate import find_path, follow
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.importing.worktree_guard import find_files
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.lookup import head_tree
from zenml_pin.pins.pinning import defines
from zenml_pin.pins.unit import unit_of
from zenml_pin.source import RELEASE_PREFIX, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.facts.pins import Problem
    from zenml_pin.git.objects.commit_files import Tree

_OWN = "zenml_pin"
_PIN = "pin it with 'zenml-pin pin FILE'"


class Unpinned:
    """Examines sources without a commit against the working tree, or against HEAD where there is none."""

    def __init__(self, repository: GitRepository, units: Units) -> None:
        self._units = units
        worktree = repository.layout.worktree
        head = head_tree(repository)
        self._tree: Tree = WorktreeTree(worktree) if worktree else head
        self._roots = _roots(head)
        self._releases: dict[str, bool] = {}

    def examine(self, source: Source) -> list[Problem]:
        """Return what is wrong with a source that is not pinned to a commit."""
        if zenml_names.is_legacy(source):
            return self._legacy(source)
        if source.release is not None:
            return self._release(source)
        if source.module == "__main__":
            message = f"'{source}' is not pinned: it was defined in no file, as in a notebook"
            return [("ZP001", message, "move it to a module of the repository")]
        if source.module.partition(".")[0] == _OWN and find_path(self._tree, self._roots, _OWN) is None:
            hint = f"write '{source}@{RELEASE_PREFIX}{__version__}'"
            return [("ZP001", f"'{source}' is not pinned to a release", hint), *self._no_class(source)]
        path = find_path(self._tree, self._roots, source.module)
        if path is None:
            return [self._elsewhere(source)]
        return self._in_worktree(source, path)

    def _in_worktree(self, source: Source, path: str) -> list[Problem]:
        problems: list[Problem] = [("ZP001", f"'{source}' is not pinned", _PIN)]
        unit = unit_of(path, self._roots)
        uncommitted = self._units.problem(unit)
        if uncommitted:
            problems.append(("ZP002", uncommitted, "commit them, then pin"))
        if not defines(self._tree, self._roots, path, source.name):
            problems.append(("ZP005", f"'{path}' does not define class '{source.name}' at its top level", ""))
        if unit == path:
            problems.append(("ZP011", f"'{path}' lies directly in a source root", "move it to a folder"))
        return problems

    def _elsewhere(self, source: Source) -> Problem:
        root = source.module.partition(".")[0]
        if root in sys.stdlib_module_names or (
            not follow(self._tree, self._roots, root) and find_files(root)
        ):
            return "ZP018", f"'{source}' belongs to the installed library '{root}'", ""
        return (
            "ZP004",
            f"'{source}' names module '{source.module}', which is neither in the repository nor installed",
            "a source names a module from its source root, as in trainers.step.MyTrainer",
        )

    def _legacy(self, source: Source) -> list[Problem]:
        if zenml_names.has_name(source.name):
            return []
        message = f"'{source.name}' of ZenML has no counterpart in {_OWN}"
        return [("ZP008", message, "write a class of your own and pin that")]

    def _release(self, source: Source) -> list[Problem]:
        root = source.module.partition(".")[0]
        if root != _OWN:
            hint = "pin your own classes to a commit"
            return [("ZP008", f"'{source}' pins a release, and '{root}' does not ship with {_OWN}", hint)]
        if source.release != __version__:
            message = f"'{source}' was pinned with release {source.release}, installed is {__version__}"
            return [("ZP008", message, f"install {_OWN}=={source.release}, or pin it anew")]
        return self._no_class(source)

    def _no_class(self, source: Source) -> list[Problem]:
        text = str(source)
        if text not in self._releases:
            self._releases[text] = _ships(source)
        if self._releases[text]:
            return []
        return [("ZP008", f"release {__version__} has no class '{source.module}.{source.name}'", "")]


def _ships(source: Source) -> bool:
    """Tell whether this package has a class, by its text: importing it would take a while."""
    path = "/".join(source.module.split(".")[1:])
    for file in (f"{path}/__init__.py", f"{path}.py"):
        # By the loader: the package may lie in a zip file.
        with suppress(OSError):
            found = Definitions.of(get_data(_OWN, file) or b"")
            # What a lazy package gives stands in its imports for type checkers.
            return source.name in (*found.classes, *found.others)
    return False


def _roots(tree: Tree) -> tuple[str, ...]:
    try:
        return source_roots(tree)
    except PinError:
        return ("",)
