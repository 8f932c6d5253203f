"""The lock of all packs: held while one is opened, read or closed, for dulwich's are not made for threads."""

from __future__ import annotations

import os
from threading import RLock

LOCK = RLock()
# A child has only the thread that forked: a lock that another held would never be let go there.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)
