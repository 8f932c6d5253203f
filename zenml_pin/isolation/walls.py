"""Walls: what keeps a trial away from the rest of the machine, by name, and what each of them is for.

>>> describe(("files", "seccomp"), {}, 7).partition(";")[0]
'files (Landlock ABI 7), seccomp'
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# In the order in which a report names them.
WALLS = {
    "files": "Landlock: reads Python, system libraries and nothing else; writes below a private folder alone",
    "tcp": "Landlock: no TCP connection and no TCP server",
    "signals": "Landlock: no signal to a process outside, no abstract UNIX socket of one outside",
    "seccomp": "a filter of system calls: no sockets, no ptrace, no io_uring, no namespaces, no mounts, no keys",
    "privileges": "no capabilities, and no program that runs gains any",
    "user": "a user namespace: no rights over what belongs to the system",
    "processes": "a process namespace: it neither sees nor reaches other processes, and all of it ends at once",
    "network": "a network namespace: no interface at all",
    "ipc": "a namespace for System V and POSIX queues, semaphores and shared memory",
    "mounts": "a mount namespace: every file system is read-only, with private /proc, /dev/shm and folder",
}

# The newest version of Landlock whose rights are known here.
NEWEST_ABI = 7
AUTO, REQUIRE, OFF = "auto", "require", "off"
MODES = (AUTO, REQUIRE, OFF)


def describe(standing: Iterable[str], missing: Mapping[str, str], abi: int) -> str:
    """Return which walls there are and which are missing, with the reason of each, in one line.

    Args:
        standing: Names of walls.
        missing: Why a wall is missing, by name.
        abi: The version of Landlock that the kernel has; 0 for none.
    """
    names = [f"{name} (Landlock ABI {abi})" if name == "files" else name for name in standing]
    said = ", ".join(names) or "no walls"
    if not missing:
        return said
    return f"{said}; missing: " + ", ".join(f"{name} ({reason})" for name, reason in missing.items())
