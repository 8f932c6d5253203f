"""What lies uncommitted: one change, and the changes of a folder.

Their kinds are named by text here, for most folders are clean: `enum` takes a twentieth of a load that the cache
answers.
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
        reason: Why it counts, where the kind alone does not say it, as in "filter 'lfs' is not run".
    """

    path: str
    kind: ChangeKind
    reason: str = ""

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

    folder: str
    changes: tuple[Change, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether HEAD, index and disk hold the same there."""
        return not self.changes

    def _repr_html_(self) -> str:
        from zenml_pin.base.html import card

        said = "clean" if self.clean else f"{len(self.changes)} uncommitted"
        return card(
            self.folder or ".", said, [(change.kind.value, _shown(change)) for change in self.changes]
        )


def _shown(change: Change) -> str:
    return f"{change.path} ({change.reason})" if change.reason else change.path


class Changes:
    """Changes as they are found; of each path's the strongest kind counts."""

    def __init__(self) -> None:
        self._found: dict[str, list[tuple[Kind, str]]] = {}

    def add(self, path: str, kind: Kind, reason: str = "") -> None:
        """Note a change."""
        self._found.setdefault(path, []).append((kind, reason))

    def __bool__(self) -> bool:
        return bool(self._found)

    def sorted(self) -> tuple[Change, ...]:
        """Return what was found, sorted by path."""
        if not self._found:
            return ()
        from zenml_pin.git.status.kinds import ChangeKind

        ranks = {kind.value: rank for rank, kind in enumerate(ChangeKind)}
        strongest = {path: min(found, key=lambda held: ranks[held[0]]) for path, found in self._found.items()}
        return tuple(
            Change(path, ChangeKind(kind), reason) for path, (kind, reason) in sorted(strongest.items())
        )
