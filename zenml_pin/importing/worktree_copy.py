"""A new copy of working-tree modules, `zenml_pin.at.worktree<n>`, for an unpinned load after a file was edited.

The plain module stays in `sys.modules` as it was imported. The copy has another name, but the real files and paths.
"""

from __future__ import annotations

import os
from itertools import count

from zenml_pin.git.objects.worktree_files import WorktreeTree
from zenml_pin.importing.locate import Located, locate
from zenml_pin.importing.namespace import Namespace
from zenml_pin.importing.rewriting.compile import compile_source, decode_text
from zenml_pin.importing.rewriting.import_scan import import_roots
from zenml_pin.importing.worktree_guard import Guard
from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

_numbers = count(1)


class WorktreeNamespace(Namespace):
    """A working tree as modules, each compiled from its file when it is imported."""

    def __init__(self, root: str, source_roots: tuple[str, ...]) -> None:
        self.tree = WorktreeTree(root)
        self.label = self.commit_id = f"worktree{next(_numbers)}"
        self.root = f"{NAMESPACE}.{self.label}"
        self._folder = root
        self.guard = Guard(root, lambda folder: False)
        self.source_roots = source_roots

    @property
    def where(self) -> str:
        """Its folder."""
        return self._folder

    def file_name(self, path: str) -> str:
        """Return the real path."""
        return os.path.join(self._folder, path)

    code_name = file_name

    def locate(self, folders: Sequence[str], name: str) -> Located | None:
        """Return where a module is now, in the first of some folders that has it; or None."""
        return locate(self.tree, folders, name)

    def get_code(self, path: str, depth: int, read: Callable[[], bytes]) -> CodeType:
        """Compile the file."""
        text = decode_text(read(), self.code_name(path))
        routes = {root: self.decide(root) for root in import_roots(text)}
        return compile_source(text, self, path, depth, routes)
