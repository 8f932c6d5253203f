"""A fresh copy of working-tree modules, `zenml_pin.at.worktree<n>`, for an unpinned load after a file was edited.

The plain module stays in `sys.modules` as it was imported; the copy has its own name, real files and real paths.
"""

from __future__ import annotations

import os
import stat
from itertools import count

from zenml_pin.errors import LimitError, PathNotFoundError, UnsupportedError
from zenml_pin.git.files import read_regular
from zenml_pin.git.limits import DEFAULT_LIMITS
from zenml_pin.git.tree import EXECUTABLE, FILE, FOLDER, LINK, Entry
from zenml_pin.importing.compiling import compile_source, decode
from zenml_pin.importing.guard import Guard
from zenml_pin.importing.locate import Located, locate
from zenml_pin.importing.pin import Pin
from zenml_pin.importing.scan import import_roots
from zenml_pin.source import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from types import CodeType

_numbers = count(1)


class WorktreeTree:
    """The files of a working tree as they are now, in the shape of a commit's."""

    limits = DEFAULT_LIMITS

    def __init__(self, root: str) -> None:
        self.root = root

    def find(self, path: str) -> Entry | None:
        """Return what lies at a path, links followed."""
        return self._entry(path, os.stat)

    def find_link(self, path: str) -> Entry | None:
        """Return what lies at a path; a link at its end is not followed."""
        return self._entry(path, os.lstat)

    def get(self, path: str) -> Entry:
        """Return what lies at a path; nothing there is a PathNotFoundError."""
        entry = self.find(path)
        if entry is None:
            raise PathNotFoundError(path, "worktree")
        return entry

    def names(self, path: str) -> Collection[str]:
        """Return the names that a folder holds."""
        try:
            return os.listdir(os.path.join(self.root, path))
        except OSError:
            return ()

    def children(self, path: str) -> dict[str, Entry]:
        """Return what a folder holds, by name; links are not followed."""
        found = {name: self.find_link(f"{path}/{name}" if path else name) for name in self.names(path)}
        return {name: entry for name, entry in found.items() if entry is not None}

    def read(self, path: str) -> bytes:
        """Return the content of a file."""
        file = os.path.join(self.root, path)
        limit = self.limits.source
        try:
            return read_regular(file, limit) or b""
        except OverflowError:
            raise LimitError(f"file '{path}'", os.stat(file).st_size, limit, "source") from None
        except OSError as error:
            raise UnsupportedError(f"file '{file}' cannot be read: {error.strerror}") from error

    def _entry(self, path: str, look: Callable[[str], os.stat_result]) -> Entry | None:
        try:
            mode = look(os.path.join(self.root, path)).st_mode
        except (OSError, ValueError):
            return None
        if stat.S_ISDIR(mode):
            return Entry(path, FOLDER, "")
        if stat.S_ISLNK(mode):
            return Entry(path, LINK, "")
        return Entry(path, EXECUTABLE if mode & 0o100 else FILE, "") if stat.S_ISREG(mode) else None


class WorktreePin(Pin):
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
        """Return where a module lies in the first of some folders that has it now, or None."""
        return locate(self.tree, folders, name)

    def get_code(self, path: str, depth: int, read: Callable[[], bytes]) -> CodeType:
        """Compile the file."""
        text = decode(read(), self.code_name(path))
        routes = {root: self.decide(root) for root in import_roots(text)}
        return compile_source(text, self, path, depth, routes)
