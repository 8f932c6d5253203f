"""The executor: the steps of a run, one after the other, each on its backend.

Each step gets by keyword those inputs that its signature accepts, as fresh copies of stored artifacts. Whether it
may be taken from the cache, and what it was given and returned, goes into the record as it happens.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from zenml_pin.backends.base import BaseBackend
from zenml_pin.component import classes_in
from zenml_pin.errors import ComponentError, PinError, StepFailedError
from zenml_pin.pipelines.base import DATASOURCE, ORCHESTRATOR
from zenml_pin.pipelines.entries import ComponentEntry
from zenml_pin.pipelines.identity import CodeOf, args_id, canonical
from zenml_pin.pipelines.options import Event, Options
from zenml_pin.pipelines.resolving import ran
from zenml_pin.pipelines.runs import FAILED, INTERRUPTED, RUNNING, SUCCEEDED, Run, StepRun
from zenml_pin.pipelines.store import LocalStore
from zenml_pin.pipelines.task import accepted, kind_of, pack, perform, unpack
from zenml_pin.pipelines.versions import python_of_cache, version_of
from zenml_pin.source import Source

# Said by what starts processes, where each imports the script anew.
_HINTS = {
    "BrokenProcessPool": "what a script does must stand under: if __name__ == '__main__'; else the process was killed"
}


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
    def is_cacheable(self) -> bool:
        """Whether what it returns depends on its code, arguments and inputs alone, and the code is known."""
        if self.key == DATASOURCE or not self.component.CACHED:
            return False
        classes = map(Source.parse, classes_in(self.entry.args))
        return Source.parse(self.entry.source).is_pinned and all(
            source.commit_id is not None or version_of(source) is not None for source in classes
        )


class Executor:
    """Carries out one run.

    Args:
        run: The run, as it is recorded.
        store: Where artifacts and the record lie.
        backends: By the key of the step that each carries out; that of "orchestrator" has the others. All are open.
        options: Whom to tell of the progress.
        use_cache: Whether results may come from earlier runs.
        code_of: Gives a source what stands for its code.
    """

    def __init__(
        self,
        run: Run,
        store: LocalStore,
        backends: Mapping[str, BaseBackend],
        options: Options,
        use_cache: bool,
        code_of: CodeOf,
    ) -> None:
        self._run = run
        self._store = store
        self._backends = backends
        self._options = options
        self._use_cache = use_cache
        self._code_of = code_of
        self._outputs: dict[str, str] = {}

    def carry_out(self, tasks: list[Task]) -> None:
        """Run the tasks in order; one that asks for what none before it makes fails before the first has run.

        Raises:
            StepFailedError: One raised; the rest did not run.
        """
        has_split = any(task.key == "split" for task in tasks)
        misfit = find_misfit(tasks, has_split)
        if misfit is not None:
            position, fault = misfit
            self._carry_out(tasks[position - 1], position, len(tasks), fault)
        for position, task in enumerate(tasks, 1):
            if not has_split and task.key not in (DATASOURCE, "data"):
                self._pass_data_through()
            self._carry_out(task, position, len(tasks))

    def _pass_data_through(self) -> None:
        """Without a split step all data is the split "train"."""
        if "data" in self._outputs and "splits" not in self._outputs:
            data = unpack(self._store.artifacts.get(self._outputs["data"]), "data")
            self._outputs["splits"] = self._store.artifacts.put(pack({"train": data}, "splits", "split"))

    def _carry_out(self, task: Task, position: int, count: int, fault: PinError | None = None) -> None:
        source = Source.parse(task.entry.source)
        step = StepRun(
            key=task.key,
            source=task.ran,
            code_id=self._code_of(source) if source.commit_id is not None else None,
            args=task.entry.args,
            inputs={},
            output_name=task.output_name,
            started=time.time(),
        )
        tell = self._teller(task, position, count)
        tell("start", 0.0)
        try:
            if fault is not None:
                raise fault
            step, cache_key = self._perform(task, step, position)
        except BaseException as error:
            is_failure = isinstance(error, (Exception, SystemExit))
            outcome = FAILED if is_failure else INTERRUPTED
            step = attrs.evolve(step, outcome=outcome, error=say(error), ended=time.time())
            self._store.record.put_step(self._run.id, position, step, None)
            tell("failed", step.ended - step.started if step.ended else 0.0)
            if not is_failure:
                raise
            hint = error.hint if isinstance(error, PinError) else _HINTS.get(type(error).__name__, "")
            raise StepFailedError(self._run.pipeline, task.key, self._run.id, say(error), hint) from error
        self._store.record.put_step(self._run.id, position, step, cache_key)
        tell("cached" if step.cached else "done", (step.ended or 0.0) - step.started)

    def _perform(self, task: Task, step: StepRun, position: int) -> tuple[StepRun, str | None]:
        names = accepted(task.component, task.method, self._outputs)
        step = attrs.evolve(step, inputs={name: self._outputs[name] for name in names})
        self._store.record.put_step(self._run.id, position, step, None)
        cache_key = cache_key_of(task, step.inputs, self._code_of) if task.is_cacheable else None
        output = self._find_cached(cache_key)
        cached = output is not None
        if output is None:
            packed = {name: self._store.artifacts.get(sha256) for name, sha256 in step.inputs.items()}
            backend = self._backends.get(task.key, self._backends[ORCHESTRATOR])
            future = backend.submit(perform, task.component, task.method, packed, task.output_name)
            output = self._store.artifacts.put(future.result(), kind_of(task.output_name))
        self._outputs[task.output_name] = output
        return attrs.evolve(
            step, output=output, cached=cached, outcome=SUCCEEDED, ended=time.time()
        ), cache_key

    def _find_cached(self, cache_key: str | None) -> str | None:
        if cache_key is None or not self._use_cache:
            return None
        found = self._store.record.find_output(cache_key)
        return found if found is not None and self._store.artifacts.has(found) else None

    def _teller(self, task: Task, position: int, count: int) -> Callable[[str, float], None]:
        def tell(kind: str, seconds: float) -> None:
            self._options.tell(Event(kind, self._run.pipeline, task.key, position, count, seconds))

        return tell


def find_misfit(tasks: list[Task], has_split: bool) -> tuple[int, ComponentError] | None:
    """Return the first task, counted from 1, that asks for an input that none before it makes, and the error."""
    available: list[str] = []
    for position, task in enumerate(tasks, 1):
        if not has_split and "data" in available and task.key not in (DATASOURCE, "data"):
            available.append("splits")
        try:
            accepted(task.component, task.method, available)
        except ComponentError as error:
            return position, error
        available.append(task.output_name)
    return None


def cache_key_of(task: Task, inputs: dict[str, str], code_of: CodeOf) -> str:
    """Return the cache key of a pinned step: Python, its class, its code, its arguments and its inputs."""

    def code(source: Source) -> str:
        return code_of(source) if source.commit_id is not None else str(version_of(source))

    source = Source.parse(task.entry.source)
    content = [
        python_of_cache(),
        str(source.at(None)),
        code(source),
        args_id(task.entry.args, code),
        dict(sorted(inputs.items())),
    ]
    return hashlib.sha256(canonical(content).encode("ascii")).hexdigest()


def say(error: BaseException) -> str:
    """Return an exception in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


__all__ = ["RUNNING", "Executor", "Task", "cache_key_of", "say"]
