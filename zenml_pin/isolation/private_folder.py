"""The private folder: the only folder to which a trial may write. It is the trial's home, and is deleted afterwards.

The process that made it holds a lock on it. If that process is killed, the folder stays, without its lock: the next
trial of the same user deletes it. Everything is deleted by descriptors: no link is followed.
"""

from __future__ import annotations

import itertools
import os
import secrets
import tempfile
import time
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "zenml_pin-trial-"
# Its owner locks a folder in a moment; until then others leave it alone, in seconds.
_NEW = 1.0
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def private_folder() -> Iterator[str]:
    """Make a folder that only this user can read; delete it at the end, whatever the trial did to it.

    Also deletes the folders of processes that ended without deleting theirs.
    """
    place = os.path.realpath(tempfile.gettempdir())
    _delete_abandoned(place)
    folder, descriptor = _make(place)
    try:
        yield folder
    finally:
        try:
            _delete(folder, descriptor)
        finally:
            os.close(descriptor)


def _make(place: str) -> tuple[str, int]:
    """Make a folder and lock it; return its path, and the descriptor that holds the lock."""
    # Another process may delete it before it is locked.
    while True:
        folder = tempfile.mkdtemp(prefix=PREFIX, dir=place)
        try:
            descriptor = os.open(folder, _FOLDER)
        except FileNotFoundError:
            continue
        _lock(descriptor, is_owner=True)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(folder, follow_symlinks=False), os.fstat(descriptor)):
                return folder, descriptor
        os.close(descriptor)


def _delete_abandoned(place: str) -> None:
    """Delete the folders of this user that no process has locked."""
    try:
        names = [name for name in os.listdir(place) if name.startswith(PREFIX)]
    except OSError:
        return
    for name in names:
        folder = os.path.join(place, name)
        try:
            descriptor = os.open(folder, _FOLDER)
        except OSError:
            # Not a folder, or one of another user.
            continue
        try:
            info = os.fstat(descriptor)
            is_old = abs(time.time() - info.st_mtime) > _NEW
            if info.st_uid == os.geteuid() and is_old and _lock(descriptor, is_owner=False):
                _delete(folder, descriptor)
        finally:
            os.close(descriptor)


def _lock(descriptor: int, *, is_owner: bool) -> bool:
    """Lock an open folder, as its owner, or if it has none; tell whether that was possible."""
    import fcntl

    try:
        # A shared lock, which every file system allows for a descriptor that cannot write.
        fcntl.flock(descriptor, fcntl.LOCK_SH if is_owner else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _delete(folder: str, descriptor: int) -> None:
    """Delete an open folder and its content; leave what cannot be deleted."""
    with suppress(OSError):
        os.fchmod(descriptor, 0o700)
        _empty(descriptor)
        os.rmdir(folder)


def _empty(folder: int) -> None:
    """Delete the content of an open folder.

    Folders in folders are moved up before they are deleted: so any depth takes two descriptors and no recursion.
    """
    new_names = (f"{secrets.token_hex(8)}-{number}" for number in itertools.count())
    stuck: set[str] = set()
    while names := set(os.listdir(folder)) - stuck:
        for name in names:
            try:
                if not _unlink(folder, name):
                    _flatten(folder, name, new_names)
            except OSError:
                stuck.add(name)


def _flatten(folder: int, name: str, new_names: Iterator[str]) -> None:
    """Delete a folder in an open one, and its files; move the folders in it up to the open one."""
    os.chmod(name, 0o700, dir_fd=folder)
    inner = os.open(name, _FOLDER, dir_fd=folder)
    try:
        for child in os.listdir(inner):
            if not _unlink(inner, child):
                # Moving a folder changes it.
                os.chmod(child, 0o700, dir_fd=inner)
                os.rename(child, next(new_names), src_dir_fd=inner, dst_dir_fd=folder)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)


def _unlink(folder: int, name: str) -> bool:
    """Delete a name in an open folder; return False for a folder."""
    try:
        os.unlink(name, dir_fd=folder)
    except (IsADirectoryError, PermissionError):
        return False
    return True
