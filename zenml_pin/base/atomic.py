"""Files that are written whole or not at all.

If the process is killed, the file has the old content or the new. At worst a file remains beside it whose name starts
with `.zenml-pin-`; nothing reads that.

    temporary file -> write -> fsync -> read back -> rename -> fsync of the folder
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat

TEMPORARY_PREFIX = ".zenml-pin-"


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write bytes, or a text as UTF-8 with its own line ends, into a file; on failure the file stays as it was.

    A replaced file keeps its permissions. A symbolic link stays, and its target is replaced. A device, FIFO or socket
    is refused: root could replace `/dev/null` by a file.

    Raises:
        OSError: The file cannot be written, or the written content cannot be read back.
    """
    path = os.path.realpath(os.fspath(path))
    if is_special(path):
        raise OSError(errno.EINVAL, "it is not a regular file", path)
    folder, name = os.path.split(path)
    # The suffix stays: by the suffix the clean check knows files that may be beside documents.
    temporary = os.path.join(folder, TEMPORARY_PREFIX + os.urandom(8).hex() + os.path.splitext(name)[1])
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        _write(temporary, data, _mode(path))
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename == temporary:
            raise OSError(error.errno, error.strerror, path) from error
        raise
    _sync_folder(folder)


def is_special(path: str) -> bool:
    """Tell whether a path is a device, FIFO or socket, or a link to one."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _write(path: str, data: bytes, mode: int | None) -> None:
    """Write a new file to the disk, and read it back: a disk may report a short write as done."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        if mode is not None:
            os.fchmod(descriptor, mode)
        os.fsync(descriptor)
        os.lseek(descriptor, 0, os.SEEK_SET)
        with open(descriptor, "rb", closefd=False) as file:
            if file.read() != data:
                raise OSError(f"'{path}' has other content than was written to it")
    finally:
        os.close(descriptor)


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        return None


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
