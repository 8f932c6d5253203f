"""Status: the uncommitted changes at and below a path.

with GitRepository.open("project") as repository:
    get_status(repository, "trainers/mine").clean
"""

from __future__ import annotations

import os

from zenml_pin.git.repository import GitRepository
from zenml_pin.git.status.changes import Change, Changes, Status
from zenml_pin.git.status.comparison import Comparison
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Change", "Status", "get_status", "unsupported"]


def get_status(
    repository: GitRepository, path: str, *, exempt: Callable[[str], bool] | None = None
) -> Status:
    """Compare HEAD, index and disk at and below a path. Writes nothing, runs nothing.

    If the repository uses a feature that is not supported, the path counts as uncommitted, with the reason.
    Cost: reads HEAD's trees down to the path and below it, the index (of a large one only the part for the path, if its
    cached trees allow that), and every tracked file there.

    Args:
        repository: The repository; before the first commit, HEAD counts as empty.
        path: Posix, relative to the repository root; a folder with all below it, or one file. "" is everything.
        exempt: Returns True for files, by path relative to the root, that may be untracked, modified, staged or
            deleted.

    Raises:
        UnsupportedError: The repository has no worktree, or the path is not relative to its root.
        PinError: An object that HEAD needs is missing or damaged.
    """
    if repository.layout.worktree is None:
        raise UnsupportedError(f"repository '{repository.root}' is bare: it has no worktree to compare")
    folder = _normalise(path)
    try:
        return Status(folder, Comparison(repository, os.fsencode(folder), exempt=exempt).run())
    except UnsupportedError as error:
        reason = error.message
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}"
    return unsupported(folder, reason)


def unsupported(folder: str, reason: str) -> Status:
    """Return the status of what cannot be compared: not committed, because."""
    changes = Changes()
    changes.add(folder, "unsupported", reason)
    return Status(folder, changes.sorted())


def _normalise(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or "\0" in path or ".." in parts or ".git" in parts:
        raise UnsupportedError(f"path {path!r} is not a path below the repository root")
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise UnsupportedError(f"path {path!r} is not a file name") from error
    return "/".join(parts)
