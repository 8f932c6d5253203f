"""Kinds of changes, in git's words where git has one. One path has one change; of several the one that stands first.

conflicted > unsupported > typechange > deleted > modified > staged > untracked > ignored-importable
"""

from __future__ import annotations

import enum


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
