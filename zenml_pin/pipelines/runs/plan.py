"""The plan of a run: for each input of each task, the task that returns it. It is made before the first task runs.

A task gets the last output of that name before it, so the order of the tasks decides. Tasks that do not need each
other may run in parallel. Without a split step, all data is the split "train".
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import attrs

from zenml_pin.base.forms import classes_in
from zenml_pin.errors import ComponentError
from zenml_pin.pins.origin import origin_of
from zenml_pin.pipelines.documents.model import DATASOURCE, ComponentEntry
from zenml_pin.pipelines.runs.run_environment import code_version_of
from zenml_pin.pipelines.runs.task import accepted
from zenml_pin.source import Source
from zenml_pin.steps.component import definition_of


@attrs.frozen
class Task:
    """A component that runs as a part of a run.

    Attributes:
        key: The step's key, or "datasource".
        entry: Its source and arguments.
        component: The object that runs.
    """

    key: str
    entry: ComponentEntry
    component: Any

    @property
    def source_that_runs(self) -> str:
        """The source of the class that runs."""
        return source_that_runs(self.entry.source, self.component)

    @property
    def method(self) -> str:
        """The method that does its work."""
        return "process" if self.key == DATASOURCE else "run_fn"

    @property
    def output_name(self) -> str:
        """The name under which later steps get its output."""
        return "data" if self.key == DATASOURCE else self.component.OUTPUT or self.key

    @property
    def is_known(self) -> bool:
        """Whether its code, and the code of its arguments, is known."""
        # Values in the store may have objects of any class.
        if self.component.STORED or not Source.parse(self.entry.source).is_pinned:
            return False
        classes = map(Source.parse, classes_in(self.entry.args))
        return all(source.commit_id is not None or code_version_of(source) is not None for source in classes)

    @property
    def is_cacheable(self) -> bool:
        """Whether its output depends on its code, arguments and inputs only, and its code is known."""
        return self.key != DATASOURCE and self.component.CACHED and self.is_known


@attrs.frozen
class InputOrigin:
    """The task that an input comes from.

    Attributes:
        position: The position of the task.
        is_all_data: Whether the input is the task's data as the only split.
    """

    position: int
    is_all_data: bool = False


@attrs.frozen
class PlannedTask:
    """A task with its position and the origins of its inputs.

    Attributes:
        task: The task.
        position: Its position in the order, from 1.
        inputs: The origin of each input, by name.
        fault: Why it cannot run: it needs an input that no earlier task returns.
    """

    task: Task
    position: int
    inputs: dict[str, InputOrigin]
    fault: ComponentError | None = None

    def is_ready(self, done: Iterable[int]) -> bool:
        """Tell whether all its inputs are available.

        Args:
            done: Positions of the tasks that have ended.
        """
        return {origin.position for origin in self.inputs.values()} <= set(done)


def plan_tasks(tasks: list[Task]) -> list[PlannedTask]:
    """Return the tasks of a run in their order, each with the origins of its inputs."""
    has_split = any(task.key == "split" for task in tasks)
    origins: dict[str, InputOrigin] = {}
    planned = []
    for position, task in enumerate(tasks, 1):
        if not has_split and "data" in origins and task.key not in (DATASOURCE, "data"):
            origins.setdefault("splits", InputOrigin(origins["data"].position, is_all_data=True))
        later = {task.output_name: task.key for task in tasks[position:]}
        try:
            names, fault = accepted(task.component, task.method, origins, later), None
        except ComponentError as error:
            names, fault = [], error
        planned.append(PlannedTask(task, position, {name: origins[name] for name in names}, fault))
        origins[task.output_name] = InputOrigin(position)
    return planned


def public_source(source: Source, cls: object) -> Source:
    """Return a source of this package under its shortest public name, which stays valid when modules move.

    A source without a release is returned as it is.
    """
    package = ".".join(source.module.split(".")[:2])
    if source.release is None:
        return source
    if getattr(sys.modules.get(package), source.name, None) is cls:
        return Source(package, source.name, release=source.release)
    return source


def source_that_runs(text: str, component: object) -> str:
    """Return the source of what runs: a document's source; if it names a release, the installed class and release."""
    own = origin_of(definition_of(component)).source if Source.parse(text).release is not None else None
    return text if own is None else str(public_source(own, definition_of(component)))
