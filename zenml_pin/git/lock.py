"""The lock of all packs: held while one is opened, read or closed, for dulwich's are not made for threads."""

from __future__ import annotations

from _thread import RLock  # as in zenml_pin.locks

from zenml_pin.locks import hold_at_fork

LOCK = RLock()
hold_at_fork(LOCK)
