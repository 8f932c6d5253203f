"""What can lie uncommitted: kinds of changes, one change, and the changes of a folder.

One path has one change. Where several kinds fit, the one that stands first here wins:

    conflicted > unsupported > typechange > deleted > modified > staged > untracked > ignored-importable
"""

from __future__ import annotations

import enum

from zenml_pin.values import Value


class ChangeKind(enum.Enum):
    """How a path differs from HEAD, in git's words where git has one; the strongest first."""

    CONFLICTED = "conflicted"
    UNSUPPORTED = "unsupported"
    TYPECHANGE = "typechange"
    DELETED = "deleted"
    MODIFIED = "modified"
    STAGED = "staged"
    UNTRACKED = "untracked"
    IGNORED_IMPORTABLE = "ignored-importable"


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

    def _repr_html_(self) -> str:
        from zenml_pin.markup import card

        said = "clean" if self.clean else f"{len(self.changes)} uncommitted"
        return card(
            self.folder or ".", said, [(change.kind.value, _shown(change)) for change in self.changes]
        )


def _shown(change: Change) -> str:
    return f"{change.path} ({change.reason})" if change.reason else change.path


_RANK = {kind: rank for rank, kind in enumerate(ChangeKind)}


class Changes:
    """Changes as they are found, the strongest one kept for each path."""

    def __init__(self) -> None:
        self._found: dict[str, Change] = {}

    def add(self, path: str, kind: ChangeKind, reason: str = "") -> None:
        """Note a change, unless a stronger one of the path is known."""
        known = self._found.get(path)
        if known is None or _RANK[kind] < _RANK[known.kind]:
            self._found[path] = Change(path, kind, reason)

    def __bool__(self) -> bool:
        return bool(self._found)

    def sorted(self) -> tuple[Change, ...]:
        """Return what was found, sorted by path."""
        return tuple(self._found[path] for path in sorted(self._found))
