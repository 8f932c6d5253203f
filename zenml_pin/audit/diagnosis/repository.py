"""The repository: whether its history is complete, and which parts of it cannot be compared or loaded."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator

from zenml_pin.audit.diagnosis.checklist import Check, Outcome
from zenml_pin.base.text import count
from zenml_pin.errors import PinError
from zenml_pin.git.config import is_true
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import SUBMODULE
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.settings import repository_settings
from zenml_pin.git.storage import missing_alternates

_AREA = "repository"
_FILTER = re.compile(rb"(?:^|\s)filter=(\S+)", re.MULTILINE)


def checks(repository: GitRepository) -> Iterator[Check]:
    """Yield the checks of a repository."""
    tree = repository.find_head_tree()
    yield from _owner(repository)
    yield _head(repository, tree)
    yield _worktree(repository)
    yield _shallow(repository)
    yield _settings(repository)
    yield from _alternates(repository)
    yield from _replaced(repository)
    if tree is not None:
        yield _readable(tree)
        yield from _submodules(tree)
        yield from _filters(repository, tree)
    yield _git()


def _owner(repository: GitRepository) -> Iterator[Check]:
    """Look whether the repository is another user's: git refuses it then, and a load runs that user's code."""
    # A system without users, such as a browser, has no geteuid.
    if not hasattr(os, "geteuid"):
        return
    layout = repository.layout
    for path in dict.fromkeys([layout.root, layout.gitdir, layout.commondir]):
        owner = os.stat(path).st_uid
        if owner != os.geteuid():
            whose = f"'{path}' belongs to user {owner}, and this process runs as {os.geteuid()}"
            remedy = (
                "be sure whose code you load; for git: git config --global --add safe.directory "
                + shlex.quote(layout.root)
            )
            fact = f"{whose}: git refuses such a repository, zenml_pin reads it"
            yield Check(_AREA, "owner", Outcome.NOTE, fact, remedy)
            return


def _head(repository: GitRepository, tree: CommitTree | None) -> Check:
    if tree is None and repository.refs.branch() is None:
        fact = f"there is no HEAD in '{repository.root}' that can be read"
        return Check(_AREA, "HEAD", Outcome.PROBLEM, fact, "look at it with 'git status' and 'git fsck'")
    if tree is None:
        return Check(
            _AREA, "HEAD", Outcome.PROBLEM, "there is no commit yet", "commit, and classes can be pinned"
        )
    branch = repository.refs.branch()
    where = f"on {branch.removeprefix('refs/heads/')}" if branch is not None else "detached"
    return Check(_AREA, "HEAD", Outcome.OK, f"{tree.commit_id}, {where}")


def _worktree(repository: GitRepository) -> Check:
    if repository.layout.worktree is None:
        fact = "none, because the repository is bare: pins load, but classes cannot be pinned to checked-out files"
        return Check(_AREA, "working tree", Outcome.NOTE, fact, "for pinning, make a clone or a worktree")
    return Check(_AREA, "working tree", Outcome.OK, repository.layout.worktree)


def _shallow(repository: GitRepository) -> Check:
    ends = repository.shallow_ends
    if ends:
        fact = f"shallow: it ends at {count(len(ends), 'commit')}, and older commits are not here"
        return Check(_AREA, "history", Outcome.NOTE, fact, "git fetch --unshallow (in CI: fetch-depth: 0)")
    return Check(_AREA, "history", Outcome.OK, "not shallow")


def _settings(repository: GitRepository) -> Check:
    """Look for settings that leave out objects or files; unreadable settings make every folder count as uncommitted."""
    try:
        settings = repository_settings(repository.layout, repository.refs.branch())
        sparse = is_true(settings.get(("core", "sparsecheckout")))
    except PinError as error:
        fact = f"{error.message}, so every folder counts as uncommitted"
        return Check(
            _AREA, "git settings", Outcome.PROBLEM, fact, "correct it: 'git config --list' shows where"
        )
    if ("extensions", "partialclone") in settings or any(key[-1] == "promisor" for key in settings):
        fact = "a partial clone: some objects are missing, and loading a pin does not fetch them"
        return Check(_AREA, "git settings", Outcome.NOTE, fact, "git fetch --refetch --no-filter")
    if sparse:
        fact = "a sparse checkout: files that it leaves out count as deleted"
        return Check(_AREA, "git settings", Outcome.NOTE, fact, "git sparse-checkout disable")
    return Check(_AREA, "git settings", Outcome.OK, "readable")


def _alternates(repository: GitRepository) -> Iterator[Check]:
    missing = missing_alternates(repository.layout.objects)
    if missing:
        fact = f"objects are borrowed from '{missing[0]}', which does not exist"
        yield Check(_AREA, "alternates", Outcome.PROBLEM, fact, "mount it, or clone again without --shared")


def _replaced(repository: GitRepository) -> Iterator[Check]:
    replaced = [name for name in repository.refs.all() if name.startswith("refs/replace/")]
    if replaced:
        fact = f"git replaces {len(replaced)} objects by others; a pin loads the original ones"
        yield Check(_AREA, "replacements", Outcome.NOTE, fact, "git replace --list")


def _readable(tree: CommitTree) -> Check:
    """Read every folder of HEAD: in a partial or damaged repository one may be missing."""
    count = sum(1 for _ in tree.iter_entries())
    return Check(_AREA, "HEAD's folders", Outcome.OK, f"readable, {count:,} files")


def _submodules(tree: CommitTree) -> Iterator[Check]:
    submodules = [entry.path for entry in tree.iter_entries() if entry.mode == SUBMODULE]
    if submodules:
        fact = f"{_some(submodules)}: their code cannot be loaded from a pin of this repository"
        yield Check(_AREA, "submodules", Outcome.NOTE, fact, "pin their classes in their own repository")


def _filters(repository: GitRepository, tree: CommitTree) -> Iterator[Check]:
    """Look for filters in every `.gitattributes` of HEAD; zenml_pin does not run filters."""
    used: set[str] = set()
    for entry in tree.iter_entries():
        if entry.is_file and entry.path.rpartition("/")[2] == ".gitattributes":
            used |= {os.fsdecode(name) for name in _FILTER.findall(tree.read(entry.path))}
    if "lfs" in used:
        fact = "large files are pointers in a commit: modules among them cannot be loaded"
        yield Check(_AREA, "Git LFS", Outcome.NOTE, fact, "do not use it for code")
    settings = repository_settings(repository.layout, repository.refs.branch())
    filters = sorted(name for name in used - {"lfs"} if ("filter", name, "clean") in settings)
    if filters:
        fact = f"{_some(filters)}: not run, so files with such a filter count as uncommitted"
        yield Check(_AREA, "filters", Outcome.NOTE, fact, "do not use them for code")


def _git() -> Check:
    path = shutil.which("git")
    return Check(_AREA, "git binary", Outcome.OK, path or "not on PATH, and not needed")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
