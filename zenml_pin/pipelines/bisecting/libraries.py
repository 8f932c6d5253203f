"""Libraries: what the code of a class imports from outside its repository when it is loaded.

Only import statements at the top level of files count, so a library that a function imports is not among them. Trials
fork from a process that has imported these libraries; a name too many, or one that is missing, changes no answer.
"""

from __future__ import annotations

import ast
import os
import posixpath
import sys
import warnings

from zenml_pin.at import registry
from zenml_pin.errors import PinError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.importing.locate import find_path
from zenml_pin.pins.loading import require_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.source import Source

_MOST_FILES = 500


def libraries_of(source: Source, repository: AnyRepository) -> list[str]:
    """Return the dotted names of the modules that loading a pinned class imports from libraries, in order."""
    try:
        namespace = registry.get_namespace(source.pin, repository)
        path = require_path(namespace, source.module)
    except PinError:
        return []
    assert isinstance(namespace.tree, CommitTree)
    return _Files(namespace.tree, namespace.source_roots).libraries(path)


def library_path(worktree: str | None) -> list[str]:
    """Return the import path without the folders of a working tree, other than those of installed libraries."""
    below = None if worktree is None else os.path.realpath(worktree) + os.sep
    path = []
    for entry in sys.path:
        real = os.path.realpath(entry) + os.sep
        is_installed = {"site-packages", "dist-packages"} & set(real.split(os.sep))
        if entry and (below is None or is_installed or not real.startswith(below)):
            path.append(entry)
    return path


class _Files:
    """The files of a commit that a load runs, from one file on."""

    def __init__(self, tree: CommitTree, roots: tuple[str, ...]) -> None:
        self._tree = tree
        self._roots = roots

    def libraries(self, path: str) -> list[str]:
        names: dict[str, None] = {}
        todo = [path]
        for current in todo[:]:
            todo += self._inits(current)
        for current in todo:
            for name, is_module in self._imports(current):
                file = self._find(name, current)
                if file is None and is_module and not name.startswith("."):
                    names[name] = None
                elif file is not None and file not in todo and len(todo) < _MOST_FILES:
                    todo += [file, *(init for init in self._inits(file) if init not in todo)]
        return list(names)

    def _imports(self, path: str) -> Iterator[tuple[str, bool]]:
        """Yield the imported names of a file, and whether each is surely a module; relative ones with their dots."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body = ast.parse(self._tree.read(path)).body
        except (PinError, SyntaxError, ValueError, RecursionError, MemoryError):
            return
        for node in body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name, True
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                yield module, True
                for alias in node.names:
                    yield f"{module}{'' if module.endswith('.') else '.'}{alias.name}", False

    def _find(self, name: str, importer: str) -> str | None:
        try:
            if not name.startswith("."):
                return find_path(self._tree, self._roots, name)
            stem = name.lstrip(".")
            folder = importer
            for _ in range(len(name) - len(stem)):
                folder = posixpath.dirname(folder)
            return find_path(self._tree, (folder,), stem) if stem else None
        except PinError:
            return None

    def _inits(self, path: str) -> list[str]:
        folders, folder = [], posixpath.dirname(path)
        while folder and folder not in self._roots:
            folders.append(f"{folder}/__init__.py")
            folder = posixpath.dirname(folder)
        return [init for init in folders if self._tree.find(init) is not None]
