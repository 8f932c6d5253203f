"""The plan of a run: which task makes each input of each task, decided before the first one runs.

A task is given what the last task before it has made under a name, so the order of the tasks decides, and tasks of
which none needs the other may run side by side. Without a split step all data is the split "train".
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import attrs

from zenml_pin.errors import ComponentError
from zenml_pin.pins.origin import origin_of
from zenml_pin.pipelines.documents.model import DATASOURCE, ComponentEntry
from zenml_pin.pipelines.runs.run_environment import code_version_of
from zenml_pin.pipelines.runs.task import accepted
from zenml_pin.source import Source
from zenml_pin.steps.component import classes_in


@attrs.frozen
class Task:
    """A component in its place in a run.

    Attributes:
        key: Its key, or "datasource".
        entry: Its source and arguments.
        component: What runs.
    """

    key: str
    entry: ComponentEntry
    component: Any

    @property
    def ran(self) -> str:
        """The source of what runs."""
        return ran(self.entry.source, self.component)

    @property
    def method(self) -> str:
        """The method that does its work."""
        return "process" if self.key == DATASOURCE else "run_fn"

    @property
    def output_name(self) -> str:
        """Under which name later steps get what it returns."""
        return "data" if self.key == DATASOURCE else self.component.OUTPUT or self.key

    @property
    def is_known(self) -> bool:
        """Whether its code is known, and that of its arguments; kept values may hold objects of any class."""
        if self.component.STORED or not Source.parse(self.entry.source).is_pinned:
            return False
        classes = map(Source.parse, classes_in(self.entry.args))
        return all(source.commit_id is not None or code_version_of(source) is not None for source in classes)

    @property
    def is_cacheable(self) -> bool:
        """Whether what it returns depends on its code, arguments and inputs alone, and the code is known."""
        return self.key != DATASOURCE and self.component.CACHED and self.is_known


@attrs.frozen
class InputOrigin:
    """Where an input comes from.

    Attributes:
        position: Of the task that makes it.
        is_all_data: Whether it is the data that the task makes, as the only split.
    """

    position: int
    is_all_data: bool = False


@attrs.frozen
class PlannedTask:
    """A task, and what it waits for.

    Attributes:
        task: The task.
        position: Its place in the order, from 1.
        inputs: Where each of its inputs comes from, by name.
        fault: Why it cannot run: it asks for what none before it makes.
    """

    task: Task
    position: int
    inputs: dict[str, InputOrigin]
    fault: ComponentError | None = None

    def is_ready(self, done: Iterable[int]) -> bool:
        """Tell whether all that it waits for is among the positions of what is done."""
        return {origin.position for origin in self.inputs.values()} <= set(done)


def plan_tasks(tasks: list[Task]) -> list[PlannedTask]:
    """Return the tasks of a run in their order, each with the origins of its inputs."""
    has_split = any(task.key == "split" for task in tasks)
    made: dict[str, InputOrigin] = {}
    planned = []
    for position, task in enumerate(tasks, 1):
        if not has_split and "data" in made and task.key not in (DATASOURCE, "data"):
            made.setdefault("splits", InputOrigin(made["data"].position, is_all_data=True))
        try:
            names, fault = accepted(task.component, task.method, made), None
        except ComponentError as error:
            names, fault = [], error
        planned.append(PlannedTask(task, position, {name: made[name] for name in names}, fault))
        made[task.output_name] = InputOrigin(position)
    return planned


def public_source(source: Source, cls: type) -> Source:
    """Return the source of a class of ours by its shortest public name, which outlives moves inside a package."""
    package = ".".join(source.module.split(".")[:2])
    if source.release is None:
        return source
    if getattr(sys.modules.get(package), cls.__name__, None) is cls:
        return Source(package, cls.__name__, release=source.release)
    return source


def ran(text: str, component: object) -> str:
    """Return the source of what runs: for a document's source of a release, the installed class and release."""
    own = origin_of(type(component)).source if Source.parse(text).release is not None else None
    return text if own is None else str(public_source(own, type(component)))
