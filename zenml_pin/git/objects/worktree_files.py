"""WorktreeTree: the files of a working tree as they are now, with the interface of a commit's files."""

from __future__ import annotations

import os
import stat

from zenml_pin.base.files import read_regular
from zenml_pin.base.limits import DEFAULT_LIMITS
from zenml_pin.errors import LimitError, PathNotFoundError, UnsupportedError
from zenml_pin.git.objects.tree import EXECUTABLE, FILE, FOLDER, LINK, Entry, git_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class WorktreeTree:
    """The files of a working tree as they are now, with the interface of `CommitTree`. Entries have no ids."""

    limits = DEFAULT_LIMITS

    def __init__(self, root: str) -> None:
        self.root = root

    def find(self, path: str) -> Entry | None:
        """Return the entry at a path, links followed."""
        return self._entry(path, os.stat)

    def find_link(self, path: str) -> Entry | None:
        """Return the entry at a path; a link at its end is not followed."""
        return self._entry(path, os.lstat)

    def get(self, path: str) -> Entry:
        """Return the entry at a path, links followed; raise PathNotFoundError if there is none."""
        entry = self.find(path)
        if entry is None:
            raise PathNotFoundError(path, "worktree")
        return entry

    def names(self, path: str) -> Collection[str]:
        """Return the names in a folder; empty if it cannot be listed."""
        try:
            return os.listdir(os.path.join(self.root, path))
        except OSError:
            return ()

    def children(self, path: str) -> dict[str, Entry]:
        """Return the entries of a folder by name, in git's order; links are not followed."""
        entries = [self.find_link(f"{path}/{name}" if path else name) for name in self.names(path)]
        present = sorted((entry for entry in entries if entry is not None), key=git_order)
        return {entry.path.rpartition("/")[2]: entry for entry in present}

    def list_folder(self, path: str, _: Entry) -> dict[str, Entry]:
        """Return the entries of a folder that is at hand, as `children` does."""
        return self.children(path)

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
