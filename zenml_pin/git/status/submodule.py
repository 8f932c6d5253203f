"""Submodules: a repository in a folder, whose commit the index names.

Sources: gitsubmodules(7), git-status(1).
"""

from __future__ import annotations

import os

from zenml_pin.base.limits import Limits
from zenml_pin.errors import PinError
from zenml_pin.git.discovery import describe_broken
from zenml_pin.git.layout import Layout, find_layout, resolve_gitdir
from zenml_pin.git.repository import GitRepository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.status.changes import Change, Kind

    Compare = Callable[[GitRepository, int], tuple[Change, ...]]

_MEND = "move the folder's content away, then run 'git submodule update --init'"
# A hostile repository could contain itself as a submodule.
_MAX_DEPTH = 16


def describe_submodule(
    path: str, commit_id: str, limits: Limits, depth: int, compare: Compare
) -> tuple[Kind, str] | None:
    """Return how a submodule differs from its commit, with the reason; None if it does not differ.

    A submodule that is not initialised has no repository; it is clean if its folder is empty. With a `.git` that does
    not lead to a repository it is never clean, as git then refuses the repository around it.

    Args:
        path: Its folder.
        commit_id: The commit that the index names.
        limits: Sizes above which its objects are not read.
        depth: How many submodules contain the folder.
        compare: Compares its repository at a depth, and returns the changes.
    """
    dotgit = os.path.join(path, ".git")
    if resolve_gitdir(dotgit) is None:
        return _describe_broken(dotgit) or _describe_empty(path)
    if depth >= _MAX_DEPTH:
        return "unsupported", f"submodules nest deeper than {_MAX_DEPTH}"
    try:
        layout = find_layout(path)
        if layout is None or not _is_at(layout, path):
            return "unsupported", "its repository has another worktree"
        with GitRepository(layout, limits) as repository:
            return _describe(repository, commit_id, depth, compare)
    except PinError as error:
        return "unsupported", error.message
    except OSError as error:
        return "unsupported", f"it cannot be read: {error.strerror}"


def _describe(
    repository: GitRepository, commit_id: str, depth: int, compare: Compare
) -> tuple[Kind, str] | None:
    if repository.refs.head() not in (commit_id, None):
        return "modified", "new commits"
    changes = compare(repository, depth + 1)
    if not changes:
        return None
    untracked = all(change.kind.value == "untracked" for change in changes)
    return "modified", "untracked content" if untracked else "modified content"


def _describe_broken(dotgit: str) -> tuple[Kind, str] | None:
    # Elsewhere git passes over such a folder; in a submodule it does not.
    reason = f"'{dotgit}' is not a git directory" if os.path.isdir(dotgit) else describe_broken(dotgit)
    return ("unsupported", f"{reason}; {_MEND}") if reason else None


def _describe_empty(path: str) -> tuple[Kind, str] | None:
    try:
        names = os.listdir(path)
    except OSError as error:
        return "unsupported", f"it cannot be listed: {error.strerror}"
    return ("modified", "it is not initialised, and not empty") if names else None


def _is_at(layout: Layout, path: str) -> bool:
    return layout.worktree is not None and os.path.realpath(layout.worktree) == os.path.realpath(path)
