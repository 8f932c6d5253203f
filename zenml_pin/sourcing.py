"""Sourcing: from a class, or its dotted name, to its source; a warning where there is no pin for it.

    name, class -> file -> source at HEAD, or at a revision

This is what `pin` needs and `load` does not, a parser above all.
"""

from __future__ import annotations

from zenml_pin.errors import (
    NotARepositoryError,
    PinnedModuleNotFoundError,
    UncommittedChangesError,
    UnpinnedError,
    UnpinnedWarning,
)
from zenml_pin.git.revision import resolve_revision
from zenml_pin.git.snapshot import CommitTree
from zenml_pin.importing.locate import find_path
from zenml_pin.importing.registry import here
from zenml_pin.importing.roots import source_roots
from zenml_pin.lookup import head_tree, path_of_class, path_of_name
from zenml_pin.pinning import source_at_commit, source_at_head, source_of
from zenml_pin.source import Source
from zenml_pin.warn import warn_caller

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from zenml_pin.git.places import Place
    from zenml_pin.origin import Origin


def source_of_name(source: Source, repository: Place | None, commit: str | None, strict: bool) -> Source:
    """Return the source of a dotted name, pinned to HEAD or to a revision; as `zenml_pin.pin`."""
    if commit is None:
        return _at_head(lambda: path_of_name(source, repository), source.at(None), repository, strict)
    tree = _tree_at(repository, commit)
    path = find_path(tree, source_roots(tree), source.module)
    if path is None:
        raise PinnedModuleNotFoundError(
            f"commit {tree.commit_id} has no module '{source.module}'", name=source.module
        )
    return source_at_commit(tree, path, source.name)


def source_of_class(origin: Origin, repository: Place | None, commit: str | None, strict: bool) -> Source:
    """Return the source of a class, pinned to HEAD or to a revision; as `zenml_pin.pin`."""
    if commit is None:
        unpinned = origin.source.at(None) if origin.source is not None else Source(origin.module, origin.name)
        return _at_head(lambda: path_of_class(origin, repository), unpinned, repository, strict)
    if origin.source is not None:
        return source_of_name(origin.source, repository, commit, strict)
    return source_at_commit(_tree_at(repository, commit), path_of_class(origin, repository), origin.name)


def _at_head(find: Callable[[], str], unpinned: Source, repository: Place | None, strict: bool) -> Source:
    """Return the source pinned to HEAD, or the best name without a pin, and a warning that says why."""
    try:
        path = find()
        assert repository is not None
        tree = head_tree(repository)
        unpinned = source_of(tree, path, unpinned.name, source_roots(tree))
        return source_at_head(repository, path, unpinned.name)
    except (UncommittedChangesError, UnpinnedError) as error:
        if strict and isinstance(error, UnpinnedError):
            raise UnpinnedError(f"'{unpinned}' cannot be pinned: {error.message}", error.hint) from error
        if strict:
            raise
        warn_caller(
            f"'{unpinned}' stays unpinned: {error.message}; {error.hint}".rstrip("; "), UnpinnedWarning
        )
        return unpinned


def _tree_at(repository: Place | None, commit: str) -> CommitTree:
    if repository is None:
        raise NotARepositoryError(here())
    return CommitTree(repository.objects, resolve_revision(repository, commit))
