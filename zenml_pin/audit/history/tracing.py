"""Tracing: `versions`, the commits where the code of a class's unit changes, and the pipelines that pin each version.

The line of history is the first parents of a commit, so a merge is one step of it. A version lasts from its commit to
the next version. A pin of any commit in between is a pin of that version; so is a pin of a commit of another branch
that has the same tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from zenml_pin.audit.comparison.class_text import Segment
from zenml_pin.audit.comparison.comparing import find_class
from zenml_pin.audit.comparison.sides import CommitSide
from zenml_pin.audit.history.first_parents import UnitAt, find_unit, iter_units
from zenml_pin.audit.history.pinned_by import PinnedBy, pins_by_document
from zenml_pin.audit.history.version import Version, VersionKind, Versions
from zenml_pin.errors import PinError, PinnedModuleNotFoundError
from zenml_pin.git.objects.commit import Commit
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.revision import resolve_revision
from zenml_pin.pins.lookup import get_repository
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.audit.report import Progress
    from zenml_pin.pins.lookup import Repo


def versions(
    source: Source | str, *, rev: str = "HEAD", repo: Repo = None, progress: Progress | None = None
) -> Versions:
    """Return the versions of a class, newest first, and the pipelines of the workspace that pin each. Runs nothing.

    Args:
        source: The class; if it has a pin, the walk begins there instead of at `rev`.
        rev: The commit whose first parents are walked.
        repo: The repository; by default the one at or above the current folder.
        progress: Called with the number of commits that were read.

    Raises:
        NotARepositoryError, RevisionError: The repository or the commit does not exist.
        PinnedModuleNotFoundError: The history never had the class.
    """
    source = source if isinstance(source, Source) else Source.parse(source)
    repository = get_repository(repo)
    commit_id = source.commit_id or resolve_revision(repository, rev)
    source = source.at(None)
    pins = pins_by_document(source, repository)
    walk = VersionWalk(repository.objects, commit_id, source.module, pins, progress)
    history = list(walk)
    history, elsewhere = _with_other_branches(
        repository.objects, source.module, history, pins, walk.pinned_commits
    )
    history = _with_class(repository.objects, source, history)
    if all(version.class_changed is None for version in history):
        raise PinnedModuleNotFoundError(
            f"no commit in the first-parent history of {commit_id} has class '{source.name}' in module "
            f"'{source.module}'",
            "a source names a class from its source root, as in trainers.step.MyTrainer",
            name=source.module,
        )
    return Versions(source, commit_id, tuple(history), tuple(elsewhere), walk.commits, walk.is_complete)


class VersionWalk:
    """The versions of a module's unit along the first parents, newest first, in the order of the walk.

    Args:
        objects: The objects of the repository.
        commit_id: The commit where the walk begins.
        module: Dotted name of the module.
        pins: The pins of the class, by commit id.
        progress: Called with the number of commits that were read.

    Attributes:
        commits: How many commits were read until now.
        is_complete: False once the walk has reached the end of a shallow clone.
        pinned_commits: The commits with pins that the walk has met.
    """

    def __init__(
        self,
        objects: Objects,
        commit_id: str,
        module: str,
        pins: Mapping[str, Sequence[PinnedBy]],
        progress: Progress | None = None,
    ) -> None:
        self._progress = progress or (lambda stage, done, total: None)
        self._units = iter_units(objects, commit_id, module)
        self._pins = pins
        self.commits = 0
        self.is_complete = True
        self.pinned_commits: set[str] = set()

    def __iter__(self) -> Iterator[Version]:
        newer: tuple[Commit, UnitAt | None] | None = None
        pins: tuple[PinnedBy, ...] = ()
        for commit, unit, is_complete in self._units:
            self.is_complete = is_complete
            if newer is not None and newer[1] != unit:
                yield Version(newer[0], _kind(unit, newer[1]), newer[1], pins=pins)
                pins = ()
            newer = commit, unit
            pins += self._pins_at(commit.id)
            self.commits += 1
            self._progress("commits", self.commits, 0)
        if newer is not None and newer[1] is not None:
            kind = VersionKind.ADDED if self.is_complete else VersionKind.OLDEST
            yield Version(newer[0], kind, newer[1], pins=pins)

    def _pins_at(self, commit_id: str) -> tuple[PinnedBy, ...]:
        if commit_id not in self._pins:
            return ()
        self.pinned_commits.add(commit_id)
        return tuple(self._pins[commit_id])


def _kind(older: UnitAt | None, newer: UnitAt | None) -> VersionKind:
    if newer is None:
        return VersionKind.DELETED
    if older is None:
        return VersionKind.ADDED
    return VersionKind.MOVED if older.id == newer.id else VersionKind.CHANGED


def _with_other_branches(
    objects: Objects,
    module: str,
    history: list[Version],
    pins: Mapping[str, Sequence[PinnedBy]],
    walked: set[str],
) -> tuple[list[Version], list[PinnedBy]]:
    """Add the pins of commits outside the walk to the newest version with the same code; return the other pins too."""
    newest = {
        version.unit.id: position
        for position, version in reversed(list(enumerate(history)))
        if version.unit is not None
    }
    elsewhere: list[PinnedBy] = []
    for commit_id, commit_pins in pins.items():
        if commit_id in walked:
            continue
        try:
            unit = find_unit(CommitTree(objects, commit_id), module)
        except PinError:
            unit = None
        position = newest.get(unit.id) if unit is not None else None
        if position is None:
            elsewhere += commit_pins
        else:
            version = history[position]
            history[position] = attrs.evolve(version, pins=(*version.pins, *commit_pins))
    return history, elsewhere


def _with_class(objects: Objects, source: Source, history: list[Version]) -> list[Version]:
    """Return the versions with the fact whether the class's own text differs from that in the version before."""
    older: Segment | None = None
    updated: list[Version] = []
    for version in reversed(history):
        segment = _segment(objects, source, version)
        changed = None if segment is None else older is None or segment.lines != older.lines
        updated.append(attrs.evolve(version, class_changed=changed))
        older = segment
    return updated[::-1]


def _segment(objects: Objects, source: Source, version: Version) -> Segment | None:
    try:
        side = CommitSide(CommitTree(objects, version.commit.id))
        return find_class(side, source).segment
    except PinError:
        return None
