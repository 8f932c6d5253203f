"""The walls that the process puts up around itself before it runs the code, as far as this machine allows.

    before      namespaces and mounts, by the processes from which it was forked
    here        capabilities, Landlock, seccomp

The order matters: mounts need rights that the later walls remove, and seccomp must know which walls exist. All of this
must run before a second thread starts: most of these calls affect one thread only.
"""

from __future__ import annotations

import os

from zenml_pin.isolation import capabilities, landlock, seccomp
from zenml_pin.isolation.namespaces import LEFT_OUT
from zenml_pin.isolation.readable import Grant
from zenml_pin.isolation.walls import WALLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence


class Walls:
    """The walls around this process.

    Args:
        granted: Paths that may be read and written.
        missing: Why a wall is missing, by name.
        left_out: Walls that are not wanted.
        newest_abi: The newest version of Landlock that is used.

    Attributes:
        missing: The same, with the walls that could not be put up here.
        abi: The version of Landlock that the kernel has; 0 for none.
        listener: The descriptor on which the kernel asks the supervisor about refused system calls, or None.
    """

    def __init__(
        self, granted: Sequence[Grant], missing: dict[str, str], left_out: Collection[str], newest_abi: int
    ) -> None:
        self.missing = missing
        self.abi = min(landlock.abi(), newest_abi)
        self._left_out = left_out
        self.listener: int | None = None
        self._granted = granted
        self._try("privileges", capabilities.drop)
        self._enter_landlock()
        self._try("seccomp", self._enter_seccomp)

    @property
    def standing(self) -> list[str]:
        """Names of the walls that exist."""
        return [name for name in WALLS if name not in self.missing]

    def _enter_landlock(self) -> None:
        if self.abi:
            self._try("files", lambda: landlock.enter(self._granted, self.abi))
        else:
            self.missing["files"] = "this kernel has no Landlock, or does not allow it"
        for wall, since in (("tcp", landlock.TCP_SINCE), ("signals", landlock.SCOPES_SINCE)):
            if "files" in self.missing:
                self.missing[wall] = self.missing["files"]
            elif self.abi < since:
                self.missing[wall] = f"it needs Landlock ABI {since}"

    def _enter_seccomp(self) -> None:
        # `standing` already includes seccomp itself.
        self.listener = seccomp.enter(self.standing, os.getpid())

    def _try(self, wall: str, enter: Callable[[], None]) -> None:
        if wall in self._left_out:
            self.missing[wall] = LEFT_OUT
            return
        try:
            enter()
        except OSError as error:
            self.missing[wall] = str(error.strerror)
