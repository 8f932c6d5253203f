"""What differs around a recorded run: Python, platform, packages, the code at its pins, and its document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zenml_pin.base.distribution_names import normal_name
from zenml_pin.base.forms import classes_in
from zenml_pin.base.version import PACKAGE
from zenml_pin.errors import PinError
from zenml_pin.pins.imported_libraries import imported_libraries
from zenml_pin.pins.library_names import find_distribution
from zenml_pin.pipelines.documents.content_id import CodeOf
from zenml_pin.pipelines.documents.model import DATASOURCE, Document, sources_of
from zenml_pin.pipelines.reproducing.reproduction import ContextDifference
from zenml_pin.pipelines.runs.run import Run, StepRun
from zenml_pin.source import Source

_FACTS = ("python", "implementation", "platform")


def differences_around(
    run: Run, environment: Mapping[str, Any], code_of: CodeOf, document: Document | None
) -> tuple[ContextDifference, ...]:
    """Return what differs around a run. Packages that its steps import come first.

    Args:
        run: The recorded run.
        environment: Python, platform and packages of now, as a run records them.
        code_of: Returns a text that identifies the code of a source.
        document: The run's document as it is now, if it still exists.
    """
    facts = [
        ContextDifference(name, "", run.environment[name], environment.get(name))
        for name in _FACTS
        if name in run.environment and run.environment[name] != environment.get(name)
    ]
    changed_code = list(_code(run.steps, code_of))
    moved = list(_document(run.steps, document)) if document is not None else []
    return (*changed_code, *moved, *facts, *_packages(run, environment))


def environments_differ(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the names of the packages whose versions differ, sorted; none where a record has no packages."""
    before, after = recorded.get("packages"), now.get("packages") or {}
    if before is None:
        return []
    # A run with the libraries of its commit recorded those alone.
    names = set(before) if "environments" in recorded else {*before, *after}
    if "environments" in recorded or "environments" in now:
        # In an environment this package comes beside what the lock names, as the same code as here.
        names = {name for name in names if normal_name(name) != normal_name(PACKAGE)}
    return sorted(name for name in names if before.get(name) != after.get(name))


def _packages(run: Run, environment: Mapping[str, Any]) -> list[ContextDifference]:
    names = environments_differ(run.environment, environment)
    if not names:
        return []
    used = _used(run.steps)
    before, after = run.environment["packages"], environment.get("packages") or {}
    differences = [
        ContextDifference("package", name, before.get(name), after.get(name), normal_name(name) in used)
        for name in names
    ]
    return sorted(differences, key=lambda item: (not item.is_used, item.name))


def _used(steps: Iterable[StepRun]) -> set[str]:
    """Return the names of the packages that the code of some steps imports."""
    used = set()
    for source in {source for step in steps for source in map(Source.parse, sources_of(step))}:
        if source.commit_id is None:
            root = source.module.partition(".")[0]
            used.add(normal_name(root))
            continue
        try:
            roots = imported_libraries(source)
        except PinError:
            continue
        used |= {normal_name(find_distribution(root) or root) for root in roots}
    return used


def _code(steps: Iterable[StepRun], code_of: CodeOf) -> Iterator[ContextDifference]:
    """Yield the steps whose pins do not have the code that was recorded."""
    for step in steps:
        source = Source.parse(step.source)
        if source.commit_id is not None and step.code_id is not None:
            now = code_of(source)
            # Code that is not here is not known to be other code; why the step did not run is told with it.
            if now not in (step.code_id, f"commit {source.commit_id}"):
                yield ContextDifference("code", step.key, step.code_id, now)


def _document(steps: Iterable[StepRun], document: Document) -> Iterator[ContextDifference]:
    """Yield the steps that the document now has with other pins or arguments."""
    for step in steps:
        entry = document.datasource if step.key == DATASOURCE else document.steps.get(step.key)
        if entry is None:
            yield ContextDifference("document", step.key, step.source, None)
            continue
        pairs = zip(sources_of(step), sources_of(entry), strict=False)
        moved = next((pair for pair in pairs if _is_moved(*pair)), None)
        if moved is not None:
            yield ContextDifference("document", step.key, *moved)
        elif _plain(step.args) != _plain(entry.args):
            yield ContextDifference("document", step.key, str(step.args), str(entry.args))


def _is_moved(recorded: str, now: str) -> bool:
    # Releases are recorded as they run, not as the document has them.
    return recorded != now and Source.parse(recorded).commit_id is not None


def _plain(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name != "name" and not classes_in({"": value})}
