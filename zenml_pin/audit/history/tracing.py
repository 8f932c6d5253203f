"""Tracing: `versions`, the commits where the code of a class's unit changes, and which pipelines pin each.

The line of history is the first parents of a commit, so a merge is one step of it. A version lasts from its commit to
the next; a pin of any commit in between is a pin of it, and so is a pin of a commit of another branch that holds the
same tree.
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
        source: The class; a pin of it is where the walk begins, instead of `rev`.
        rev: The commit whose first parents are walked.
        repo: The repository; else the one at or above the current folder.
        progress: Is told of the commits that were looked at.

    Raises:
        NotARepositoryError, RevisionError: There is no such repository or commit.
        PinnedModuleNotFoundError: The history never had the class.
    """
    source = source if isinstance(source, Source) else Source.parse(source)
    repository = get_repository(repo)
    commit_id = source.commit_id or resolve_revision(repository, rev)
    source = source.at(None)
    pins = pins_by_document(source, repository)
    walk = VersionWalk(repository.objects, commit_id, source.module, pins, progress)
    found, elsewhere = _with_other_branches(repository.objects, source.module, list(walk), pins, walk.seen)
    found = _with_class(repository.objects, source, found)
    if all(held.class_changed is None for held in found):
        raise PinnedModuleNotFoundError(
            f"no commit on the way of first parents from {commit_id} has class '{source.name}' in module "
            f"'{source.module}'",
            "a source names a class from its source root, as in trainers.step.MyTrainer",
            name=source.module,
        )
    return Versions(source, commit_id, tuple(found), tuple(elsewhere), walk.commits, walk.is_complete)


class VersionWalk:
    """The versions of a module's unit along the first parents, newest first, as the walk finds them.

    Args:
        objects: Where to read.
        commit_id: The commit to start from.
        module: Dotted name of the module.
        pins: What pins it, by commit id.
        progress: Is told of the commits that were looked at.

    Attributes:
        commits: How many commits were looked at until now.
        is_complete: False once it has come to the end of a shallow clone.
        seen: The commits with pins that it has come by.
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
        self.seen: set[str] = set()

    def __iter__(self) -> Iterator[Version]:
        newer: tuple[Commit, UnitAt | None] | None = None
        held: tuple[PinnedBy, ...] = ()
        for commit, unit, is_whole in self._units:
            self.is_complete = is_whole
            if newer is not None and newer[1] != unit:
                yield Version(newer[0], _kind(unit, newer[1]), newer[1], pins=held)
                held = ()
            newer = commit, unit
            held += self._pins_at(commit.id)
            self.commits += 1
            self._progress("commits", self.commits, 0)
        if newer is not None and newer[1] is not None:
            kind = VersionKind.ADDED if self.is_complete else VersionKind.OLDEST
            yield Version(newer[0], kind, newer[1], pins=held)

    def _pins_at(self, commit_id: str) -> tuple[PinnedBy, ...]:
        if commit_id not in self._pins:
            return ()
        self.seen.add(commit_id)
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
    found: list[Version],
    pins: Mapping[str, Sequence[PinnedBy]],
    seen: set[str],
) -> tuple[list[Version], list[PinnedBy]]:
    """Give the pins of commits beside the walk to the newest version that has their code; return the others too."""
    newest = {
        held.unit.id: place for place, held in reversed(list(enumerate(found))) if held.unit is not None
    }
    elsewhere: list[PinnedBy] = []
    for commit_id, held in pins.items():
        if commit_id in seen:
            continue
        try:
            unit = find_unit(CommitTree(objects, commit_id), module)
        except PinError:
            unit = None
        place = newest.get(unit.id) if unit is not None else None
        if place is None:
            elsewhere += held
        else:
            found[place] = attrs.evolve(found[place], pins=(*found[place].pins, *held))
    return found, elsewhere


def _with_class(objects: Objects, source: Source, found: list[Version]) -> list[Version]:
    """Say of each version whether the class's own text is another one than before."""
    older: Segment | None = None
    told: list[Version] = []
    for held in reversed(found):
        segment = _segment(objects, source, held)
        changed = None if segment is None else older is None or segment.lines != older.lines
        told.append(attrs.evolve(held, class_changed=changed))
        older = segment
    return told[::-1]


def _segment(objects: Objects, source: Source, version: Version) -> Segment | None:
    try:
        side = CommitSide(CommitTree(objects, version.commit.id))
        return find_class(side, source).segment
    except PinError:
        return None
