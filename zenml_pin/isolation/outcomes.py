"""Outcomes: how a trial can end."""

from __future__ import annotations

# The class was loaded; its code raised; or a limit, or the process itself, ended the process.
LOADED, FAILED, STOPPED = "loaded", "failed", "stopped"
# Inside this room only: the code got no more memory; or a wall is missing, so that the code did not run.
OUT_OF_MEMORY, REFUSED = "memory", "refused"
# What stopped it.
TIMED_OUT, KILLED, MEMORY = "timed out", "killed", "out of memory"
LONGEST_MESSAGE = 500
