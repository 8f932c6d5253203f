"""Landlock: a process gives up rights over files, TCP, signals and abstract sockets, for itself and its children.

Everything that is not granted is refused, for every user, also root. Each version of the kernel's interface (ABI) can
refuse more; only rights that the version knows are used. Rights that are not about files have no exceptions here.

Sources: landlock(7), the kernel's include/uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import stat

from zenml_pin.isolation.syscalls import prctl, system_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.isolation.readable import Grant

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# Everything that an ABI can refuse, by the ABI that brought it: 13 rights, then REFER, TRUNCATE and IOCTL_DEV.
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
# The rights over a file that is not a folder.
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
TCP, SCOPES = 0b11, 0b11
TCP_SINCE, SCOPES_SINCE = 4, 6
_VERSION, _PATH_BENEATH, _NO_NEW_PRIVS = 1, 1, 38
_DEVICES = 1 << 6 | 1 << 11


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi() -> int:
    """Return the version of Landlock that this kernel has; 0 if it has none, or does not allow it."""
    try:
        return system_call("landlock_create_ruleset", None, 0, _VERSION)
    except OSError:
        return 0


def rights(kind: str, version: int) -> int:
    """Return the rights of a kind of grant: "read", "run", "device" or "write"."""
    every = sum(bits for since, bits in _FILES.items() if since <= version)
    return {
        "read": READ_FILE | READ_DIR,
        "run": READ_FILE | READ_DIR | EXECUTE,
        "device": READ_FILE | WRITE_FILE | TRUNCATE,
        # A process that can make a device file can read every disk.
        "write": every & ~_DEVICES,
    }[kind] & every


def enter(grants: Iterable[Grant], version: int) -> None:
    """Give up every right that is not granted, for good.

    Raises:
        OSError: The kernel refuses.
    """
    size = 8 if version < TCP_SINCE else 16 if version < SCOPES_SINCE else 24
    rules = _Ruleset(
        sum(bits for since, bits in _FILES.items() if since <= version),
        TCP if version >= TCP_SINCE else 0,
        SCOPES if version >= SCOPES_SINCE else 0,
    )
    ruleset = system_call("landlock_create_ruleset", ctypes.byref(rules), size, 0)
    try:
        for grant in grants:
            _allow(ruleset, grant.path, rights(grant.kind, version))
        prctl(_NO_NEW_PRIVS, 1)
        system_call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, allowed: int) -> None:
    """Grant rights over a path and everything below it; do nothing if it does not exist."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            allowed &= _OF_FILES
        if allowed:
            rule = _Beneath(allowed, opened)
            system_call("landlock_add_rule", ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(opened)
