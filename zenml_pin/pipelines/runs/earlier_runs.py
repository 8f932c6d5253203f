"""Earlier runs: what a run says when its data or its libraries are not those of the run that it repeats or reuses.

A run repeats the last one of its document that succeeded. A cached step reuses the run that made its output. The same
code can give another result with other input data, or with other versions of libraries. What the code imports is a part
of the cache key; what these libraries require is compared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from zenml_pin.base.distribution_names import normal_name
from zenml_pin.base.distributions import required_by
from zenml_pin.errors import PinError
from zenml_pin.pipelines.runs.library_versions import versions_for
from zenml_pin.pipelines.runs.record import Record
from zenml_pin.pipelines.runs.run import Run, StepRun
from zenml_pin.source import Source

_SHOWN = 5


@attrs.frozen
class Note:
    """One thing to know about a run.

    Attributes:
        text: What it is, in one line.
        is_warning: Whether the result may be another one for that reason; else it is only a fact.
    """

    text: str
    is_warning: bool


def notes_on(run: Run, record: Record) -> list[Note]:
    """Return how the data and the packages of a run differ from those of the runs that it repeats and reuses."""
    previous = record.previous(run)
    notes = [] if previous is None else [*_other_data(run, previous), *_other_packages(run, previous)]
    return [*notes, *_other_libraries(run, record)]


def _other_data(run: Run, previous: Run) -> Iterator[Note]:
    before = {step.key: step for step in previous.steps}
    for step in run.steps:
        other = before.get(step.key)
        # A step without inputs reads its data from elsewhere.
        if other is None or step.inputs or step.output is None or step.output == other.output:
            continue
        text = f"'{step.key}' returned other data than in run {previous.id}"
        yield Note(f"{text} of the same document ({_short(other.output)}, now {_short(step.output)})", True)


def _short(artifact: str | None) -> str:
    return "none" if artifact is None else artifact[:12]


def _other_packages(run: Run, previous: Run) -> Iterator[Note]:
    changes = _changes(run.environment, previous.environment)
    if changes:
        names = _list_changes(changes, _needed_by(run.steps))
        yield Note(f"run {previous.id} of the same document had other versions: {names}", False)


def _other_libraries(run: Run, record: Record) -> Iterator[Note]:
    """Yield which cached steps were made with other versions of what the libraries of their code require."""
    for step in run.steps:
        maker = record.maker_of(step.output, run.id) if step.cached and step.output is not None else None
        if maker is None:
            continue
        needed = _needed_by([step])
        changes = _changes(run.environment, maker.environment)
        changes = {name: versions for name, versions in changes.items() if normal_name(name) in needed}
        if changes:
            names = _list_changes(changes, needed)
            yield Note(f"'{step.key}' is cached from run {maker.id}, which had other versions: {names}", True)


def _changes(now: dict[str, Any], before: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the versions that differ, by name, each as of before and of now; "" for what is not installed."""
    versions = [{"Python": one.get("python", ""), **one.get("packages", {})} for one in (before, now)]
    names = sorted(versions[0].keys() | versions[1].keys(), key=str.lower)
    pairs = {name: (versions[0].get(name, ""), versions[1].get(name, "")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _list_changes(changes: dict[str, tuple[str, str]], needed: frozenset[str]) -> str:
    """Return changes in one line, those that the code needs first."""
    names = sorted(changes, key=lambda name: normal_name(name) not in needed)
    texts = [
        f"{name} {changes[name][0] or 'none'} (now {changes[name][1] or 'none'})" for name in names[:_SHOWN]
    ]
    more = len(names) - len(texts)
    return ", ".join([*texts, *([f"and {more} more"] if more else [])])


def _needed_by(steps: Iterable[StepRun]) -> frozenset[str]:
    """Return the normal names of the distributions that the code of steps imports, and of all that these require."""
    names: set[str] = set()
    for step in steps:
        try:
            versions = versions_for(Source.parse(step.source)) if "@" in step.source else None
        except PinError:
            versions = None
        names.update(label.partition(" ")[0] for label in versions or ())
    return required_by(frozenset(names))
