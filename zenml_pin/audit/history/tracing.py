"""Tracing: `versions`, the commits where the code of a class's unit changes, and the pipelines that pin each version.

The line of history is the first parents of a commit, so a merge is one step of it. A version lasts from its commit to
the next version. A pin of any commit in between is a pin of that version; so is a pin of a commit of another branch
that has the same tree.

Where a commit moved the module, the walk goes on with the module's older name (`renames`).

An object that is missing or damaged is an error: without it, nobody knows which commit changed the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import attrs

from zenml_pin import cache
from zenml_pin.audit.history.class_changes import ClassChanges, Place
from zenml_pin.audit.history.pinned_by import PinnedBy, Pins, pins_by_document
from zenml_pin.audit.history.renames import find_renamed
from zenml_pin.audit.history.version import Version, VersionKind, Versions
from zenml_pin.audit.report import no_progress
from zenml_pin.errors import CommitNotFoundError, PinError, PinnedModuleNotFoundError
from zenml_pin.git.any_repository import CombinedSource
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.revision import resolve_revision
from zenml_pin.git.storage.commit_graph import CommitGraph, GraphError
from zenml_pin.pins.first_parents import Step, UnitAt, find_unit
from zenml_pin.pins.known_units import iter_known_units
from zenml_pin.pins.lookup import get_origin, get_repository, read_source
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import Progress
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.pins.lookup import Repo


def versions(
    source: Source | str,
    *,
    rev: str = "HEAD",
    repo: Repo = None,
    fetch: bool = False,
    progress: Progress | None = None,
) -> Versions:
    """Return the versions of a class, newest first, and the pipelines of the workspace that pin each. Runs nothing.

    Follows a class whose module was renamed or moved, and uses git's commit graph if there is one.

    Args:
        source: The class; if it has a pin, the walk begins there instead of at `rev`.
        rev: The commit whose first parents are walked.
        repo: The repository; by default the one at or above the current folder.
        fetch: Fetch the objects that a shallow or partial clone lacks from its remote, into the user's cache folder.
        progress: Called with the number of commits that were read.

    Raises:
        NotARepositoryError, RevisionError: The repository or the commit does not exist.
        PinnedModuleNotFoundError: The history never had the class.
        CommitNotFoundError, ObjectNotFoundError, ObjectCorruptError: An object that the answer needs is missing or
            damaged. At the end of a shallow clone the history ends without an error.
        UnsupportedError: With `fetch`, the repository has no remote.
    """
    source = read_source(source, repo)
    repository = get_repository(repo)
    commit_id = source.commit_id or resolve_revision(repository, rev)
    source = source.at(None)
    disk = cache.current()
    objects = _with_origin(repository) if fetch else repository.objects
    # The history has more objects than anybody wants in the cache: it keeps facts about them.
    with cache.unused():
        pins = pins_by_document(source.name, repository)
        walk, history = _walk(repository, objects, commit_id, source, pins, progress, disk)
        history, elsewhere = _with_other_branches(objects, history, pins, walk.seen)
        history = _with_class(ClassChanges(objects, source.name, disk), history)
    if all(version.class_changed is None for version in history):
        raise PinnedModuleNotFoundError(
            f"no commit in the first-parent history of {commit_id} has class or function '{source.name}' in "
            f"module '{source.module}'",
            "a source names a class from its source root, as in trainers.step.MyTrainer",
            name=source.module,
        )
    return Versions(source, commit_id, tuple(history), tuple(elsewhere), walk.commits, walk.is_complete)


def _with_origin(repository: AnyRepository) -> Objects:
    """Return the objects of a repository, and of the remote that it was cloned from those that it lacks."""
    origin, own = get_origin(repository), repository.objects
    return Objects(CombinedSource(own.source, lambda: [origin.objects.source]), own.limits)


def _walk(
    repository: AnyRepository,
    objects: Objects,
    commit_id: str,
    source: Source,
    pins: Pins,
    progress: Progress | None,
    disk: cache.Cache | None,
) -> tuple[VersionWalk, list[Version]]:
    """Walk with the commit graph, and again without it if it turns out to be wrong."""
    graph = repository.commit_graph if isinstance(repository, GitRepository) else None
    if objects is not repository.objects or not isinstance(repository, GitRepository):
        # Whether a server still has all commits of a known walk would take a question for each.
        disk = None

    def walk_with(graph: CommitGraph | None) -> tuple[VersionWalk, list[Version]]:
        walk = VersionWalk(objects, commit_id, source, pins, progress, graph, disk)
        history = list(walk)
        if not walk.is_complete and isinstance(repository, GitRepository):
            _refuse_gap(objects, walk.oldest, repository.shallow_ends)
        return walk, history

    try:
        return walk_with(graph)
    except (GraphError, PinError):
        # An error of the repository comes again without the graph.
        if graph is None:
            raise
    return walk_with(None)


def _refuse_gap(objects: Objects, oldest: str, ends: frozenset[str]) -> None:
    """Raise an error if the history ends elsewhere than a shallow clone."""
    if oldest not in ends:
        parent = objects.get_commit(oldest).parents[0]
        raise CommitNotFoundError(parent, [objects.source.label], objects.source.remedy)


class VersionWalk:
    """The versions of a class's unit along the first parents, newest first, in the order of the walk.

    Args:
        objects: The objects of the repository.
        commit_id: The commit where the walk begins.
        source: The class.
        pins: The pins of classes of that name.
        progress: Called with the number of commits that were read.
        graph: git's commit graph, if there is one.
        disk: Where the units of commits are kept; None for nowhere.

    Attributes:
        commits: How many commits were read until now.
        is_complete: False once the walk has reached the end of a shallow clone.
        oldest: The last commit that was read; "" before the first.
        seen: Module and commit of each pin that the walk has met.
    """

    def __init__(
        self,
        objects: Objects,
        commit_id: str,
        source: Source,
        pins: Pins,
        progress: Progress | None = None,
        graph: CommitGraph | None = None,
        disk: cache.Cache | None = None,
    ) -> None:
        self._objects = objects
        self._commit_id = commit_id
        self._name = source.name
        self._module = source.module
        self._pins = pins
        self._progress = progress or no_progress
        self._graph = graph
        self._disk = disk
        self.commits = 0
        self.is_complete = True
        self.oldest = ""
        self.seen: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Version]:
        steps = self._steps(self._commit_id)
        newer = next(steps)
        pins = self._note(newer)
        while (step := next(steps, None)) is not None:
            if step.unit is newer.unit or step.unit == newer.unit:
                newer = step
                pins += self._note(step)
                continue
            renamed = self._find_renamed(newer, step)
            yield self._version(newer, _kind(step.unit, newer.unit), pins, renamed)
            if renamed is not None and step.unit is None:
                self._module = renamed
                steps = self._steps(step.id)
                step = next(steps)
            newer, pins = step, self._note(step)
        if newer.unit is not None:
            yield self._version(newer, VersionKind.ADDED if self.is_complete else VersionKind.OLDEST, pins)

    def _steps(self, commit_id: str) -> Iterator[Step]:
        return iter_known_units(self._objects, commit_id, self._module, self._graph, self._disk)

    def _note(self, step: Step) -> tuple[PinnedBy, ...]:
        """Count a commit of the walk, and return its pins."""
        self.is_complete = step.is_complete
        self.oldest = step.id
        self.commits += 1
        self._progress("commits", self.commits, 0)
        pins = self._pins.get(self._module, {}).get(step.id)
        if pins is None:
            return ()
        self.seen.add((self._module, step.id))
        return tuple(pins)

    def _find_renamed(self, newer: Step, older: Step) -> str | None:
        """Return the module's name on the side of a commit that does not have it under its own."""
        if older.unit is None and newer.unit is not None:
            return find_renamed(self._objects, newer.id, older.id, newer.unit.path, self._name)
        if newer.unit is None and older.unit is not None:
            return find_renamed(self._objects, older.id, newer.id, older.unit.path, self._name)
        return None

    def _version(
        self, step: Step, kind: VersionKind, pins: tuple[PinnedBy, ...], renamed: str | None = None
    ) -> Version:
        if renamed is not None and step.unit is not None:
            kind = VersionKind.RENAMED
        commit = self._objects.get_commit(step.id)
        return Version(commit, kind, step.unit, self._module, renamed, pins=pins)


def _kind(older: UnitAt | None, newer: UnitAt | None) -> VersionKind:
    if newer is None:
        return VersionKind.DELETED
    if older is None:
        return VersionKind.ADDED
    return VersionKind.MOVED if older.id == newer.id else VersionKind.CHANGED


def _with_other_branches(
    objects: Objects, history: list[Version], pins: Pins, seen: set[tuple[str, str]]
) -> tuple[list[Version], list[PinnedBy]]:
    """Add the pins of commits outside the walk to the newest version with the same code; return the other pins too."""
    newest = {
        (version.module, version.unit.id): position
        for position, version in reversed(list(enumerate(history)))
        if version.unit is not None
    }
    elsewhere: list[PinnedBy] = []
    for module in dict.fromkeys(version.module for version in history):
        for commit_id, commit_pins in pins.get(module, {}).items():
            if (module, commit_id) in seen:
                continue
            unit = _unit_at(objects, commit_id, module)
            position = newest.get((module, unit.id)) if unit is not None else None
            if position is None:
                elsewhere += commit_pins
            else:
                version = history[position]
                history[position] = attrs.evolve(version, pins=(*version.pins, *commit_pins))
    return history, elsewhere


def _unit_at(objects: Objects, commit_id: str, module: str) -> UnitAt | None:
    try:
        return find_unit(CommitTree(objects, commit_id), module)
    except PinError:
        return None


def _with_class(changes: ClassChanges, history: list[Version]) -> list[Version]:
    """Return the versions with the fact whether the class's own text differs from that in the version before."""
    places = [None if version.unit is None else Place(version.commit, version.unit) for version in history]
    newest = next((place for place in places if place is not None), None)
    word = "class" if newest is None else changes.kind_at(newest)
    return [
        attrs.evolve(
            version, class_changed=None if new is None else changes.have_changed(old, new), word=word
        )
        for version, (new, old) in zip(history, pairwise([*places, None]), strict=True)
    ]
