"""File pairs: which file of the old side is compared with which file of the new side.

    1. the same key: the path in the class's folder, or outside of it the module's dotted name
    2. the same content
    3. half of the lines in common, in a file of the same suffix

So a folder that has moved, or whose source root has moved, is compared file by file.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping

from zenml_pin.git.objects.tree import Entry

FilePair = tuple[Entry | None, Entry | None]

# Every deleted file is compared with every added one.
_MAX_COMPARED = 400
_ALIKE = 0.5


def pair_files(
    old: Mapping[Hashable, Entry],
    new: Mapping[Hashable, Entry],
    lines_of: Callable[[Entry], list[str] | None],
) -> Iterator[FilePair]:
    """Yield the pairs of entries that differ; one is None if its side does not have the file.

    Args:
        old: Entries of the old side, by key.
        new: Entries of the new side, by key.
        lines_of: Returns a file's lines; None if it is not text.
    """
    for key in old.keys() & new.keys():
        before, after = old[key], new[key]
        if (before.path, before.mode, before.id) != (after.path, after.mode, after.id) or not after.id:
            yield before, after
    deleted = [old[key] for key in old.keys() - new.keys()]
    added = [new[key] for key in new.keys() - old.keys()]
    yield from _pair_rest(sorted(deleted, key=_path), sorted(added, key=_path), lines_of)


def _path(entry: Entry) -> str:
    return entry.path


def _pair_rest(
    deleted: list[Entry], added: list[Entry], lines_of: Callable[[Entry], list[str] | None]
) -> Iterator[FilePair]:
    yield from _take(deleted, added, lambda before, after: float(before.id == after.id and bool(after.id)))
    if len(deleted) * len(added) <= _MAX_COMPARED:
        bags = {id(entry): _bag(entry, lines_of) for entry in (*deleted, *added) if deleted and added}
        yield from _take(deleted, added, lambda before, after: _likeness(before, after, bags))
    yield from ((before, None) for before in deleted)
    yield from ((None, after) for after in added)


def _take(
    deleted: list[Entry], added: list[Entry], like: Callable[[Entry, Entry], float]
) -> Iterator[FilePair]:
    """Yield the pairs that are alike, best first, and remove them from both lists."""
    if len(deleted) * len(added) > 10_000:
        return
    scores = [(like(before, after), before, after) for before in deleted for after in added]
    for score, before, after in sorted(scores, key=lambda scored: -scored[0]):
        if score >= _ALIKE and before in deleted and after in added:
            deleted.remove(before)
            added.remove(after)
            yield before, after


def _bag(entry: Entry, lines_of: Callable[[Entry], list[str] | None]) -> Counter[str]:
    return Counter(line for line in lines_of(entry) or () if line.strip())


def _likeness(before: Entry, after: Entry, bags: dict[int, Counter[str]]) -> float:
    """Return the share of common lines; 0 for files of different kinds."""
    if posixpath.splitext(before.path)[1] != posixpath.splitext(after.path)[1] or before.mode != after.mode:
        return 0.0
    old, new = bags[id(before)], bags[id(after)]
    return 2 * (old & new).total() / max(1, old.total() + new.total())
