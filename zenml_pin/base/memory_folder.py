"""Memory folders: private folders on a file system in memory (tmpfs), which do not outlive their processes.

    /dev/shm/zenml-pin-<uid>-<random>/

A folder is in use while a lock on it is held. The lock belongs to an open descriptor, so it ends with the last process
that has the descriptor, however that process ends; a fork inherits it, and no number of a process can be taken for
another. Each process removes the folders that nobody holds any more before it makes its own.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
from contextlib import suppress

from zenml_pin.base.environment import folders_in_memory

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:
    # A system without it, such as a browser, has no second process either.
    LOCK_EX = LOCK_NB = 0  # type: ignore[misc]

    def flock(fd: int, operation: int) -> None:  # type: ignore[misc]
        """Do nothing."""


_PREFIX = "zenml-pin-"
_KINDS = ("tmpfs", "ramfs")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TRIES = 100
# Folders for this process alone, whatever file system they are on.
_given: list[str] = []


def use(folder: str) -> None:
    """Make memory folders below a folder that is private to this process and that someone else deletes."""
    _given[:] = [folder]


def find_parent() -> str | None:
    """Return the folder in which memory folders are made; None where no file system in memory can be written to."""
    if _given:
        return _given[0]
    return next((folder for folder in folders_in_memory() if _is_usable(folder)), None)


def _is_usable(folder: str) -> bool:
    try:
        if not os.access(folder, os.W_OK | os.X_OK):
            return False
        # In a browser, everything is in memory.
        return sys.platform == "emscripten" or _kind_of(os.stat(folder).st_dev) in _KINDS
    except OSError:
        return False


def _kind_of(device: int) -> str:
    """Return the kind of a mounted file system, as proc_pid_mountinfo(5) describes it; "" if it is not listed."""
    wanted = f"{os.major(device)}:{os.minor(device)}".encode()
    with open("/proc/self/mountinfo", "rb") as file:
        for line in file:
            words = line.split()
            if words[2] == wanted:
                return words[words.index(b"-") + 1].decode()
    return ""


class MemoryFolder:
    """A new private folder, held by this process and its forks.

    Args:
        parent: The folder to make it in, as from `find_parent`.

    Attributes:
        path: Its absolute path.
        is_given: Whether `use` named the parent.

    Raises:
        OSError: It cannot be made.
    """

    def __init__(self, parent: str) -> None:
        parent = os.path.realpath(parent)
        remove_unheld(parent)
        self.is_given = bool(_given)
        self.path, self._descriptor = _make_held(parent)
        self._owner = os.getpid()
        atexit.register(self.close)

    def close(self) -> None:
        """Let go of the folder, and remove it unless a fork still holds it. Does nothing in a fork."""
        if os.getpid() != self._owner or self._descriptor < 0:
            return
        os.close(self._descriptor)
        self._descriptor = -1
        parent, name = os.path.split(self.path)
        _remove_if_unheld(parent, name)


def _make_held(parent: str) -> tuple[str, int]:
    prefix = os.path.join(parent, f"{_PREFIX}{os.geteuid()}-")
    for _ in range(_TRIES):
        path = prefix + os.urandom(8).hex()
        os.mkdir(path, 0o700)
        descriptor = _hold(path)
        if descriptor is not None:
            return path, descriptor
    raise OSError(errno.EAGAIN, "other processes remove each new folder", parent)


def _hold(path: str) -> int | None:
    """Lock a folder and return the descriptor; None if another process removes it at this moment."""
    try:
        descriptor = os.open(path, _FOLDER)
    except FileNotFoundError:
        return None
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def remove_unheld(parent: str) -> None:
    """Remove the memory folders of this user that no process holds."""
    prefix = f"{_PREFIX}{os.geteuid()}-"
    for name in os.listdir(parent):
        if name.startswith(prefix):
            _remove_if_unheld(parent, name)


def _remove_if_unheld(parent: str, name: str) -> None:
    """Remove a folder if it is this user's own and nobody holds it. What cannot be removed is left."""
    try:
        descriptor = os.open(os.path.join(parent, name), _FOLDER)
    except OSError:
        return
    try:
        if os.fstat(descriptor).st_uid == os.geteuid():
            flock(descriptor, LOCK_EX | LOCK_NB)
            _empty(descriptor)
            os.rmdir(os.path.join(parent, name))
    except OSError:
        return
    finally:
        os.close(descriptor)


def _empty(folder: int) -> None:
    """Remove everything in an open folder, by descriptors, so that no link leads out of it."""
    with suppress(PermissionError):
        os.fchmod(folder, 0o700)
    with os.scandir(folder) as items:
        entries = [(item.name, item.is_dir(follow_symlinks=False)) for item in items]
    for name, is_folder in entries:
        if not is_folder:
            os.unlink(name, dir_fd=folder)
            continue
        below = os.open(name, _FOLDER, dir_fd=folder)
        try:
            _empty(below)
        finally:
            os.close(below)
        os.rmdir(name, dir_fd=folder)
