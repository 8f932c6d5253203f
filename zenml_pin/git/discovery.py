"""The limits of a search for a repository, as in git.

    GIT_CEILING_DIRECTORIES          folders that the search does not enter from below
    GIT_DISCOVERY_ACROSS_FILESYSTEM  lets the search leave the file system where it began

Sources: git(1) "ENVIRONMENT VARIABLES"; gitrepository-layout(5).
"""

from __future__ import annotations

import os
import stat

from zenml_pin.base import environment
from zenml_pin.base.files import read_start

MEND_GIT_FILE = (
    "run 'git worktree repair' in the repository that it belongs to, or 'git submodule update --init', "
    "or remove it"
)
_MARK = b"gitdir: "
_SHOWN = 200


class Bounds:
    """The folders above a path that a search may enter.

    Args:
        path: Where the search begins, without links.
    """

    def __init__(self, path: str) -> None:
        ceilings, across = environment.git_ceilings()
        start = _nearest_folder(path)
        self._ceilings = _resolve(ceilings, start) if ceilings else frozenset()
        self._start = start
        self._device = None if across else _device(start)

    def why_not(self, folder: str) -> str:
        """Return why the search may not enter a folder above, "" if it may."""
        if len(folder) >= len(self._start):
            return ""
        if folder in self._ceilings:
            return f"GIT_CEILING_DIRECTORIES ends the search below '{folder}'"
        if self._device is not None and _device(folder) != self._device:
            return (
                f"the search ends at the file system boundary below '{folder}', as git's does: "
                "GIT_DISCOVERY_ACROSS_FILESYSTEM=1 lets both continue"
            )
        return ""


def describe_broken(dotgit: str) -> str:
    """Return what is wrong with a `.git` that does not lead to a repository; "" if it is a folder or does not exist."""
    try:
        mode = os.stat(dotgit).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"'{dotgit}' cannot be read: {error.strerror}"
    if stat.S_ISDIR(mode):
        return ""
    if not stat.S_ISREG(mode):
        return f"'{dotgit}' is not a regular file"
    line = read_start(dotgit, len(_MARK) + _SHOWN) or b""
    if not line.startswith(_MARK):
        return f"'{dotgit}' is not a file that names a git directory"
    target = os.fsdecode(line.removeprefix(_MARK).split(b"\n")[0].rstrip(b"\r"))
    return f"'{dotgit}' names {target!r}, which is not a git directory"


def _nearest_folder(path: str) -> str:
    while not os.path.isdir(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path


def _resolve(ceilings: list[str], start: str) -> frozenset[str]:
    """Return the ceilings above a folder. Links are resolved only in the entries before an empty one."""
    follow, folders = True, set()
    for entry in ceilings:
        if not entry:
            follow = False
        elif os.path.isabs(entry):
            folders.add(os.path.realpath(entry) if follow else os.path.normpath(entry))
    # The search always looks into the first folder.
    return frozenset(folders - {start})


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except OSError:
        return None
