"""Outcomes: how a trial can end."""

from __future__ import annotations

# The class is there, its code raised, or its process was ended by a limit or by itself.
LOADED, FAILED, STOPPED = "loaded", "failed", "stopped"
# Only inside this room: the code got no more memory; a wall is missing, so that the code was not run.
OUT_OF_MEMORY, REFUSED = "memory", "refused"
LONGEST_MESSAGE = 500
