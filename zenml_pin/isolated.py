"""Isolated loads: a class is loaded in another process, behind walls, and what comes back are facts about it.

    trial = zenml_pin.isolated.load("trainers.step.MyTrainer@<commit id>")
    trial.outcome                   "loaded", "failed" or "stopped"
    trial.facts["members"]          names, kinds, signatures and documentation
    trial.denied                    what the code tried to do and was denied

For code that may mean harm. No object of it reaches this process, and nothing is unpickled.
"""

from __future__ import annotations

from zenml_pin.errors import UnpinnedError
from zenml_pin.isolation.limits import TrialLimits as TrialLimits
from zenml_pin.isolation.sandboxed import try_source
from zenml_pin.isolation.trial import StandingWalls as StandingWalls, Trial as Trial, TrialEvent as TrialEvent
from zenml_pin.isolation.walls_here import standing_walls as standing_walls
from zenml_pin.pins.lookup import get_repository
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
    """Load a class in another process, behind the walls that this machine has, and return facts about it.

    The code may read Python, its libraries and the system's, and write below a folder of its own; no network, no
    other processes, no home folder, and not the repository: it gets the code of its commit in memory. What the code
    says of itself, it can forge: the facts, what it printed, and events that are not proven.

    Args:
        source: The source, pinned to a commit, or its text.
        repo: The repository, a URL or a bundle; else the repository at or above the current folder.
        sandbox: "auto" uses the walls that there are, "require" refuses to load where one is missing.
        limits: Time and memory.
        env_pass: Names of environment variables that the code gets besides what Python needs.

    Raises:
        UnpinnedError: The source is not pinned to a commit.
        NotARepositoryError: There is no repository.
        UnsupportedError: A wall is required and missing.
    """
    parsed = source if isinstance(source, Source) else Source.parse(source)
    if parsed.commit_id is None:
        raise UnpinnedError(f"'{parsed}' is not pinned to a commit", "pin it with 'zenml-pin pin'")
    options = limits or TrialLimits()
    return try_source(
        parsed, get_repository(repo), options, mode=sandbox, wants_facts=True, env_pass=tuple(env_pass)
    )
