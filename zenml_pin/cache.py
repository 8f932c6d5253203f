"""The cache on disk, for those who ask for one: ZENML_PIN_CACHE names its folder.

    entry     = key LF checksum LF content
    file name = hash of the key

1. The folder is the user's own and nobody else's (0700): it is made so, and one that is not so is not used.
2. An entry is read only from a regular file of the user's own; one whose key or checksum does not fit is not there.
3. An entry is written beside its name and renamed: under its name it is whole or absent, whoever writes or dies.
4. What cannot be written is not, without a word: read-only disks and full ones are as good as no cache.
5. Entries never change meaning: all that decides over the content stands in the key. They may be deleted at any time.

The checksum finds damage, not malice: who can write as the user can change what the user runs in easier ways.
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

# The largest object that is read has 32 MiB; what is longer is neither kept nor believed.
_LIMIT = 64 * 2**20
_TEMPORARY_PREFIX = ".zenml-pin-"
_OTHERS = 0o077
_CHECKSUM = 9


class Cache:
    """Entries in one folder.

    Args:
        descriptor: The folder, open, so that no other can take its place.
    """

    def __init__(self, descriptor: int) -> None:
        self._folder = descriptor

    def get(self, key: str) -> bytes | None:
        """Return an entry's content, None when there is no sound one."""
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

    def put(self, key: str, content: bytes) -> None:
        """Write an entry, unless that is not possible."""
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
        # No fsync: what a crash of the machine leaves unwritten is found by its checksum.
        with open(os.open(name, flags, 0o600, dir_fd=self._folder), "wb") as file:
            file.write(data)

    def _remove(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self._folder)
        except OSError:
            return


class unused:
    """Leaves the cache alone for the time of a block or a call, in the whole process: audits must not believe it."""

    # Not by ContextDecorator: every load would import contextlib.
    def __call__(self, work: Callable[P, T]) -> Callable[P, T]:
        from functools import wraps

        @wraps(work)
        def alone(*args: P.args, **kwargs: P.kwargs) -> T:
            with self:
                return work(*args, **kwargs)

        return alone

    def __enter__(self) -> None:
        _state.pause(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _state.pause(-1)


def current() -> Cache | None:
    """Return the cache that the environment names now, None without one."""
    directory = cache_directory()
    return None if directory is None else _state.cache_of(directory)


class _State:
    """The folders that are open, which a process mostly has one of."""

    def __init__(self) -> None:
        self._lock = ForkLock()
        self._pauses = 0
        self._caches: dict[str, Cache | None] = {}

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
    """Open the folder, made when it is not there; None when it cannot be used."""
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    if _is_own(os.fstat(descriptor), stat.S_IFDIR):
        return Cache(descriptor)
    os.close(descriptor)
    from zenml_pin.base.warn import warn_caller

    warn_caller(
        f"ZENML_PIN_CACHE: '{directory}' is not used, since others than you own it or may enter it (chmod 700)",
        RuntimeWarning,
    )
    return None


def _is_own(info: os.stat_result, kind: int) -> bool:
    """Tell whether a file is of a kind, the user's, and closed to all others."""
    return stat.S_IFMT(info.st_mode) == kind and info.st_uid == os.geteuid() and not info.st_mode & _OTHERS


def _read(descriptor: int) -> bytes:
    """Return what a file holds that is the user's own, else nothing."""
    info = os.fstat(descriptor)
    if not _is_own(info, stat.S_IFREG) or info.st_size > _LIMIT:
        return b""
    return os.read(descriptor, info.st_size)


def _content(line: bytes, data: bytes) -> bytes | None:
    """Return the content of a sound entry."""
    start = len(line) + _CHECKSUM
    content = data[start:]
    sound = data.startswith(line) and data[len(line) : start] == _checksum(line, content)
    return content if sound else None


def _line(key: str) -> bytes:
    return key.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b"\n"


def _name(line: bytes) -> str:
    return hex_digest(line)


def _checksum(line: bytes, content: bytes) -> bytes:
    # Not SHA-1: for the code of a large package that would take the import of hashlib, and as long again.
    return b"%08x\n" % zlib.crc32(content, zlib.crc32(line))
