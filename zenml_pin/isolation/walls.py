"""Walls: what separates a trial from the rest of the machine, by name, with the purpose of each.

>>> describe(("files", "seccomp"), {}, 7).partition(";")[0]
'files (Landlock ABI 7), seccomp'
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# In the order in which a report names them.
WALLS = {
    "files": "Landlock: reads Python and system libraries only; writes below a private folder only",
    "tcp": "Landlock: no TCP connection and no TCP server",
    "signals": "Landlock: no signal to a process outside, no abstract UNIX socket of such a process",
    "seccomp": "a filter of system calls: no sockets, no ptrace, no io_uring, no namespaces, no mounts, no keys",
    "privileges": "no capabilities, and no program that runs gains any",
    "user": "a user namespace: no rights over what belongs to the system",
    "processes": "a process namespace: other processes are invisible and out of reach; all of its own end together",
    "network": "a network namespace: no interface at all",
    "ipc": "a namespace for System V and POSIX queues, semaphores and shared memory",
    "mounts": "a mount namespace: every file system is read-only, with private /proc, /dev/shm and folder",
}

# The newest version of Landlock whose rights are known here.
NEWEST_ABI = 7
AUTO, REQUIRE, OFF = "auto", "require", "off"
MODES = (AUTO, REQUIRE, OFF)


def describe(standing: Iterable[str], missing: Mapping[str, str], abi: int) -> str:
    """Return the walls that exist and those that are missing, with the reason of each, in one line.

    Args:
        standing: Names of the walls that exist.
        missing: Why a wall is missing, by name.
        abi: The version of Landlock that the kernel has; 0 for none.
    """
    names = [f"{name} (Landlock ABI {abi})" if name == "files" else name for name in standing]
    present = ", ".join(names) or "no walls"
    if not missing:
        return present
    return f"{present}; missing: " + ", ".join(f"{name} ({reason})" for name, reason in missing.items())
