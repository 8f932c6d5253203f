"""Packing: the code that a trial needs, as a bundle in memory, so that the repository itself need not be readable.

    needed      the commit, the class's folder, and all that it imports: what a bundle of the pin holds
    whole       every file of the commit, for a trial that asked for more, as code that imports by computed names does

Neither holds another commit, nor history.
"""

from __future__ import annotations

from contextlib import suppress

from zenml_pin.at import registry
from zenml_pin.bundles.needed_objects import TrackedSource, ids_of_pin
from zenml_pin.errors import CommitNotFoundError, PinError
from zenml_pin.git.bundle import SUBSET, write_bundle
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree import SUBMODULE
from zenml_pin.workspace.folders import bundles_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.object_store import ObjectSource
    from zenml_pin.source import Source


def pack_needed(source: Source, repository: AnyRepository) -> bytes:
    """Return what loading a source needs; all of its commit, where that cannot be told.

    Raises:
        CommitNotFoundError, ObjectNotFoundError, ObjectCorruptError: The commit, or its folders, cannot be read.
    """
    commit_id = source.commit_id or ""
    objects = _source_of(commit_id, repository)
    try:
        ids = ids_of_pin(objects, (commit_id, source.module, None))
    except PinError:
        return pack_whole(source, repository)
    return _pack(commit_id, objects, ids)


def pack_whole(source: Source, repository: AnyRepository) -> bytes:
    """Return every file of a commit, as far as they can be read.

    Raises:
        CommitNotFoundError, ObjectNotFoundError, ObjectCorruptError: The commit, or its folders, cannot be read.
    """
    commit_id = source.commit_id or ""
    objects = _source_of(commit_id, repository)
    tracked = TrackedSource(objects)
    files = {
        entry.id
        for entry in CommitTree(Objects(tracked), commit_id).iter_entries()
        if entry.mode != SUBMODULE
    }
    return _pack(commit_id, objects, tracked.read_ids | files)


def _pack(commit_id: str, source: ObjectSource, ids: Iterable[str]) -> bytes:
    objects = Objects(source)
    held = {}
    for name in ids:
        try:
            found = objects.find_any(name, objects.limits.bundle)
        except PinError:
            # A damaged file of another class is not this trial's matter; where it is needed, the trial says so.
            continue
        if found is not None:
            held[name] = found
    refs = {f"refs/zenml-pin/{commit_id}": commit_id}
    return write_bundle(held, refs, filter=SUBSET, object_format=source.object_format)


def _source_of(commit_id: str, repository: AnyRepository) -> ObjectSource:
    """Return the first source of objects that has a commit now, whatever this process remembers of it."""
    fault: PinError | None = None
    for source in _sources(commit_id, repository):
        try:
            if Objects(source).find_commit(commit_id) is not None:
                return source
        except PinError as error:
            fault = fault or error
    raise fault or CommitNotFoundError(commit_id, [repository.root], repository.objects.source.remedy)


def _sources(commit_id: str, repository: AnyRepository) -> Iterator[ObjectSource]:
    """Yield where a commit may be: where a load finds it, in the repository, or in a bundle beside its documents."""
    # Other bundles belong to the repository than to the current folder.
    with suppress(CommitNotFoundError):
        yield registry.find_tree(commit_id, repository).objects.source
    yield repository.objects.source
    worktree = repository.worktree
    for path in bundles_of(worktree, worktree) if worktree is not None else ():
        try:
            yield registry.open(path).objects.source
        except PinError:
            continue
