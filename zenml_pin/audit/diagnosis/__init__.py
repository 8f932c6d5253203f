"""Diagnosis: `doctor` checks what works with this repository, interpreter and environment, and returns a checklist.

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
    """Return what works here and what does not, with a remedy for each problem. Writes and runs nothing.

    Args:
        repo: The repository; by default the one at or above the current folder. A missing repository is a problem on
            the checklist, not an error.
    """
    checks = [*interpreter.checks()]
    git_repository, check = _find(repo)
    checks.append(check)
    if git_repository is not None:
        for part in (repository.checks, workspace.checks):
            checks += _guarded(part, git_repository)
    return Diagnosis((*checks, *environment.checks()))


def _find(repo: Repo) -> tuple[GitRepository | None, Check]:
    try:
        opened = get_repository(repo)
    except NotARepositoryError as error:
        hint = "make one with 'git init', or name one with -C DIR"
        return None, Check("repository", "repository", Outcome.PROBLEM, error.message, hint)
    except PinError as error:
        return None, Check("repository", "repository", Outcome.PROBLEM, error.message, error.hint or _LOOK)
    if not isinstance(opened, GitRepository):
        fact = f"{opened.root}: pins load from it; nothing else of it can be checked"
        return None, Check("repository", "repository", Outcome.OK, fact)
    layout = opened.layout
    kind = "worktree" if layout.gitdir == layout.commondir else "linked worktree"
    kind = "bare" if layout.worktree is None else kind
    fact = f"{opened.root} ({kind}, {layout.object_format}, refs in {layout.ref_storage})"
    return opened, Check("repository", "repository", Outcome.OK, fact)


def _guarded(part: Callable[[GitRepository], Iterator[Check]], opened: GitRepository) -> Iterator[Check]:
    """Yield a part's checks; if the part cannot be read, that is a problem, and the other parts still follow."""
    try:
        yield from part(opened)
    except PinError as error:
        area = part.__module__.rpartition(".")[2]
        yield Check(area, "reading it", Outcome.PROBLEM, error.message, error.hint or _LOOK)
