"""The executor: runs the tasks of a run, each on its backend. Tasks that do not need each other run in parallel.

A step gets the inputs that its signature accepts, by keyword, as fresh copies of stored artifacts. The record gets each
step's inputs, output and cache key as the step begins and ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress

import attrs

from zenml_pin.backends.base import BaseBackend
from zenml_pin.base.values import evolve
from zenml_pin.errors import ComponentError, StepFailedError
from zenml_pin.pipelines.documents.content_id import CodeOf
from zenml_pin.pipelines.documents.model import ORCHESTRATOR, sources_of
from zenml_pin.pipelines.runs.artifacts import PICKLE, FileContent, is_file
from zenml_pin.pipelines.runs.bounded_log import read_log
from zenml_pin.pipelines.runs.cache_key import cache_key_of
from zenml_pin.pipelines.runs.failures import hint_for, in_one_line
from zenml_pin.pipelines.runs.library_versions import versions_for
from zenml_pin.pipelines.runs.options import Event, Options
from zenml_pin.pipelines.runs.performed import Performed, find_left
from zenml_pin.pipelines.runs.pickling import libraries_in
from zenml_pin.pipelines.runs.plan import InputOrigin, PlannedTask, Task, plan_tasks
from zenml_pin.pipelines.runs.run import FAILED, INTERRUPTED, SUCCEEDED, Run, StepRun
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.pipelines.runs.task import kind_of, only_split, perform
from zenml_pin.pipelines.runs.texts import LOG, TRACEBACK, Detail
from zenml_pin.pipelines.runs.user_frames import below_perform
from zenml_pin.source import Source


@attrs.define
class _Started:
    """A task that has begun.

    Attributes:
        planned: The task.
        step: Its record so far.
        libraries: The versions of the libraries that its output may depend on; None if they are unknown.
        cache_key: The key under which later runs find the output; None when they must not use it.
        performed: What came of it; None before it ends, and when its code did not run.
    """

    planned: PlannedTask
    step: StepRun
    libraries: frozenset[str] | None = None
    cache_key: str | None = None
    performed: Performed | None = None

    def details(self) -> Iterator[Detail]:
        """Yield the texts to keep of it."""
        if self.performed is not None and self.performed.log:
            yield Detail(LOG, self.performed.log)
        if self.performed is not None and self.performed.traceback:
            yield Detail(TRACEBACK, self.performed.traceback.encode("utf-8", "backslashreplace"))


class Executor:
    """Carries out one run.

    Args:
        run: The run, as it is recorded.
        store: Has the artifacts and the record.
        backends: Open backends by the key of the step that each runs; "orchestrator" runs the other steps.
        options: Its `progress` is called with each event.
        use_cache: Whether results may come from earlier runs.
        code_of: Returns a text that identifies the code of a source.
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
        self._count = 0
        # Artifacts by the position of the task that returned them.
        self._outputs: dict[int, str] = {}
        # Artifacts of all data as the only split, where there is no split step.
        self._only_splits: dict[InputOrigin, str] = {}
        # Artifacts with objects of classes whose code is unknown: steps that get them must not be cached.
        self._loose: set[str] = set()
        # The libraries, with versions, whose objects an artifact may contain.
        self._libraries: dict[str, frozenset[str]] = {}

    def carry_out(self, tasks: list[Task]) -> None:
        """Run the tasks, each as soon as its inputs are available; of tasks that are ready, the first one first.

        If a task needs an input that no earlier task returns, it fails before any task runs.

        Raises:
            StepFailedError: A task raised. Tasks that ran at the same time have ended; the rest did not run.
        """
        waiting = plan_tasks(tasks)
        self._count = len(waiting)
        self._refuse_misfit(waiting)
        running: dict[Future[Performed], _Started] = {}
        try:
            while waiting or running:
                ready = next((planned for planned in waiting if planned.is_ready(self._outputs)), None)
                if ready is not None:
                    waiting.remove(ready)
                    self._start(ready, running)
                # Waits only when no task is ready, so that all ready tasks start first.
                done = wait(running, 0 if ready is not None else None, FIRST_COMPLETED).done
                for future in done:
                    self._end(running.pop(future), future)
        except StepFailedError:
            self._let_end(running)
            raise
        except BaseException as error:
            self._interrupt(running, error)
            raise

    def _refuse_misfit(self, planned: list[PlannedTask]) -> None:
        for task in planned:
            if task.fault is not None:
                started = self._begin(task)
                with self._noting_failure(started):
                    raise task.fault

    def _start(self, planned: PlannedTask, running: dict[Future[Performed], _Started]) -> None:
        """Start a task, or take its output from the cache."""
        started, task = self._begin(planned), planned.task
        with self._noting_failure(started):
            with self._store.keeping():
                inputs = {name: self._input(origin) for name, origin in planned.inputs.items()}
                started.step = evolve(started.step, inputs=inputs)
                self._store.record.put_step(self._run.id, planned.position, started.step, None)
                started.libraries = self._libraries_of(task, inputs)
                is_known = started.libraries is not None and self._loose.isdisjoint(inputs.values())
                if task.is_cacheable and is_known:
                    started.cache_key = cache_key_of(
                        task, inputs, self._code_of, started.libraries or frozenset()
                    )
                cached = self._find_cached(started.cache_key)
                if cached is not None:
                    self._succeed(started, cached, is_cached=True)
                    return
            packed = {name: self._store.artifacts.get(artifact) for name, artifact in inputs.items()}
            backend = self._backends.get(task.key, self._backends[ORCHESTRATOR])
            log_path = self._store.log_path(self._run.id, planned.position)
            future = backend.submit(perform, task.component, task.method, packed, task.output_name, log_path)
            running[future] = started

    def _libraries_of(self, task: Task, inputs: dict[str, str]) -> frozenset[str] | None:
        """Return the versions of the libraries that a task and the makers of its inputs import; None if unknown."""
        there = self._backends.get(task.key, self._backends[ORCHESTRATOR]).libraries_of(task.component)
        if there:
            earlier = (self._libraries.get(sha256, frozenset()) for sha256 in inputs.values())
            return frozenset({f"environment {there}"}).union(*earlier)
        sources = map(Source.parse, sources_of(task.entry))
        versions = [versions_for(source) for source in sources if source.is_pinned]
        known = [one for one in versions if one is not None]
        if len(known) < len(versions):
            return None
        return frozenset().union(*known, *(self._libraries.get(sha256, ()) for sha256 in inputs.values()))

    def _begin(self, planned: PlannedTask) -> _Started:
        task = planned.task
        source = Source.parse(task.entry.source)
        step = StepRun(
            key=task.key,
            source=task.source_that_runs,
            code_id=self._code_of(source) if source.commit_id is not None else None,
            args=task.entry.args,
            inputs={},
            output_name=task.output_name,
            started=time.time(),
        )
        started = _Started(planned, step)
        self._tell("start", started)
        return started

    def _input(self, origin: InputOrigin) -> str:
        """Return the artifact of an input."""
        output = self._outputs[origin.position]
        if not origin.is_all_data:
            return output
        if origin not in self._only_splits:
            if is_file(output[65:]):
                raise ComponentError(
                    "the data is a file, of which no splits are made",
                    "take 'data' instead of 'splits', or add a split step",
                )
            self._only_splits[origin] = self._store.artifacts.put(
                only_split(self._store.artifacts.get(output))
            )
            if output in self._loose:
                self._loose.add(self._only_splits[origin])
            self._libraries[self._only_splits[origin]] = self._libraries.get(output, frozenset())
        return self._only_splits[origin]

    def _end(self, started: _Started, future: Future[Performed]) -> None:
        """Store the output of a task that has ended.

        Raises:
            StepFailedError: The task raised.
        """
        with self._noting_failure(started):
            started.performed = future.result()
            data = started.performed.output()
            kind = data.kind if isinstance(data, FileContent) else kind_of(started.planned.task.output_name)
            is_known = started.planned.task.is_known and self._loose.isdisjoint(started.step.inputs.values())
            if kind == PICKLE and not is_known and started.libraries is not None:
                libraries = libraries_in(data)
                started.libraries = None if libraries is None else started.libraries | libraries
            with self._store.keeping():
                output = self._store.artifacts.put(data, kind)
                if started.libraries is None:
                    self._loose.add(output)
                self._succeed(started, output, is_cached=False)

    def _succeed(self, started: _Started, output: str, is_cached: bool) -> None:
        planned = started.planned
        started.step = evolve(
            started.step, output=output, cached=is_cached, outcome=SUCCEEDED, ended=time.time()
        )
        self._store.record.put_step(
            self._run.id, planned.position, started.step, started.cache_key, started.details()
        )
        self._outputs[planned.position] = output
        self._libraries[output] = self._libraries.get(output, frozenset()) | (
            started.libraries or frozenset()
        )
        self._tell("cached" if is_cached else "done", started)

    @contextmanager
    def _noting_failure(self, started: _Started) -> Iterator[None]:
        """Record an exception of a task and raise StepFailedError from it; KeyboardInterrupt passes unchanged."""
        try:
            yield
        except BaseException as error:
            is_failure = isinstance(error, (Exception, SystemExit))
            hint = hint_for(error, has_run=bool(started.performed or find_left(error)))
            self._fail(started, FAILED if is_failure else INTERRUPTED, error)
            if not is_failure:
                raise
            key = started.planned.task.key
            # A traceback begins with the step's own code; what led there is the same for every step.
            inner = below_perform(error.__traceback__)
            error.__traceback__ = inner or error.__traceback__
            raise StepFailedError(self._run.pipeline, key, self._run.id, in_one_line(error), hint) from error

    def _fail(self, started: _Started, outcome: str, error: BaseException) -> None:
        started.step = evolve(started.step, outcome=outcome, error=in_one_line(error), ended=time.time())
        # A process that was killed has left its log in the file.
        path = self._store.log_path(self._run.id, started.planned.position)
        started.performed = started.performed or find_left(error) or Performed(None, read_log(path))
        self._store.record.put_step(
            self._run.id, started.planned.position, started.step, None, started.details()
        )
        self._tell("failed", started)

    def _let_end(self, running: dict[Future[Performed], _Started]) -> None:
        """After a failure, wait for tasks that have begun, because their output may be useful; cancel the rest."""
        # Cancel all before waiting: no task may begin during the wait.
        dropped = {future for future in running if future.cancel()}
        for future, started in running.items():
            if future in dropped:
                self._fail(started, INTERRUPTED, RuntimeError("another step failed before this one began"))
            else:
                with suppress(StepFailedError):
                    self._end(started, future)

    def _interrupt(self, running: dict[Future[Performed], _Started], error: BaseException) -> None:
        for future, started in running.items():
            future.cancel()
            self._fail(started, INTERRUPTED, error)

    def _find_cached(self, cache_key: str | None) -> str | None:
        if cache_key is None or not self._use_cache:
            return None
        output = self._store.record.find_output(cache_key)
        return output if output is not None and self._store.artifacts.has(output) else None

    def _tell(self, kind: str, started: _Started) -> None:
        step, position = started.step, started.planned.position
        seconds = step.ended - step.started if step.ended is not None else 0.0
        self._options.tell(Event(kind, self._run.pipeline, step.key, position, self._count, seconds))
