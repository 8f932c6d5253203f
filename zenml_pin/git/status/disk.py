"""The files on disk at and below a path: `lstat` and directory listings; links are never followed.

Sources: gitrepository-layout(5); Python's import system, for importable files.
"""

from __future__ import annotations

import errno
import os
import stat
from importlib import machinery

from zenml_pin.base.hashing import new_hasher
from zenml_pin.git.layout import resolve_gitdir
from zenml_pin.load_errors import UnsupportedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_CHUNK = 2**20
# With these errors, no file has the path.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
_SUFFIXES = tuple({os.fsencode(suffix) for suffix in machinery.all_suffixes()} | {b".so", b".pyd"})
CACHE = b"__pycache__"


class Disk:
    """All files and folders at and below a path.

    Args:
        root: The worktree.
        folder: The path, relative to the worktree.
        tracked: Paths in the index: a repository whose folder contains one of them does not count as nested.
        submodules: The submodules among them; files below belong to their repositories.
        ignores: Tells whether a folder is ignored: then it is listed although it is a repository.

    Attributes:
        files: The stat of each path that is not a folder.
        folders: Every folder, the path itself included.
        nested: Folders that are separate repositories; they are not listed.
        unreadable: Folders that could not be listed, and why.
        barrier: The first folder of the path that is a link, where git stops; or None.
    """

    def __init__(
        self,
        root: bytes,
        folder: bytes,
        tracked: Iterable[bytes],
        submodules: set[bytes],
        ignores: Callable[[bytes], bool],
    ) -> None:
        self.root = root
        self._ignores = ignores
        self.files: dict[bytes, os.stat_result] = {}
        self.folders: set[bytes] = set()
        self.nested: set[bytes] = set()
        self.unreadable: dict[bytes, str] = {}
        self._submodules = submodules
        self._tracked_folders = set(_parents(tracked))
        self.barrier = find_barrier(root, folder)
        if self.barrier is None and not in_cache(folder):
            self._visit(folder)

    def _visit(self, folder: bytes) -> None:
        try:
            info = os.lstat(os.path.join(self.root, folder))
        except ValueError:
            return
        except OSError as error:
            if error.errno not in _ABSENT:
                self.unreadable[folder] = f"it cannot be read: {error.strerror}"
            return
        if not stat.S_ISDIR(info.st_mode):
            self.files[folder] = info
            return
        pending = [folder] if self._enters(folder) else []
        while pending:
            pending += self._list(pending.pop())

    def _enters(self, folder: bytes) -> bool:
        self.folders.add(folder)
        if folder in self._submodules:
            return False
        if not folder or folder in self._tracked_folders or not is_repository(self.root + b"/" + folder):
            return True
        if self._ignores(folder):
            return True
        self.nested.add(folder)
        return False

    def _list(self, folder: bytes) -> Iterator[bytes]:
        """Record the files of a folder, and yield the folders in it that have to be listed."""
        prefix = folder + b"/" if folder else b""
        try:
            with os.scandir(self.root + b"/" + folder) as items:
                entries = list(items)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self.unreadable[folder] = f"it cannot be listed: {error.strerror}"
            return
        for entry in entries:
            if entry.name == b".git":
                continue
            path = prefix + entry.name
            try:
                if not entry.is_dir(follow_symlinks=False):
                    self.files[path] = entry.stat(follow_symlinks=False)
                elif entry.name != CACHE and self._enters(path):
                    yield path
            except FileNotFoundError:
                continue
            except OSError as error:
                self.unreadable[path] = f"it cannot be read: {error.strerror}"


def find_barrier(root: bytes, path: bytes) -> bytes | None:
    """Return the first folder of a path that is a link, where git stops; or None."""
    end = path.find(b"/")
    while end > 0:
        if os.path.islink(root + b"/" + path[:end]):
            return path[:end]
        end = path.find(b"/", end + 1)
    return None


def is_repository(folder: bytes) -> bool:
    """Tell whether a folder has a `.git` that is, or names, a repository."""
    return resolve_gitdir(os.fsdecode(folder) + "/.git") is not None


def in_cache(path: bytes) -> bool:
    """Tell whether a path is a `__pycache__` folder, or inside one."""
    return CACHE in path.split(b"/")


def is_importable(root: bytes, folder: bytes, path: bytes, info: os.stat_result) -> bool:
    """Tell whether Python could import an ignored file, by its suffix, or because it is a link to a folder.

    Python cannot import a file below a folder with a dot in its name. Only names below `folder`, where the check
    starts, count for this.
    """
    name = path.rpartition(b"/")[2]
    if any(b"." in part for part in path[len(folder) :].split(b"/")[:-1]):
        return False
    if name.endswith(_SUFFIXES):
        return True
    return stat.S_ISLNK(info.st_mode) and b"." not in name and os.path.isdir(os.path.join(root, path))


def _parents(paths: Iterable[bytes]) -> Iterator[bytes]:
    """Yield every folder above the paths, some of them repeatedly."""
    last = b""
    for path in paths:
        folder = path[: max(0, path.rfind(b"/"))]
        if folder != last:
            last = folder
            while folder:
                yield folder
                folder = folder[: max(0, folder.rfind(b"/"))]


def read_disk_file(path: bytes) -> bytes | None:
    """Return a regular file's content, of any size; None if it was removed or is not a regular file."""
    opened = _open(path)
    if opened is None:
        return None
    with open(opened[0], "rb") as file:
        return file.read()


def hash_file(path: bytes, algorithm: str, as_blob: bool = True) -> str | None:
    """Return the hash of a regular file; None if it was removed, changes meanwhile, or is not a regular file.

    Reads one mebibyte at a time.

    Args:
        path: The file.
        algorithm: A repository's object format, or another of hashlib's algorithms.
        as_blob: Whether to return the id of its content as a blob, not the plain hash.
    """
    opened = _open(path)
    if opened is None:
        return None
    descriptor, left = opened
    try:
        hasher = new_hasher(algorithm, left)
        hasher.update(b"blob %d\0" % left if as_blob else b"")
        while True:
            size = min(_CHUNK, left + 1)
            part = os.read(descriptor, size)
            left -= len(part)
            hasher.update(part)
            if not part or (left == 0 and len(part) < size):
                return hasher.hexdigest() if left == 0 else None
    finally:
        os.close(descriptor)


def has_carriage_return(path: bytes) -> bool:
    """Tell whether a regular file contains a CR. Reads one mebibyte at a time."""
    opened = _open(path)
    if opened is None:
        return False
    try:
        while part := os.read(opened[0], _CHUNK):
            if b"\r" in part:
                return True
    finally:
        os.close(opened[0])
    return False


def read_link(path: bytes) -> bytes | None:
    """Return a link's target; None if it was removed or is not a link."""
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return None


def _open(path: bytes) -> tuple[int, int] | None:
    """Open a regular file without following a link or waiting for a FIFO; return its descriptor and its size."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnsupportedError(f"it cannot be read: {error.strerror}") from error
    info = os.fstat(descriptor)
    if stat.S_ISREG(info.st_mode):
        return descriptor, info.st_size
    os.close(descriptor)
    return None
