"""Routes: where an absolute import in pinned code goes, decided by the first part of its name.

    PINNED    into the pin: a first-party name, what an ordinary import would take from the working tree, and what
              lies in a folder of the commit that its code has put on `sys.path`
    PLAIN     as it is written: builtins, the standard library, installed packages
    LATE      not found yet, so the statement asks again when it runs

First-party is every name that a source root of the commit holds, loadable or not, so nothing outside ever takes its
place. Two exceptions: builtin modules, and a folder without `__init__.py` when an installed package has its name.
`zenml`, when it is not first-party, goes into the pin too, where `importing.zenml` answers for it.
"""

from __future__ import annotations

import posixpath
import sys

from zenml_pin.base.values import Value
from zenml_pin.errors import PinnedImportError
from zenml_pin.importing import zenml_names
from zenml_pin.importing.source_roots import to_dotted
from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT, commit_path
from zenml_pin.importing.worktree_guard import find_files, is_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.locate import Located

    class Target(Protocol):
        """The commit that code is rewritten for; `Namespace` is one, and describes the attributes."""

        tree: Tree
        commit_id: str
        label: str
        root: str
        source_roots: tuple[str, ...]

        def first_party(self, name: str) -> Located | None: ...
        def locate(self, folders: Sequence[str], name: str) -> Located | None: ...
        def decide(self, name: str) -> Route: ...
        def code_name(self, path: str) -> str: ...
        def worktree_path(self, file: str) -> str | None: ...


PLAIN = "plain"
LATE = "late"
PINNED = "pinned"


class Route(Value):
    """Where an import goes: one of the three ways, and inside a pin the name below its root.

    Args:
        way: PINNED, PLAIN or LATE.
        target: Dotted name below the pin's root that stands for the first part of the written name.
    """

    way: str
    target: str = ""


_PLAIN, _LATE = Route(PLAIN), Route(LATE)


def decide(pin: Target, root: str) -> Route:
    """Return where `import root` in a pin's code goes, as things stand now."""
    if root in sys.builtin_module_names or root in ("__future__", "__main__"):
        return _PLAIN
    if is_first_party(pin, root):
        return Route(PINNED, root)
    if root == zenml_names.ROOT:
        # Answered there name by name, so that old code loads with any ZenML and with none.
        return Route(PINNED, root)
    files = find_files(root)
    if files is None:
        target = _on_sys_path(pin, root)
        return Route(PINNED, target) if target else _LATE
    inside = [path for file in files if (path := pin.worktree_path(file)) is not None]
    if not inside:
        return _PLAIN
    target = _same_path(pin, inside)
    # What the commit lacks is refused when the statement runs, not when the module is compiled.
    return Route(PINNED, target) if target else _LATE


def decide_late(pin: Target, root: str) -> Route:
    """Return where the import goes now that it runs: into the pin or as written.

    Raises:
        PinnedImportError: It would take a working-tree file that the commit does not have.
    """
    route = decide(pin, root)
    if route.way != LATE:
        return route
    files = find_files(root) or []
    for file in files:
        path = pin.worktree_path(file)
        if path is not None:
            raise PinnedImportError(
                f"'import {root}' would run the working tree's file '{file}', and commit {pin.label} has no "
                f"module at '{path}'",
                "pinned code takes first-party modules from its commit alone: commit the file and pin again",
                name=root,
                path=file,
            )
    return _PLAIN


def is_first_party(pin: Target, root: str) -> bool:
    """Tell whether a top-level name belongs to the commit."""
    located = pin.first_party(root)
    if located is None:
        return False
    return located.kind != "namespace" or not _is_installed(pin, root)


def _is_installed(pin: Target, root: str) -> bool:
    if not is_regular(root):
        return False
    return all(pin.worktree_path(file) is None for file in find_files(root) or [])


def _on_sys_path(pin: Target, root: str) -> str | None:
    """Return the dotted name of a module in a folder of the commit that stands on `sys.path`.

    Old code puts the folder of its own `__file__` there, which is a virtual one.
    """
    for entry in sys.path:
        if not isinstance(entry, str) or not entry.startswith(VIRTUAL_ROOT):
            continue
        folder = commit_path(pin.label, posixpath.normpath(entry))
        if folder is not None and pin.locate([folder], root) is not None:
            return to_dotted(posixpath.join(folder, f"{root}.py"), pin.source_roots)
    return None


def _same_path(pin: Target, inside: list[str]) -> str | None:
    """Return the dotted name below the pin's root of what lies at the same path in the commit."""
    for path in inside:
        entry = pin.tree.find(path)
        if entry is None:
            continue
        as_module = path if entry.is_file else f"{path}/__init__.py"
        dotted = to_dotted(as_module, pin.source_roots)
        if dotted:
            return dotted
    return None
