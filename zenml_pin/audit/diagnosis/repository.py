"""The repository: whether its history is whole, and what of it cannot be compared or loaded."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

from zenml_pin.audit.diagnosis.checklist import Check, Outcome
from zenml_pin.base.dates import count
from zenml_pin.base.files import read_small
from zenml_pin.errors import PinError
from zenml_pin.git.config import is_true
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.tree import SUBMODULE
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.settings import repository_settings
from zenml_pin.git.storage.disk import missing_alternates

_AREA = "repository"
_FILTER = re.compile(rb"(?:^|\s)filter=(\S+)", re.MULTILINE)


def checks(repository: GitRepository) -> Iterator[Check]:
    """Yield what is to be said of a repository."""
    tree = _head_tree(repository)
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


def _head_tree(repository: GitRepository) -> CommitTree | None:
    commit = repository.head_commit()
    return None if commit is None else CommitTree(repository.objects, commit.id)


def _head(repository: GitRepository, tree: CommitTree | None) -> Check:
    if tree is None:
        return Check(
            _AREA, "HEAD", Outcome.PROBLEM, "there is no commit yet", "commit, and classes can be pinned"
        )
    branch = repository.refs.branch()
    where = f"on {branch.removeprefix('refs/heads/')}" if branch is not None else "detached"
    return Check(_AREA, "HEAD", Outcome.OK, f"{tree.commit_id}, {where}")


def _worktree(repository: GitRepository) -> Check:
    if repository.layout.worktree is None:
        said = "none, as the repository is bare: pins load, and nothing can be pinned to what is checked out"
        return Check(_AREA, "working tree", Outcome.NOTE, said, "for pinning, make a clone or a worktree")
    return Check(_AREA, "working tree", Outcome.OK, repository.layout.worktree)


def _shallow(repository: GitRepository) -> Check:
    ends = read_small(os.path.join(repository.layout.commondir, "shallow"))
    if ends:
        said = (
            f"shallow: it ends at {count(len(ends.split()), 'commit')}, and pins of older ones are not here"
        )
        return Check(_AREA, "history", Outcome.NOTE, said, "git fetch --unshallow (in CI: fetch-depth: 0)")
    return Check(_AREA, "history", Outcome.OK, "not shallow")


def _settings(repository: GitRepository) -> Check:
    """Look for what keeps objects or files from being here; settings that cannot be read make all uncommitted."""
    try:
        settings = repository_settings(repository.layout, repository.refs.branch())
        sparse = is_true(settings.get(("core", "sparsecheckout")))
    except PinError as error:
        said = f"{error.message}, so every folder counts as uncommitted"
        return Check(
            _AREA, "git settings", Outcome.PROBLEM, said, "mend it: 'git config --list' shows the place"
        )
    if ("extensions", "partialclone") in settings or any(key[-1] == "promisor" for key in settings):
        said = "a partial clone: objects that were not fetched yet are missing, and are not fetched when a pin loads"
        return Check(_AREA, "git settings", Outcome.NOTE, said, "git fetch --refetch --no-filter")
    if sparse:
        said = "a sparse checkout: files that it leaves out count as deleted"
        return Check(_AREA, "git settings", Outcome.NOTE, said, "git sparse-checkout disable")
    return Check(_AREA, "git settings", Outcome.OK, "readable")


def _alternates(repository: GitRepository) -> Iterator[Check]:
    missing = missing_alternates(repository.layout.objects)
    if missing:
        said = f"objects are borrowed from '{missing[0]}', which is not there"
        yield Check(_AREA, "alternates", Outcome.PROBLEM, said, "mount it, or clone again without --shared")


def _replaced(repository: GitRepository) -> Iterator[Check]:
    replaced = [name for name in repository.refs.all() if name.startswith("refs/replace/")]
    if replaced:
        said = f"git shows {len(replaced)} objects as others; a pin names the true ones"
        yield Check(_AREA, "replacements", Outcome.NOTE, said, "git replace --list")


def _readable(tree: CommitTree) -> Check:
    """Read every folder of HEAD: in a partial or damaged repository one may be missing."""
    count = sum(1 for _ in tree.iter_entries())
    return Check(_AREA, "HEAD's folders", Outcome.OK, f"readable, {count:,} files")


def _submodules(tree: CommitTree) -> Iterator[Check]:
    held = [entry.path for entry in tree.iter_entries() if entry.mode == SUBMODULE]
    if held:
        said = f"{_some(held)}: their code cannot be loaded from a pin of this repository"
        yield Check(_AREA, "submodules", Outcome.NOTE, said, "pin their classes in their own repository")


def _filters(repository: GitRepository, tree: CommitTree) -> Iterator[Check]:
    """Look for filters in every `.gitattributes` of HEAD: none is run."""
    used: set[str] = set()
    for entry in tree.iter_entries():
        if entry.is_file and entry.path.rpartition("/")[2] == ".gitattributes":
            used |= {os.fsdecode(name) for name in _FILTER.findall(tree.read(entry.path))}
    if "lfs" in used:
        said = "large files are pointers in a commit: modules among them cannot be loaded"
        yield Check(_AREA, "Git LFS", Outcome.NOTE, said, "keep code out of it")
    settings = repository_settings(repository.layout, repository.refs.branch())
    run = sorted(name for name in used - {"lfs"} if ("filter", name, "clean") in settings)
    if run:
        said = f"{_some(run)}: not run, so the files that go through it count as uncommitted"
        yield Check(_AREA, "filters", Outcome.NOTE, said, "keep code out of it")


def _git() -> Check:
    found = shutil.which("git")
    return Check(_AREA, "git binary", Outcome.OK, found or "none on PATH, and none is needed")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
