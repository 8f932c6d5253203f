"""Sandboxed loads: first with the code that a source needs, then with all of its commit if that was not enough.

>>> closed_folders("/srv/repo", None)
('/srv/repo',)
"""

from __future__ import annotations

import os
import threading
from typing import Any

import attrs

from zenml_pin.errors import PinError, UnsupportedError
from zenml_pin.git.repository import GitRepository
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.needed_code import pack_needed, pack_whole
from zenml_pin.isolation.outcomes import FAILED, REFUSED
from zenml_pin.isolation.parent import Request, run_trial
from zenml_pin.isolation.trial import StandingWalls, Trial
from zenml_pin.isolation.walls import MODES, OFF, REQUIRE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.source import Source

_HINT = "use --sandbox=auto to use the walls that there are; 'zenml-pin doctor' lists them"


def try_source(
    source: Source,
    repository: AnyRepository,
    limits: TrialLimits,
    *,
    mode: str,
    wants_facts: bool = False,
    env_pass: tuple[str, ...] = (),
    stop: threading.Event | None = None,
    tester: dict[str, Any] | None = None,
) -> Trial:
    """Load a class in a separate process, behind the walls that this machine has.

    Args:
        source: The source, pinned to a commit.
        repository: The repository with its commit.
        limits: Time and memory.
        mode: "auto" uses the walls that this machine has, "require" refuses to load if one is missing.
        wants_facts: Also return facts about the class, and the output of the code.
        env_pass: Names of environment variables that the code gets.
        stop: Ends the trial when it is set.
        tester: Code of the user that judges the class; see `judging`.

    Raises:
        UnsupportedError: The mode is not known, or a wall is required and missing.
    """
    check_mode(mode)
    request = Request(
        str(source),
        _folder_of(repository),
        closed_of(repository),
        mode,
        wants_facts=wants_facts,
        env_pass=env_pass,
        tester=tester,
    )
    try:
        trial = run_trial(attrs.evolve(request, bundle=pack_needed(source, repository)), limits, stop)
        if trial.needs_more:
            trial = run_trial(attrs.evolve(request, bundle=pack_whole(source, repository)), limits, stop)
    except PinError as error:
        return Trial(FAILED, error.message)
    if trial.outcome == REFUSED and trial.walls is not None:
        require_walls(mode, trial.walls)
    return trial


def check_mode(mode: str) -> None:
    """Check the mode of a sandbox.

    Raises:
        UnsupportedError: The mode is not known.
    """
    if mode not in MODES or mode == OFF:
        raise UnsupportedError(f"'{mode}' is not a mode of the sandbox", "use 'auto' or 'require'")


def require_walls(mode: str, walls: StandingWalls) -> None:
    """Check that no wall is missing if the mode is "require".

    Raises:
        UnsupportedError: A wall is required and missing, or the mode is not known.
    """
    check_mode(mode)
    if mode == REQUIRE and not walls.are_complete:
        raise UnsupportedError(f"the sandbox is not complete: {walls.text}", _HINT)


def closed_of(repository: AnyRepository) -> tuple[str, ...]:
    """Return the folders that a trial may not read."""
    if not isinstance(repository, GitRepository):
        return tuple(folder for folder in [repository.worktree] if folder)
    layout = repository.layout
    return closed_folders(repository.root, layout.worktree, layout.gitdir, layout.commondir)


def closed_folders(*folders: str | None) -> tuple[str, ...]:
    """Return each folder once, without empty ones."""
    return tuple(dict.fromkeys(folder for folder in folders if folder))


def _folder_of(repository: AnyRepository) -> str:
    return repository.root if os.path.isdir(repository.root) else os.path.abspath(os.sep)
