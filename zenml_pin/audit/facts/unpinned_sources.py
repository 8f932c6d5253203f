"""Examine sources that are not pinned to a commit: unpinned ones, and those pinned to a release of this package."""

from __future__ import annotations

import sys
from contextlib import suppress
from pkgutil import get_data

from zenml_pin.audit.facts.folders import Units
from zenml_pin.audit.facts.pin_facts import Problem, not_a_source
from zenml_pin.audit.rules import WRITE_OWN
from zenml_pin.base.version import __version__
from zenml_pin.errors import PinError, PinnedImportError, SourceSyntaxError
from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing import zenml_names
from zenml_pin.importing.locate import find_path, follow
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.importing.worktree_guard import find_files
from zenml_pin.pins.class_paths import head_tree
from zenml_pin.pins.definitions import Definitions
from zenml_pin.pins.pinning import defines, describe_missing
from zenml_pin.pins.unit import unit_of
from zenml_pin.pins.unparsed import find_reason
from zenml_pin.source import RELEASE_PREFIX, Source, refuse_no_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.objects.commit_files import Tree

_OWN = "zenml_pin"
_PIN = "pin it with 'zenml-pin pin FILE'"


class Unpinned:
    """Examines sources without a commit, in the working tree, or in HEAD if the repository is bare."""

    def __init__(self, repository: GitRepository, units: Units) -> None:
        self._repository = repository
        self._units = units
        worktree = repository.layout.worktree
        head = units.head or head_tree(repository)
        self._tree: Tree = WorktreeTree(worktree) if worktree else head
        self._roots = units.head_roots if units.head is not None else _roots(head)
        self._has_class: dict[str, bool] = {}

    def examine(self, source: Source) -> list[Problem]:
        """Return the problems of a source that is not pinned to a commit."""
        if zenml_names.is_legacy(source):
            return self._legacy(source)
        if source.release is not None:
            return self._release(source)
        if source.module == "__main__":
            message = (
                f"'{source}' is not pinned: it was not defined in a file (but in a notebook, for example)"
            )
            return [("ZP001", message, "move it to a module of the repository")]
        if source.module.partition(".")[0] == _OWN and find_path(self._tree, self._roots, _OWN) is None:
            hint = f"write '{source}@{RELEASE_PREFIX}{__version__}'"
            return [("ZP001", f"'{source}' is not pinned to a release", hint), *self._no_class(source)]
        try:
            path = find_path(self._tree, self._roots, source.module)
        except PinnedImportError as error:
            return [("ZP001", f"'{source}' is not pinned: {error.message}", error.hint)]
        if path is None:
            return [self._outside(source)]
        return self._in_worktree(source, path)

    def _in_worktree(self, source: Source, path: str) -> list[Problem]:
        unit = unit_of(path, self._roots)
        reason = self._units.reason(unit, self._roots)
        hint = f"it cannot be pinned now: {reason}" if reason else _PIN
        problems: list[Problem] = [("ZP001", f"'{source}' is not pinned", hint)]
        uncommitted, _, remedy = self._units.problem(unit, self._roots)
        if uncommitted:
            problems.append(("ZP002", uncommitted, f"{remedy}, then pin" if remedy else ""))
        # What cannot be parsed is a reason already.
        if not defines(self._tree, self._roots, path, source.name) and find_reason(self._tree, path) is None:
            fault = describe_missing(f"'{path}'", source.name, self._tree.read(path))
            problems.append(("ZP005", fault, ""))
        if unit == path:
            problems.append(("ZP011", f"'{path}' is directly in a source root", "move it into a folder"))
        return problems

    def _outside(self, source: Source) -> Problem:
        """Return the problem of a source whose module is not in the repository."""
        try:
            refuse_no_name(source)
        except SourceSyntaxError as error:
            return not_a_source(str(source), error)
        root = source.module.partition(".")[0]
        is_installed = not follow(self._tree, self._roots, root) and find_files(root)
        if root in sys.stdlib_module_names or is_installed:
            return "ZP018", f"'{source}' belongs to the installed library '{root}'", ""
        # Most sources are in the repository, and need no history.
        from zenml_pin.pins.removed_classes import find_removal

        removal = find_removal(self._repository, source.module, source.name)
        if removal is not None:
            return "ZP004", removal.fact(source), removal.remedy(source)
        return (
            "ZP004",
            f"'{source}' names module '{source.module}', which is neither in the repository nor installed",
            "a source names a module from its source root, as in trainers.step.MyTrainer",
        )

    def _legacy(self, source: Source) -> list[Problem]:
        fault, hint = zenml_names.find_fault(source)
        if fault:
            return [("ZP008", fault, hint)]
        if zenml_names.runs_here(source):
            return []
        if zenml_names.has_name(source.module, source.name):
            message = f"'{source.name}' of ZenML loads, but works only with ZenML's own libraries"
        else:
            message = f"'{source.name}' of ZenML has no counterpart in {_OWN}"
        return [("ZP008", message, WRITE_OWN)]

    def _release(self, source: Source) -> list[Problem]:
        root = source.module.partition(".")[0]
        if root != _OWN:
            hint = "pin your own classes to a commit"
            message = f"'{source}' is pinned to a release, but '{root}' is not part of {_OWN}"
            return [("ZP008", message, hint)]
        if source.release != __version__:
            message = f"'{source}' is pinned to release {source.release}, but {__version__} is installed"
            return [("ZP008", message, f"install {_OWN}=={source.release}, or pin it again")]
        return self._no_class(source)

    def _no_class(self, source: Source) -> list[Problem]:
        """Return a problem if this package does not have the class of a source."""
        text = str(source)
        if text not in self._has_class:
            self._has_class[text] = _has_class(source)
        if self._has_class[text]:
            return []
        return [
            ("ZP008", f"release {__version__} has no class or function '{source.module}.{source.name}'", "")
        ]


def _has_class(source: Source) -> bool:
    """Tell whether this package has a class. Reads its text: importing it would take longer."""
    path = "/".join(source.module.split(".")[1:])
    for file in (f"{path}/__init__.py", f"{path}.py"):
        # Through the loader: the package may be in a zip file.
        with suppress(OSError):
            definitions = Definitions.of(get_data(_OWN, file) or b"")
            # A lazy package imports its names for type checkers only; these are among `others`.
            return source.name in (*definitions.classes, *definitions.functions, *definitions.others)
    return False


def _roots(tree: Tree) -> tuple[str, ...]:
    try:
        return source_roots(tree)
    except PinError:
        return ("",)
