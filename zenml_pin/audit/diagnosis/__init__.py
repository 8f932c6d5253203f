"""Diagnosis: `doctor`, what this repository, interpreter and environment can and cannot do, as a checklist.

>>> diagnosis = doctor()
>>> diagnosis.checks[0].name
'Python'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zenml_pin.audit.diagnosis import environment, interpreter, repository, workspace
from zenml_pin.audit.diagnosis.checklist import Check, Diagnosis, Outcome
from zenml_pin.errors import NotARepositoryError, PinError
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.lookup import get_repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.pins.lookup import Repo

__all__ = ["Check", "Diagnosis", "Outcome", "doctor"]

_LOOK = "'git fsck' and 'git config --list' show what is wrong"


def doctor(*, repo: Repo = None) -> Diagnosis:
    """Return what works here and what does not, with the remedy of each. Writes nothing, runs nothing.

    Args:
        repo: The repository; else the one at or above the current folder. That there is none is a finding too.
    """
    checks = [*interpreter.checks()]
    found, said = _find(repo)
    checks.append(said)
    if found is not None:
        for part in (repository.checks, workspace.checks):
            checks += _guarded(part, found)
    return Diagnosis((*checks, *environment.checks()))


def _find(repo: Repo) -> tuple[GitRepository | None, Check]:
    try:
        found = get_repository(repo)
    except NotARepositoryError as error:
        hint = "make one with 'git init', or name one with -C DIR"
        return None, Check("repository", "repository", Outcome.PROBLEM, error.message, hint)
    except PinError as error:
        return None, Check("repository", "repository", Outcome.PROBLEM, error.message, error.hint or _LOOK)
    if not isinstance(found, GitRepository):
        said_of = f"{found.root}: pins load from it, and nothing else of it can be looked at"
        return None, Check("repository", "repository", Outcome.OK, said_of)
    layout = found.layout
    kind = (
        "bare"
        if layout.worktree is None
        else "linked worktree"
        if layout.gitdir != layout.commondir
        else "worktree"
    )
    said = f"{found.root} ({kind}, {layout.object_format}, refs in {layout.ref_storage})"
    return found, Check("repository", "repository", Outcome.OK, said)


def _guarded(part: Callable[[GitRepository], Iterator[Check]], found: GitRepository) -> Iterator[Check]:
    """Yield a part's checks; what it could not look at is a problem, and does not hide the other parts."""
    try:
        yield from part(found)
    except PinError as error:
        area = part.__module__.rpartition(".")[2]
        yield Check(area, "reading it", Outcome.PROBLEM, error.message, error.hint or _LOOK)
