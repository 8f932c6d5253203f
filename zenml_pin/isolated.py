"""Isolated loads: a class or function is loaded in another process, behind walls, and the caller gets facts about it.

    trial = zenml_pin.isolated.load("trainers.step.MyTrainer@<commit id>")
    trial.outcome                   "loaded", "failed" or "stopped"
    trial.facts["members"]          names, kinds, signatures and documentation
    trial.denied                    what the code tried to do, but was not allowed to do
    trial.alarms                    the same, without what libraries try only to find out whether it works

This is for code that may be harmful. None of its objects reaches this process, and nothing is unpickled.
"""

from __future__ import annotations

from zenml_pin.errors import UnpinnedError
from zenml_pin.isolation.limits import TrialLimits as TrialLimits
from zenml_pin.isolation.sandboxed import try_source
from zenml_pin.isolation.trial import StandingWalls as StandingWalls, Trial as Trial, TrialEvent as TrialEvent
from zenml_pin.isolation.walls_here import standing_walls as standing_walls
from zenml_pin.pins.choosing_roots import with_roots
from zenml_pin.pins.lookup import get_repository, read_source
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from zenml_pin.pins.lookup import Repo


def load(
    source: Source | str,
    *,
    repo: Repo = None,
    sandbox: str = "auto",
    limits: TrialLimits | None = None,
    env_pass: Iterable[str] = (),
) -> Trial:
    """Load a class or function in another process, behind the walls that this machine has, and return facts about it.

    The code may read Python, its libraries and the system's, and write below a private folder. It has no access to the
    network, other processes, home folders or the repository: it gets the code of its commit in memory. The code can
    forge what it says about itself: the facts, its output, and events that are not proven.

    Args:
        source: The source, pinned to a commit, or its text.
        repo: The repository, a URL or a bundle; else the repository at or above the current folder.
        sandbox: "auto" uses the walls that this machine has, "require" refuses to load if one is missing.
        limits: Time and memory.
        env_pass: Names of environment variables that the code gets, besides those that Python needs.

    Raises:
        UnpinnedError: The source is not pinned to a commit.
        NotARepositoryError: `repo`, or the current folder without it, is not in a git repository.
        UnsupportedError: A wall is required and missing.
    """
    parsed = read_source(source, repo)
    if parsed.commit_id is None:
        raise UnpinnedError(f"'{parsed}' is not pinned to a commit", "pin it with 'zenml-pin pin'")
    repository = get_repository(repo)
    parsed = with_roots(parsed, repository)
    options = limits or TrialLimits()
    return try_source(parsed, repository, options, mode=sandbox, wants_facts=True, env_pass=tuple(env_pass))
