"""Walls here: which walls this machine has; a trial without code puts them up once to find out."""

from __future__ import annotations

import os
from functools import cache

from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.parent import Request, run_trial
from zenml_pin.isolation.trial import StandingWalls

_LIMITS = TrialLimits(seconds=20, megabytes=512)


@cache
def standing_walls() -> StandingWalls:
    """Return the walls that a trial has on this machine; tried once a process. No code of a repository runs."""
    try:
        trial = run_trial(Request(None, os.path.abspath(os.sep)), _LIMITS)
    except OSError as error:
        # A browser has no processes.
        return StandingWalls(missing={"files": f"no trial could be started: {error}"})
    return trial.walls or StandingWalls(missing={"files": f"no trial could be started: {trial.message}"})
