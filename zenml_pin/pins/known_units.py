"""Known units: what `iter_units` found, kept in ZENML_PIN_CACHE, so that a further walk reads the new commits alone.

    entry   = length-of-header LF header ids
    header  = NUL-separated: where the walk goes on, and for each run its number of commits, path, folder and id
    run     commits with the same unit
    ids     raw ids of all commits, in the order of the walk

A unit belongs to the id of its commit, so an entry stays true whatever happens to branches. It does not say which
commits exist: that all of them do is checked each time, and the end of a shallow clone is walked again. What an error
decided (malformed settings) is not kept. What a commit graph decided is kept for walks with a graph.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import groupby
from operator import attrgetter

from zenml_pin import cache
from zenml_pin.base.this_python import this_python
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.storage.commit_graph import CommitGraph
from zenml_pin.pins.first_parents import Step, UnitAt, iter_units

# Change it whenever the meaning of an entry changes.
_VERSION = 2


def iter_known_units(
    objects: Objects,
    commit_id: str,
    module: str,
    graph: CommitGraph | None = None,
    disk: cache.Cache | None = None,
) -> Generator[Step]:
    """Yield what `iter_units` yields, and keep it.

    Args:
        objects: The objects of the repository.
        commit_id: The commit where the walk begins.
        module: Dotted name of the module.
        graph: git's commit graph, if the caller trusts it.
        disk: Where to keep it; None for nowhere.

    Raises:
        CommitNotFoundError, GraphError: As `iter_units`.
    """
    if disk is None:
        yield from iter_units(objects, commit_id, module, graph)
        return
    kind = f"{module} {this_python()} {_VERSION}{' graph' if graph is not None else ''}"
    here = commit_id
    while here:
        known = _read(disk, _key(here, kind), objects)
        if known is None:
            here = yield from _walk(iter_units(objects, here, module, graph), disk, kind)
        else:
            steps, here = known
            yield from steps


def _walk(walk: Generator[Step], disk: cache.Cache, kind: str) -> Generator[Step, None, str]:
    """Yield the steps of a walk, and keep them; return the commit where a known walk begins, "" at the end."""
    steps: list[Step] = []
    is_certain = True
    further = ""
    try:
        for step in walk:
            if steps and disk.has(_key(step.id, kind)):
                further = step.id
                break
            is_certain = is_certain and step.is_certain
            if is_certain:
                steps.append(step)
            elif not further:
                further = step.id
            yield step
    except GeneratorExit:
        # The caller has ended the walk. What follows the last step is not known.
        _keep(disk, kind, steps, further)
        raise
    if is_certain:
        _keep(disk, kind, steps, further, has_ended=not further)
        return further
    _keep(disk, kind, steps, further)
    return ""


def _keep(disk: cache.Cache, kind: str, steps: list[Step], further: str, has_ended: bool = False) -> None:
    if not steps:
        return
    if not further and not (has_ended and steps[-1].is_complete):
        # The walk goes on there: it may have a parent that exists by then.
        further = steps.pop().id
    if steps:
        fields = [further]
        for unit, run in groupby(steps, key=attrgetter("unit")):
            place = ("", "", "") if unit is None else (unit.path, unit.folder, unit.id)
            fields += [str(len(list(run))), *place]
        header = "\0".join(fields).encode("utf-8", "surrogatepass")
        ids = bytes.fromhex("".join(step.id for step in steps))
        disk.put(_key(steps[0].id, kind), b"%d\n%b%b" % (len(header), header, ids))


def _read(disk: cache.Cache, key: str, objects: Objects) -> tuple[list[Step], str] | None:
    """Return kept steps, and where the walk goes on, "" if nowhere; None if nothing is kept, or a commit is missing."""
    content = disk.get(key)
    if content is None:
        return None
    size, _, rest = content.partition(b"\n")
    header, raw_ids = rest[: int(size)], rest[int(size) :]
    further, *fields = header.decode("utf-8", "surrogatepass").split("\0")
    counts = [int(count) for count in fields[::4]]
    names, length = raw_ids.hex(), 2 * len(raw_ids) // sum(counts)
    ids = [names[at : at + length] for at in range(0, len(names), length)]
    if not objects.has_all(ids):
        return None
    steps: list[Step] = []
    for number, count in enumerate(counts):
        path, folder, unit_id = fields[4 * number + 1 : 4 * number + 4]
        unit = UnitAt(path, folder, unit_id) if unit_id else None
        steps += [Step(name, unit, True) for name in ids[len(steps) : len(steps) + count]]
    return steps, further


def _key(commit_id: str, kind: str) -> str:
    return f"units {commit_id} {kind}"
