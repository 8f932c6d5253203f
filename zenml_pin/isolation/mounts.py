"""Mounts: the file systems that the first process of a namespace arranges for the later ones."""

from __future__ import annotations

from zenml_pin.isolation import namespaces


class Mounts:
    """Read-only file systems, with a private folder, /dev/shm and /proc, as far as this machine allows that.

    Args:
        private: The private folder.
        megabytes: The size of it, and of /dev/shm.
        missing: Why a wall is missing, by name; the reason for this one is added.

    Attributes:
        missing: The same.
        has_own_memory_files: /dev/shm is the trial's own.
        has_own_proc: /proc shows the trial's own processes only.
        is_counted: The number of processes is limited, for root too.
    """

    def __init__(self, private: str, megabytes: int, missing: dict[str, str]) -> None:
        self.missing = missing
        self.has_own_memory_files = self.has_own_proc = self.is_counted = False
        if "mounts" in missing:
            return
        try:
            namespaces.arrange_mounts(private, megabytes)
        except OSError as error:
            missing["mounts"] = str(error.strerror)
            return
        self.has_own_memory_files = namespaces.private_memory_files(megabytes)
        if "processes" not in missing:
            self.has_own_proc = namespaces.private_processes()
            self.is_counted = self.has_own_proc and namespaces.limit_processes()
