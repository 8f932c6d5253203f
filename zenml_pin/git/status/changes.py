"""Uncommitted changes: one change, and all changes of a folder.

This file names the kinds by text and imports `ChangeKind` only for a change. Most folders are clean, and importing
`enum` takes a twentieth of a load from the cache.
"""

from __future__ import annotations

from zenml_pin.base.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from zenml_pin.git.status.kinds import ChangeKind

    # The values of ChangeKind.
    Kind = Literal[
        "conflicted",
        "unsupported",
        "typechange",
        "deleted",
        "modified",
        "staged",
        "untracked",
        "ignored-importable",
    ]


class Change(Value):
    """One uncommitted path.

    Args:
        path: Relative to the repository root.
        kind: How it differs.
        reason: Why it counts, if the kind does not tell, as in "filter 'lfs' is not run".
    """

    path: str
    kind: ChangeKind
    reason: str = ""

    @property
    def label(self) -> str:
        """The kind, followed by the reason if there is one."""
        return f"{self.kind.value}: {self.reason}" if self.reason else self.kind.value


class Status(Value):
    """The uncommitted changes at and below a path; of a class, all that keeps it from being pinned to HEAD.

    Args:
        folder: The path of the folder or file, relative to the repository root; "" is the whole repository.
        changes: Every change, sorted by path. Of a class, also those of files that it imports from the repository.
        reasons: Of a class, what else keeps it from being pinned, a line each.
    """

    folder: str
    changes: tuple[Change, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether HEAD, index and disk are equal at and below the path. Of a class, whether it can be pinned."""
        return not self.changes and not self.reasons

    def _repr_html_(self) -> str:
        from zenml_pin.base.html import card

        summary = "clean" if self.clean else f"{len(self.changes)} uncommitted"
        rows = [(change.kind.value, _shown(change)) for change in self.changes]
        return card(self.folder or ".", summary, [*rows, *(("reason", reason) for reason in self.reasons)])


def _shown(change: Change) -> str:
    return f"{change.path} ({change.reason})" if change.reason else change.path


class Changes:
    """Collects changes; of several changes of one path, the strongest kind counts."""

    def __init__(self) -> None:
        self._by_path: dict[str, list[tuple[Kind, str]]] = {}

    def add(self, path: str, kind: Kind, reason: str = "") -> None:
        """Add a change."""
        self._by_path.setdefault(path, []).append((kind, reason))

    def __bool__(self) -> bool:
        return bool(self._by_path)

    def sorted(self) -> tuple[Change, ...]:
        """Return the changes, sorted by path."""
        if not self._by_path:
            return ()
        from zenml_pin.git.status.kinds import ChangeKind

        ranks = {kind.value: rank for rank, kind in enumerate(ChangeKind)}
        strongest = {
            path: min(changes, key=lambda change: ranks[change[0]]) for path, changes in self._by_path.items()
        }
        return tuple(
            Change(path, ChangeKind(kind), reason) for path, (kind, reason) in sorted(strongest.items())
        )
