"""The cache on disk. It is used only when ZENML_PIN_CACHE names its folder.

    entry     = key LF checksum LF content
    file name = hash of the key

1. Only the user owns and may enter the folder (0700). It is created like that; another folder is not used.
2. An entry is read only from a regular file that the user owns. A wrong key or checksum means "no entry".
3. An entry is written to a temporary file, which is then renamed. So an entry is whole or absent, even when several
   processes write it or one of them is killed.
4. A failed write is ignored: on a read-only or full disk everything works as without a cache.
5. The meaning of an entry never changes: its key contains everything that its content depends on. Entries may be
   deleted at any time.

The checksum finds damage, not malice: a person who can write as the user has easier ways to change what runs.
"""

from __future__ import annotations

import os
import stat
import zlib

from zenml_pin.base.environment import cache_directory
from zenml_pin.base.hashing import hex_digest
from zenml_pin.base.locks import ForkLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")

# The largest object that is read has 32 MiB; longer entries are neither written nor read.
_LIMIT = 64 * 2**20
_TEMPORARY_PREFIX = ".zenml-pin-"
_OTHERS = 0o077
_CHECKSUM = 9


class Cache:
    """Entries in one folder.

    Args:
        descriptor: The open folder, so that another folder cannot replace it.
    """

    def __init__(self, descriptor: int) -> None:
        self._folder = descriptor

    def get(self, key: str) -> bytes | None:
        """Return an entry's content; None when it is absent or damaged."""
        line = _line(key)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(_name(line), flags, dir_fd=self._folder)
        except OSError:
            return None
        try:
            return _content(line, _read(descriptor))
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def has(self, key: str) -> bool:
        """Tell whether there is an entry, in less time than `get`; it may be damaged."""
        try:
            os.stat(_name(_line(key)), dir_fd=self._folder, follow_symlinks=False)
        except OSError:
            return False
        return True

    def put(self, key: str, content: bytes) -> None:
        """Write an entry; do nothing where that is not possible."""
        line = _line(key)
        if len(line) + _CHECKSUM + len(content) > _LIMIT:
            return
        temporary = f"{_TEMPORARY_PREFIX}{os.urandom(8).hex()}"
        try:
            self._write(temporary, line + _checksum(line, content) + content)
            os.rename(temporary, _name(line), src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except OSError:
            self._remove(temporary)

    def _write(self, name: str, data: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        # No fsync: the checksum detects what a crash of the machine left unwritten.
        with open(os.open(name, flags, 0o600, dir_fd=self._folder), "wb") as file:
            file.write(data)

    def _remove(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self._folder)
        except OSError:
            return


class unused:
    """Turn the cache off during a block or a call, in the whole process: audits must not trust it."""

    # Without ContextDecorator: every load would import contextlib.
    def __call__(self, work: Callable[P, T]) -> Callable[P, T]:
        from functools import wraps

        @wraps(work)
        def without_cache(*args: P.args, **kwargs: P.kwargs) -> T:
            with self:
                return work(*args, **kwargs)

        return without_cache

    def __enter__(self) -> None:
        _state.pause(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _state.pause(-1)


def current() -> Cache | None:
    """Return the cache that the environment names now; None when it does not name one."""
    if _state.is_paused:
        return None
    directory = cache_directory()
    return None if directory is None else _state.cache_of(directory)


class _State:
    """The open folders; most processes have one."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._pauses = 0
        self._caches: dict[str, Cache | None] = {}

    @property
    def is_paused(self) -> bool:
        """Whether a block has turned the cache off."""
        return self._pauses > 0

    def pause(self, count: int) -> None:
        with self._lock:
            self._pauses += count

    def cache_of(self, directory: str) -> Cache | None:
        if self._pauses:
            return None
        if directory not in self._caches:
            with self._lock:
                if directory not in self._caches:
                    self._caches[directory] = _open(directory)
        return self._caches[directory]


_state = _State()


def _open(directory: str) -> Cache | None:
    """Open the folder, and create it where it is missing; None when it cannot be used."""
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    if is_own(os.fstat(descriptor), stat.S_IFDIR):
        return Cache(descriptor)
    os.close(descriptor)
    from zenml_pin.base.warn import UnusedCacheWarning, warn_caller

    warn_caller(
        f"ZENML_PIN_CACHE: '{directory}' is not used: another user owns it or may enter it (chmod 700)",
        UnusedCacheWarning,
    )
    return None


def is_own(info: os.stat_result, kind: int) -> bool:
    """Tell whether a file is of a kind, belongs to the user, and is closed to all others."""
    # A system without users, such as a browser, has no geteuid.
    belongs = info.st_uid == os.geteuid() if hasattr(os, "geteuid") else True
    return stat.S_IFMT(info.st_mode) == kind and belongs and not info.st_mode & _OTHERS


def _read(descriptor: int) -> bytes:
    """Return the content of a regular file that only the user may read; of any other file nothing."""
    info = os.fstat(descriptor)
    if not is_own(info, stat.S_IFREG) or info.st_size > _LIMIT:
        return b""
    return os.read(descriptor, info.st_size)


def _content(line: bytes, data: bytes) -> bytes | None:
    """Return the content of an entry; None when it is damaged or has another key."""
    start = len(line) + _CHECKSUM
    content = data[start:]
    sound = data.startswith(line) and data[len(line) : start] == _checksum(line, content)
    return content if sound else None


def _line(key: str) -> bytes:
    return key.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"


def _name(line: bytes) -> str:
    return hex_digest(line)


def _checksum(line: bytes, content: bytes) -> bytes:
    # Not SHA-1: for the code of a large package it would import hashlib, and then take as long again.
    return b"%08x\n" % zlib.crc32(content, zlib.crc32(line))
