"""Status: what lies uncommitted at and below a path."""

from __future__ import annotations

import enum

from zenml_pin.git.repository import GitRepository
from zenml_pin.values import Value


class ChangeKind(enum.Enum):
    """How a path differs from HEAD, in git's words where git has one."""

    MODIFIED = "modified"
    STAGED = "staged"
    DELETED = "deleted"
    UNTRACKED = "untracked"
    TYPECHANGE = "typechange"
    CONFLICTED = "conflicted"
    IGNORED_IMPORTABLE = "ignored-importable"
    UNSUPPORTED = "unsupported"


class Change(Value):
    """One uncommitted path.

    Args:
        path: Relative to the repository root.
        kind: How it differs.
        reason: Why it counts, where the kind alone does not say it, as in "filter 'lfs' is not run".
    """

    __slots__ = ("path", "kind", "reason")

    path: str
    kind: ChangeKind
    reason: str

    def __init__(self, path: str, kind: ChangeKind, reason: str = "") -> None:
        self._fill(path, kind, reason)

    @property
    def label(self) -> str:
        """The kind in words, with the reason where there is one."""
        return f"{self.kind.value}: {self.reason}" if self.reason else self.kind.value


class Status(Value):
    """What is uncommitted at and below a path.

    Args:
        folder: The path, relative to the repository root; "" is all of it. It may be one file.
        changes: Every change, sorted by path.
    """

    __slots__ = ("folder", "changes")

    folder: str
    changes: tuple[Change, ...]

    def __init__(self, folder: str, changes: tuple[Change, ...] = ()) -> None:
        self._fill(folder, changes)

    @property
    def clean(self) -> bool:
        """Whether HEAD, index and disk hold the same there."""
        return not self.changes


def check(repository: GitRepository, path: str) -> Status:
    """Compare HEAD, index and disk at and below a path (a folder or one file). Writes nothing.

    Raises:
        UnsupportedError: The repository has no worktree.
    """
    raise NotImplementedError
