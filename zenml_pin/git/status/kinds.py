"""Kinds of changes, in git's words if git has one. A path has one change: of several kinds, the first in this order.

conflicted > unsupported > typechange > deleted > modified > staged > untracked > ignored-importable
"""

from __future__ import annotations

import enum


class ChangeKind(enum.Enum):
    """How a path differs from HEAD, in git's words if git has one; the strongest first."""

    CONFLICTED = "conflicted"
    UNSUPPORTED = "unsupported"
    TYPECHANGE = "typechange"
    DELETED = "deleted"
    MODIFIED = "modified"
    STAGED = "staged"
    UNTRACKED = "untracked"
    IGNORED_IMPORTABLE = "ignored-importable"
