"""The code that a trial needs, as a bundle in memory, so that the trial need not read the repository.

    needed      the commit, the class's folder, and everything that it imports, as in a bundle of the pin
    whole       every file of the commit, for a trial that needed more: code may compute the names that it imports

Neither contains another commit, or history.
"""

from __future__ import annotations

from contextlib import suppress

from zenml_pin.at import registry
from zenml_pin.bundles.carried_roots import roots_to_objects
from zenml_pin.bundles.needed_objects import ids_of_files, ids_of_pin
from zenml_pin.errors import CommitNotFoundError, PinError
from zenml_pin.git.bundle import SUBSET, write_bundle
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.workspace.folders import bundles_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.git.objects.object_store import ObjectSource
    from zenml_pin.source import Source


def pack_needed(source: Source, repository: AnyRepository) -> bytes:
    """Return the objects that loading a source needs; all of its commit, if they are not known.

    Raises:
        CommitNotFoundError, ObjectNotFoundError, ObjectCorruptError: The commit, or its folders, cannot be read.
    """
    commit_id = source.commit_id or ""
    objects = _source_of(commit_id, repository)
    try:
        ids = ids_of_pin(objects, (source.pin, source.module, None))
    except PinError:
        return pack_whole(source, repository)
    return _pack(source, objects, ids)


def pack_whole(source: Source, repository: AnyRepository) -> bytes:
    """Return every file of a commit that can be read.

    Raises:
        CommitNotFoundError, ObjectNotFoundError, ObjectCorruptError: The commit, or its folders, cannot be read.
    """
    commit_id = source.commit_id or ""
    objects = _source_of(commit_id, repository)
    return _pack(source, objects, ids_of_files(objects, commit_id))


def _pack(pinned: Source, source: ObjectSource, ids: Iterable[str]) -> bytes:
    objects = Objects(source)
    contents = {}
    for name in ids:
        try:
            content = objects.find_any(name, objects.limits.bundle)
        except PinError:
            # The damaged file may belong to another class; if this trial needs it, the trial says so.
            continue
        if content is not None:
            contents[name] = content
    commit_id = pinned.commit_id or ""
    roots, refs = roots_to_objects([pinned.pin], source.object_format)
    refs[f"refs/zenml-pin/{commit_id}"] = commit_id
    return write_bundle(contents | roots, refs, filter=SUBSET, object_format=source.object_format)


def _source_of(commit_id: str, repository: AnyRepository) -> ObjectSource:
    """Return the first source of objects that has a commit now, whatever this process has cached of it."""
    fault: PinError | None = None
    for source in _sources(commit_id, repository):
        try:
            if Objects(source).find_commit(commit_id) is not None:
                return source
        except PinError as error:
            fault = fault or error
    raise fault or CommitNotFoundError(commit_id, [repository.root], repository.objects.source.remedy)


def _sources(commit_id: str, repository: AnyRepository) -> Iterator[ObjectSource]:
    """Yield sources that may have a commit: that of a load, the repository, and the bundles beside its documents."""
    # A load looks for bundles from the current folder; the repository may have others.
    with suppress(CommitNotFoundError):
        yield registry.find_tree(commit_id, repository).objects.source
    yield repository.objects.source
    worktree = repository.worktree
    for path in bundles_of(worktree, worktree) if worktree is not None else ():
        try:
            yield registry.open(path).objects.source
        except PinError:
            continue
