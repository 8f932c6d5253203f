"""Routes: where an absolute import in pinned code goes, decided by the first part of its name.

    PINNED    into the pin: a first-party name, a module that an ordinary import would take from the working tree, and
              a module in a folder of the commit that the commit's code has put on `sys.path`
    PLAIN     as written: builtins, the standard library, installed packages
    LATE      no such module exists yet, so the statement decides again when it runs

First-party is every name that a source root of the commit contains, loadable or not, so nothing outside ever replaces
it. Two exceptions: builtin modules, and a folder without `__init__.py` when an installed package has its name.
`zenml`, when it is not first-party, goes into the pin too, where `importing.zenml_modules` provides it.
"""

from __future__ import annotations

import posixpath
import sys

from zenml_pin.base.values import Value
from zenml_pin.importing.source_roots import to_dotted
from zenml_pin.importing.virtual_paths import VIRTUAL_ROOT, commit_path
from zenml_pin.importing.worktree_guard import find_files, is_regular
from zenml_pin.load_errors import PinnedImportError
from zenml_pin.source import ZENML

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType
    from typing import Protocol

    from zenml_pin.git.objects.commit_files import Tree
    from zenml_pin.importing.locate import Located

    class Owner(Protocol):
        """Tells what belongs to a commit, and which files are those of its working tree."""

        def first_party(self, name: str) -> Located | None: ...
        def worktree_path(self, file: str) -> str | None: ...

    class Target(Owner, Protocol):
        """The commit that code is rewritten for; `Namespace` is one, and describes the attributes."""

        tree: Tree
        commit_id: str
        label: str
        root: str
        source_roots: tuple[str, ...]

        def locate(self, folders: Sequence[str], name: str) -> Located | None: ...
        def decide(self, name: str) -> Route: ...
        def code_name(self, path: str) -> str: ...
        def file_name(self, path: str) -> str: ...
        def get_code(self, path: str, depth: int, read: Callable[[], bytes]) -> CodeType: ...
        def lay(self, path: str, names: tuple[str, ...]) -> None: ...


PLAIN = "plain"
LATE = "late"
PINNED = "pinned"


class Route(Value):
    """Where an import goes: one of the three ways, and inside a pin the name below its root.

    Args:
        way: PINNED, PLAIN or LATE.
        name: Dotted name below the pin's root that replaces the first part of the written name.
    """

    way: str
    name: str = ""


_PLAIN, _LATE = Route(PLAIN), Route(LATE)


def decide(target: Target, root: str) -> Route:
    """Return where `import root` in a pin's code goes at the moment."""
    if root in sys.builtin_module_names or root in ("__future__", "__main__"):
        return _PLAIN
    if is_first_party(target, root):
        return Route(PINNED, root)
    if root == ZENML:
        # `zenml_modules` provides each name, so that old code loads with any ZenML and with none.
        return Route(PINNED, root)
    files = find_files(root)
    if files is None:
        dotted = _on_sys_path(target, root)
        return Route(PINNED, dotted) if dotted else _LATE
    inside = [path for file in files if (path := target.worktree_path(file)) is not None]
    if not inside:
        return _PLAIN
    dotted = _same_path(target, inside)
    # A module that the commit does not have is refused when the statement runs, not when the code is compiled.
    return Route(PINNED, dotted) if dotted else _LATE


def decide_late(target: Target, root: str) -> Route:
    """Return where an import goes that runs now: into the pin or as written.

    Raises:
        PinnedImportError: It would take a working-tree file that the commit does not have.
    """
    route = decide(target, root)
    if route.way != LATE:
        return route
    files = find_files(root) or []
    for file in files:
        path = target.worktree_path(file)
        if path is not None:
            raise PinnedImportError(
                f"'import {root}' would run the working tree's file '{file}', and commit {target.commit_id} has no "
                f"module at '{path}'",
                "pinned code takes first-party modules from its commit alone: commit the file and pin again",
                name=root,
                path=file,
            )
    return _PLAIN


def is_first_party(target: Owner, root: str) -> bool:
    """Tell whether a top-level name belongs to the commit."""
    located = target.first_party(root)
    if located is None:
        return False
    return located.kind != "namespace" or not _is_installed(target, root)


def _is_installed(target: Owner, root: str) -> bool:
    if not is_regular(root):
        return False
    return all(target.worktree_path(file) is None for file in find_files(root) or [])


def _on_sys_path(target: Target, root: str) -> str | None:
    """Return the dotted name of a module in a folder of the commit that is on `sys.path`.

    Old code puts the folder of its own `__file__` there, and this folder is virtual.
    """
    for entry in sys.path:
        if not isinstance(entry, str) or not entry.startswith(VIRTUAL_ROOT):
            continue
        folder = commit_path(target.label, posixpath.normpath(entry))
        if folder is not None and target.locate([folder], root) is not None:
            return to_dotted(posixpath.join(folder, f"{root}.py"), target.source_roots)
    return None


def _same_path(target: Target, inside: list[str]) -> str | None:
    """Return the dotted name below the pin's root of the first path that the commit has too."""
    for path in inside:
        entry = target.tree.find(path)
        if entry is None:
            continue
        as_module = path if entry.is_file else f"{path}/__init__.py"
        dotted = to_dotted(as_module, target.source_roots)
        if dotted:
            return dotted
    return None
