"""Readable: the files that a trial may read, run and write, each with its reason. All others are refused.

A *grant* is a path with everything below it. The repository is never granted, wherever it is: if a granted folder
contains it, the other parts of the folder are granted one by one. A home folder is not granted either, but Python may
be below one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Grant(NamedTuple):
    """What a trial may do with a path and everything below it.

    Attributes:
        path: The path, without links.
        kind: "read", "run" (read, and start programs), "device" (read and write existing files) or "write"
            (everything).
        reason: Why it is needed.
    """

    path: str
    kind: str
    reason: str


_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
SYSTEM = (
    *(
        Grant(path, "run", "programs and shared libraries of the system")
        for path in ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/gnu/store")
    ),
    Grant("/etc/ld.so.cache", "read", "where shared libraries are"),
    Grant("/etc/ld.so.conf", "read", "where shared libraries are"),
    Grant("/etc/ld.so.conf.d", "read", "where shared libraries are"),
    Grant("/etc/ld.so.preload", "read", "which shared libraries each program loads"),
    Grant("/etc/localtime", "read", "the time zone"),
    Grant("/etc/timezone", "read", "the time zone"),
    Grant("/etc/locale.alias", "read", "names of languages"),
    Grant("/etc/passwd", "read", "names of users, for `getpass` and `os.path.expanduser`"),
    Grant("/etc/group", "read", "names of groups"),
    Grant("/etc/nsswitch.conf", "read", "how the C library looks up names"),
    Grant("/etc/os-release", "read", "the system's name, for `platform`"),
    Grant("/etc/lsb-release", "read", "the system's name, for `platform`"),
    Grant("/etc/mime.types", "read", "file types, for `mimetypes`"),
    Grant("/etc/fonts", "read", "fonts, for libraries that draw"),
    Grant("/etc/ssl/certs", "read", "certificates, which some libraries read when they are imported"),
    Grant("/etc/ssl/openssl.cnf", "read", "settings that OpenSSL reads when `ssl` is imported"),
    Grant("/etc/pki/tls/certs", "read", "certificates"),
    Grant("/etc/pki/tls/openssl.cnf", "read", "settings that OpenSSL reads when `ssl` is imported"),
    Grant("/etc/crypto-policies", "read", "settings that OpenSSL reads when `ssl` is imported"),
    Grant("/etc/python3", "read", "settings of the system's Python"),
    Grant(f"/etc/python{_VERSION}", "read", "settings of the system's Python"),
    Grant("/dev/null", "device", "nothing"),
    Grant("/dev/zero", "device", "zeros"),
    Grant("/dev/full", "device", "a file that is full"),
    Grant("/dev/random", "device", "random numbers"),
    Grant("/dev/urandom", "device", "random numbers"),
    Grant("/sys/devices/system/cpu", "read", "processors, which NumPy, OpenBLAS and torch count"),
    Grant("/sys/devices/system/node", "read", "memory by processor, which OpenBLAS and torch look up"),
    Grant("/sys/kernel/mm/transparent_hugepage", "read", "page sizes, which allocators look up"),
    Grant("/sys/kernel/mm/hugepages", "read", "page sizes, which allocators look up"),
    Grant(
        "/sys/fs/cgroup", "read", "how many processors a container may use, which joblib and torch look up"
    ),
)
PROCESSES = Grant("/proc", "read", "its own processes: there are no others")
# Where /proc shows other processes too.
_OF_PROC = (
    ("self", "its own process"),
    ("cpuinfo", "processors, which NumPy and torch look up"),
    ("meminfo", "memory, which libraries look up"),
    ("stat", "processors, which `os.cpu_count` and OpenBLAS count"),
    ("version", "the kernel's version"),
    ("filesystems", "kinds of file systems, which SELinux's library reads"),
    ("loadavg", "how busy the machine is"),
    ("uptime", "how long the machine has run"),
    ("sys", "settings of the kernel, such as how many maps a process may have"),
)
MEMORY_FILES = Grant("/dev/shm", "write", "semaphores and shared memory of its own")


def grants(
    path: Sequence[str],
    repositories: Sequence[str],
    homes: Sequence[str],
    private: str,
    own: Sequence[str] = (),
    *,
    has_own_proc: bool = False,
    has_own_memory_files: bool = False,
) -> list[Grant]:
    """Return the grants of a trial.

    Args:
        path: The import path.
        repositories: Folders that the trial may not read, except Python's own files in them.
        homes: Home folders: an entry of the import path may be below one, but a whole home is not granted.
        private: The private folder.
        own: Folders that this package itself needs.
        has_own_proc: /proc shows the trial's own processes only.
        has_own_memory_files: /dev/shm is the trial's own.
    """
    python = _python()
    granted = [piece for grant in SYSTEM for piece in _around(grant, repositories)]
    granted += [piece for folder in python for piece in _prefix(folder, repositories, homes)]
    for entry in map(os.path.realpath, path):
        if not any(_is_below(entry, folder) for folder in python):
            granted += _entry(entry, repositories, homes)
    granted += [Grant(folder, "read", "this package") for folder in own]
    granted += (
        [PROCESSES] if has_own_proc else [Grant(f"/proc/{name}", "read", reason) for name, reason in _OF_PROC]
    )
    granted += [MEMORY_FILES] if has_own_memory_files else []
    granted.append(Grant(private, "write", "the private folder"))
    resolved = [Grant(os.path.realpath(grant.path), grant.kind, grant.reason) for grant in granted]
    return list(dict.fromkeys(resolved))


def _python() -> list[str]:
    """Return the folders of this Python: of the environment, and of the Python from which it was made."""
    folders = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    return list(dict.fromkeys(map(os.path.realpath, folders)))


def _prefix(folder: str, repositories: Sequence[str], homes: Sequence[str]) -> Iterator[Grant]:
    """Yield a folder of Python, or only Python's part of it if a repository or a home is in it."""
    whole = Grant(folder, "run", "Python and its libraries")
    if not any(_is_below(closed, folder) for closed in (*repositories, *homes)):
        yield whole
        return
    parts = ("bin", "include", "pyvenv.cfg", f"lib/python{_VERSION}", f"lib64/python{_VERSION}")
    for name in parts:
        part = whole._replace(path=os.path.join(folder, name))
        if any(_is_below(folder, repository) for repository in repositories):
            yield part
        else:
            yield from _around(part, repositories)


def _entry(entry: str, repositories: Sequence[str], homes: Sequence[str]) -> Iterator[Grant]:
    """Yield an entry of the import path, or only the modules in it if a repository or a home is in it.

    Yield nothing for an entry in the repository: a pin does not need modules of the working tree.
    """
    if any(_is_below(entry, folder) for folder in repositories):
        return
    grant = Grant(entry, "read", "the import path")
    if not any(_is_below(folder, entry) for folder in (*repositories, *homes)):
        yield grant
        return
    for child in _children(entry):
        if child.endswith((".py", ".so", ".pyc")) or os.path.isfile(os.path.join(child, "__init__.py")):
            yield from _around(grant._replace(path=child), repositories)


def open_entries(path: Iterable[str], repositories: Sequence[str]) -> list[str]:
    """Return the entries of an import path outside the repository, because libraries list all of them."""
    python = _python()
    return [
        entry
        for entry in path
        if any(_is_below(os.path.realpath(entry), folder) for folder in python)
        or not any(_is_below(os.path.realpath(entry), folder) for folder in repositories)
    ]


def partial_entries(path: Iterable[str], repositories: Sequence[str], homes: Sequence[str]) -> list[str]:
    """Return the entries of an import path where only modules are readable: the folder itself cannot be listed."""
    closed = (*repositories, *homes)
    return [entry for entry in path if any(_is_below(folder, os.path.realpath(entry)) for folder in closed)]


def _around(grant: Grant, closed: Collection[str]) -> Iterator[Grant]:
    """Yield a grant, or the rest of it if closed folders are in it."""
    path = os.path.realpath(grant.path)
    if any(_is_below(path, folder) for folder in closed):
        return
    if not any(_is_below(folder, path) for folder in closed):
        yield grant
        return
    for child in _children(path):
        yield from _around(grant._replace(path=child), closed)


def _children(folder: str) -> list[str]:
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder))
    except OSError:
        return []


def _is_below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder, or below the folder; both without links."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


class Allowed:
    """The files that grants allow, as the kernel decides it: for messages, not as a wall."""

    def __init__(self, granted: Iterable[Grant]) -> None:
        all_grants = list(granted)
        readable = [grant.path for grant in all_grants]
        self._read = frozenset(readable), tuple(f"{path}/" for path in readable)
        writable = [grant.path for grant in all_grants if grant.kind in ("write", "device")]
        self._write = frozenset(writable), tuple(f"{path}/" for path in writable)
        # Not the private folder: a link in it may point anywhere.
        fixed = [grant.path for grant in all_grants if grant.kind not in ("write", "device")]
        self._unreported = tuple(f"{path}/" for path in fixed if not path.startswith("/proc"))

    def is_library(self, path: str) -> bool:
        """Tell quickly whether a path is certainly readable, and not worth a report."""
        return path.startswith(self._unreported) and "/../" not in path

    def can_read(self, path: str) -> bool:
        """Tell whether a path, without links, may be read."""
        return path in self._read[0] or path.startswith(self._read[1])

    def can_write(self, path: str) -> bool:
        """Tell whether a path, without links, may be written."""
        return path in self._write[0] or path.startswith(self._write[1])
