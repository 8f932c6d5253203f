"""Capabilities: the parts of root's power. A trial has none, and no program that it runs gains any.

Sources: capabilities(7).
"""

from __future__ import annotations

import ctypes
import os

from zenml_pin.isolation.syscalls import checked, libc, prctl

_BOUNDING_SET_DROP, _AMBIENT, _CLEAR_ALL, _NO_NEW_PRIVS = 24, 47, 4, 38
_VERSION_3 = 0x20080522


def drop() -> None:
    """Give up all capabilities, for good.

    Raises:
        OSError: The kernel refuses.
    """
    prctl(_NO_NEW_PRIVS, 1)
    prctl(_AMBIENT, _CLEAR_ALL)
    if os.geteuid() == 0:
        _empty_bounding_set()
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    checked(libc().capset(header, nothing))


def _empty_bounding_set() -> None:
    """Let no program that root runs have capabilities; where this is refused, no_new_privs has the same effect."""
    for capability in range(64):
        try:
            prctl(_BOUNDING_SET_DROP, capability)
        except OSError:
            return
