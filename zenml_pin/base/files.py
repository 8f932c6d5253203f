"""Reading files of a repository, which may be hostile: never a FIFO or a device, never without a size limit."""

from __future__ import annotations

import os
import stat

# A `.git` file, a `commondir` file and a ref contain one path or one id.
_SMALL = 64 * 1024
# A file may grow while it is read.
_GROWTH = 4096
# Here, so that code which only lists bundles need not import their reader.
BUNDLE_SUFFIX = ".bundle"


def read_regular(path: str | bytes, limit: int) -> bytes | None:
    """Return the bytes of a regular file of at most `limit` bytes; None when it is absent or something else.

    Opens without blocking, so that a FIFO in the file's place cannot hang the caller.

    Raises:
        OverflowError: The file is longer than the limit.
        OSError: The file exists but cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            return None
        if info.st_size > limit:
            raise OverflowError(f"file '{os.fsdecode(path)}' has {info.st_size} bytes, limit {limit}")
        with open(descriptor, "rb", closefd=False) as file:
            # `read` allocates its whole argument first.
            return file.read(min(limit, info.st_size + _GROWTH))
    finally:
        os.close(descriptor)


def read_small(path: str | bytes) -> bytes | None:
    """Return the bytes of a small regular file, or None when it cannot be read."""
    try:
        return read_regular(path, _SMALL)
    except (OSError, OverflowError, ValueError):
        return None


def read_start(path: str, length: int) -> bytes | None:
    """Return the first bytes of a regular file, or None when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        return os.read(descriptor, length) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    except OSError:
        return None
    finally:
        os.close(descriptor)
