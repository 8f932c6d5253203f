"""Trials: a class is loaded in a separate process, with limits, so that old code cannot harm the audit.

By default the process is behind the walls of `zenml_pin.isolation`; without them the code has all rights of the user.
"""

from __future__ import annotations

import threading

import attrs

from zenml_pin.audit.pin_report import LoadReport
from zenml_pin.isolation.limits import TrialLimits as TrialLimits
from zenml_pin.isolation.parent import MARK as MARK, Request, run_trial
from zenml_pin.isolation.walls import AUTO, OFF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.isolation.trial import Trial


@attrs.frozen
class TrialOptions:
    """The options for the trials of an audit.

    Attributes:
        limits: Time and memory of each trial.
        sandbox: "auto", "require" or "off"; "off" is without walls.
        env_pass: Names of environment variables that the code gets behind walls.
    """

    limits: TrialLimits
    sandbox: str = AUTO
    env_pass: tuple[str, ...] = ()


def describe_walls(sandbox: str) -> str:
    """Return the walls that trials have on this machine, in one line.

    Raises:
        UnsupportedError: The mode is not known, or a wall is required and missing.
    """
    if sandbox == OFF:
        return "off: code that is loaded has all rights of the user"
    from zenml_pin.isolation.sandboxed import require_walls
    from zenml_pin.isolation.walls_here import standing_walls

    walls = standing_walls()
    require_walls(sandbox, walls)
    return walls.text


def try_load(
    source: str,
    root: str,
    limits: TrialLimits,
    stop: threading.Event | None = None,
    sandbox: str = OFF,
    env_pass: tuple[str, ...] = (),
) -> LoadReport:
    """Load a class in a separate process, and return how that ended. A limit or `stop` can end it early.

    Args:
        source: The source, pinned to a commit.
        root: The repository.
        limits: Time and memory.
        stop: Ends the trial when it is set.
        sandbox: "auto", "require" or "off"; "off" is without walls.
        env_pass: Names of environment variables that the code gets behind walls.

    Raises:
        UnsupportedError: A wall is required and missing.
    """
    if sandbox == OFF:
        return _report(run_trial(Request(source, root, mode=OFF), limits, stop))
    from zenml_pin.isolation.sandboxed import try_source
    from zenml_pin.pins.lookup import get_repository
    from zenml_pin.source import Source

    trial = try_source(
        Source.parse(source), get_repository(root), limits, mode=sandbox, env_pass=env_pass, stop=stop
    )
    return _report(trial)


def _report(trial: Trial) -> LoadReport:
    return LoadReport(trial.outcome, trial.message, trial.seconds, trial.events)
