"""Namespaces of the kernel: separate users, processes, network, queues and mounts, where the system allows them.

They are made through ctypes, because `os.unshare` came with Python 3.12. A namespace that is refused is a missing wall,
with its reason; nothing fails.

Sources: user_namespaces(7), pid_namespaces(7), mount_namespaces(7), mount_setattr(2).
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Collection

from zenml_pin.isolation.syscalls import checked, libc, system_call

_USER = 0x10000000
# By wall.
_OTHERS = {"processes": 0x20000000, "network": 0x40000000, "ipc": 0x08000000, "mounts": 0x00020000}
_RECURSIVE, _PRIVATE = 1 << 14, 1 << 18
_NO_SUID, _NO_DEVICES, _NO_EXEC = 1 << 1, 1 << 2, 1 << 3
_AT_CWD, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY = 1
LEFT_OUT = "left out"
# The smallest number that the kernel accepts.
MOST_PROCESSES = 301


def unshare(left_out: Collection[str] = ()) -> dict[str, str]:
    """Leave the namespaces of the parent; return why a namespace was refused, by wall.

    Later children, not this process, are in the new process namespace. This process must have one thread.

    Args:
        left_out: Walls that are not wanted; without "user" the others are impossible.
    """
    if "user" in left_out:
        return dict.fromkeys(("user", *_OTHERS), LEFT_OUT)
    uid, gid = os.geteuid(), os.getegid()
    try:
        checked(libc().unshare(_USER))
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    except OSError as error:
        reason = f"user namespaces are refused: {error.strerror}"
        return dict.fromkeys(("user", *_OTHERS), reason)
    refused = {wall: LEFT_OUT for wall in _OTHERS if wall in left_out}
    for wall, flag in _OTHERS.items():
        if wall in left_out:
            continue
        try:
            checked(libc().unshare(flag))
        except OSError as error:
            refused[wall] = str(error.strerror)
    return refused


def arrange_mounts(folder: str, megabytes: int) -> None:
    """Make every file system read-only for this process and its children, except a private folder and /dev/shm.

    Args:
        folder: The private folder; it becomes a separate file system in memory.
        megabytes: The size of that file system.

    Raises:
        OSError: The kernel refuses.
    """
    _mount(None, "/", None, _RECURSIVE | _PRIVATE, None)
    wanted = struct.pack("<QQQQ", _READ_ONLY, 0, 0, 0)
    system_call("mount_setattr", _AT_CWD, b"/", _AT_RECURSIVE, wanted, len(wanted))
    size = f"size={megabytes}m,nr_inodes=100000,mode=0700"
    _mount("tmpfs", folder, "tmpfs", _NO_SUID | _NO_DEVICES, size)


def private_memory_files(megabytes: int) -> bool:
    """Put an empty file system at /dev/shm; tell whether this is allowed."""
    try:
        _mount(
            "tmpfs", "/dev/shm", "tmpfs", _NO_SUID | _NO_DEVICES | _NO_EXEC, f"size={megabytes}m,mode=1777"
        )
    except OSError:
        return False
    return True


def private_processes() -> bool:
    """Show only the processes of this namespace in /proc; tell whether this is allowed."""
    try:
        _mount("proc", "/proc", "proc", _NO_SUID | _NO_DEVICES | _NO_EXEC, None)
    except OSError:
        return False
    return True


def limit_processes() -> bool:
    """Allow a few hundred processes in this namespace, for root too; kernels before 6.14 cannot."""
    try:
        _write("/proc/sys/kernel/pid_max", str(MOST_PROCESSES))
    except OSError:
        return False
    return True


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind, options)]
    checked(libc().mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]))


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
