"""Trials of code, for tests."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from tests.support.isolation.harm_targets import Targets
from tests.support.repositories import Repo, commit
from zenml_pin.git.repository import GitRepository
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.needed_code import pack_needed
from zenml_pin.isolation.parent import Request, run_trial
from zenml_pin.isolation.sandboxed import closed_of
from zenml_pin.isolation.trial import Trial
from zenml_pin.isolation.walls import NEWEST_ABI, WALLS
from zenml_pin.pins.lookup import get_repository
from zenml_pin.source import Source

QUICK = TrialLimits(seconds=20, megabytes=256)
CLASS = "\nclass Mine: pass\n"
NAMESPACES = ("user", "processes", "network", "ipc", "mounts")
ALL = tuple(WALLS)


def try_code(
    repo: Repo,
    code: str,
    *,
    mode: str = "auto",
    left_out: tuple[str, ...] = (),
    landlock_abi: int = NEWEST_ABI,
    limits: TrialLimits = QUICK,
    env_pass: tuple[str, ...] = (),
    beside: dict[str, Any] | None = None,
) -> Trial:
    """Load a class whose module holds some code, in a sandbox; its commit may have other files beside `trainers/`."""
    # The working tree stays as it is: a trial reads none of it.
    files = {**(beside or {}), "trainers": {"step.py": code + CLASS, **(beside or {}).get("trainers", {})}}
    head = commit(repo, files, checkout=False)
    source = Source.parse(f"trainers.step.Mine@{head}")
    repository = get_repository(repo.path)
    assert isinstance(repository, GitRepository)
    request = Request(
        str(source),
        repo.path,
        closed_of(repository),
        mode,
        pack_needed(source, repository),
        wants_facts=True,
        env_pass=env_pass,
        left_out=left_out,
        landlock_abi=landlock_abi,
    )
    return run_trial(request, limits)


def as_module(code: str, targets: Targets) -> str:
    """Return the code of a case as a module that prints whether it reached what it aims at."""
    names = "\n".join(f"{name} = {value!r}" for name, value in targets.names.items())
    return (
        f"import os\n{names}\ntry:\n{indent(code, '    ')}\n    print('REACHED', got)\n"
        "except BaseException as error:\n    print('STOPPED', type(error).__name__, error)\n"
    )
