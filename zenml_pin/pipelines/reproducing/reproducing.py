"""reproduce: run again exactly what a recorded run ran, each step with its recorded inputs, and compare the outputs.

Every step gets its recorded inputs, so one that differs does not change the others. An input that the store has
lost is taken from the step that returns it, if that still returns the recorded bytes.
"""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import Future
from typing import Any

import attrs

from zenml_pin.backends.base import BaseBackend
from zenml_pin.backends.env import EnvBackend
from zenml_pin.backends.local import LocalBackend
from zenml_pin.errors import PinError
from zenml_pin.pipelines.comparison.artifacts import compare_artifacts
from zenml_pin.pipelines.comparison.result import Sameness, ValueComparison
from zenml_pin.pipelines.comparison.tolerance import Tolerance
from zenml_pin.pipelines.documents.model import DATASOURCE
from zenml_pin.pipelines.reproducing.choosing import choose_run
from zenml_pin.pipelines.reproducing.context import differences_around
from zenml_pin.pipelines.reproducing.rebuilding import Rebuilder, unpinned_in
from zenml_pin.pipelines.reproducing.reproduction import (
    FAILED_NOW,
    NOT_RUN,
    Reproduction,
    StepReproduction,
)
from zenml_pin.pipelines.resolving import code_in, refuse_inside_load
from zenml_pin.pipelines.runs.artifacts import JSON, FileContent, artifact_id
from zenml_pin.pipelines.runs.failures import in_one_line
from zenml_pin.pipelines.runs.options import Event, Options, current_options
from zenml_pin.pipelines.runs.performed import Performed
from zenml_pin.pipelines.runs.run import FAILED, Run, StepRun
from zenml_pin.pipelines.runs.run_environment import environment
from zenml_pin.pipelines.runs.store import LocalStore
from zenml_pin.pipelines.runs.task import kind_of, only_split, perform
from zenml_pin.workspace.config import Workspace, get_current_workspace, get_workspace_at


def reproduce(
    run: Run | str | None = None,
    *,
    repo: str | os.PathLike[str] | None = None,
    number: int | None = None,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    backend: BaseBackend | None = None,
) -> Reproduction:
    """Run again exactly what a recorded run ran, and compare each output with the recorded one.

    Each step is built from its recorded pin and arguments, and gets its recorded inputs; the cache is not used, and
    the working tree does not matter. Nothing is recorded or stored. Steps with effects outside, such as a deployment,
    have them again.

    Args:
        run: A run, its id, or a pipeline's name, which means the newest run of it; by default the newest run.
        repo: A path in the workspace; by default the main script's folder, else the current folder.
        number: Which content of the pipeline's name.
        rtol: Numbers are equal if they are this far apart, relative to the recorded one,
        atol: or this far apart at all. Integers are equal only if they are the same.
        backend: Where the steps run; by default in this process. With `EnvBackend()` each step gets the libraries
            that its commit locks.

    Returns:
        The result. A step that fails, or that cannot be run, is a part of it and raises nothing.

    Raises:
        UnknownNameError: The run does not exist.
        RecordError: No run is recorded.
        UnsupportedError: A tolerance is not a number from 0 on.
    """
    tolerance = Tolerance(rtol, atol)
    workspace = get_current_workspace() if repo is None else get_workspace_at(os.fspath(repo))
    store = LocalStore.of(workspace)
    chosen = run if isinstance(run, Run) else choose_run(workspace, store, run, number)
    refuse_inside_load(chosen.pipeline)
    options = attrs.evolve(current_options(), allow_dirty=True)
    used = backend or options.env or LocalBackend()
    if isinstance(used, EnvBackend):
        # Classes are loaded in its processes too.
        options = attrs.evolve(options, env=used)
    with used:
        return _Reproducer(chosen, workspace, store, used, options, tolerance).result()


@attrs.define
class _Begun:
    """A step that was started.

    Attributes:
        position: Its position in the run, from 1.
        step: Its record.
        component: What runs.
        future: What comes of it.
        started: When it was started.
        ended: When it ended, as soon as that is known.
    """

    position: int
    step: StepRun
    component: Any
    future: Future[Performed]
    started: float
    ended: float | None = None

    def note_end(self, _: Future[Performed]) -> None:
        self.ended = time.time()


class _Reproducer:
    """Runs the steps of one run again."""

    def __init__(
        self,
        run: Run,
        workspace: Workspace,
        store: LocalStore,
        backend: BaseBackend,
        options: Options,
        tolerance: Tolerance,
    ) -> None:
        self._run = run
        self._workspace = workspace
        self._artifacts = store.artifacts
        self._backend = backend
        self._options = options
        self._tolerance = tolerance
        self._rebuilder = Rebuilder(run, workspace, store, options)
        self._begun: list[_Begun] = []
        self._results: dict[int, StepReproduction] = {}
        # Outputs of now that are the recorded ones and that a later step gets, by sha256.
        self._made: dict[str, bytes] = {}
        self._wanted = {sha256 for step in run.steps for sha256 in step.inputs.values()}

    def result(self) -> Reproduction:
        """Run all steps and return the result."""
        components = {position: self._build(position, step) for position, step in self._numbered()}
        self._backend.prepare(component for component in components.values() if component is not None)
        for position, step in self._numbered():
            if components[position] is not None:
                self._start(position, step, components[position])
        self._end_all()
        now = environment() | self._backend.facts()
        context = differences_around(self._run, now, code_in(self._workspace), self._rebuilder.document)
        steps = tuple(self._results[position] for position, _ in self._numbered())
        return Reproduction(self._run, steps, context, self._tolerance, type(self._backend).__name__)

    def _numbered(self) -> list[tuple[int, StepRun]]:
        return list(enumerate(self._run.steps, 1))

    def _build(self, position: int, step: StepRun) -> Any:
        """Return what runs; None, with the result, if it cannot be built."""
        reason = _why_not(step)
        if not reason:
            try:
                return self._rebuilder.component(step)
            except PinError as error:
                reason = error.message
            except Exception as error:
                reason = f"it cannot be built from its recorded arguments: {in_one_line(error)}"
        self._put(position, step, NOT_RUN, reason)
        return None

    def _start(self, position: int, step: StepRun, component: Any) -> None:
        try:
            inputs = {name: self._input(name, sha256) for name, sha256 in step.inputs.items()}
        except PinError as error:
            self._put(position, step, NOT_RUN, f"a recorded input is missing: {error.message}")
            return
        self._tell("start", position, step)
        method = "process" if step.key == DATASOURCE else "run_fn"
        started = time.time()
        try:
            future = self._backend.submit(perform, component, method, inputs, step.output_name)
        except PinError as error:
            self._put(position, step, FAILED_NOW, error.message)
            return
        begun = _Begun(position, step, component, future, started)
        future.add_done_callback(begun.note_end)
        self._begun.append(begun)

    def _input(self, name: str, sha256: str) -> bytes:
        """Return a recorded input, from the store or else from the step that returns it.

        Raises:
            PinError: Neither has it.
        """
        try:
            return self._artifacts.get(sha256)
        except PinError:
            self._end_all()
            data = self._made.get(sha256) or self._only_split(name, sha256)
            if data is None:
                raise
            return data

    def _only_split(self, name: str, sha256: str) -> bytes | None:
        """Return all data as the only split, as it is where there is no split step."""
        if name != "splits":
            return None
        for data in list(self._made.values()):
            if isinstance(data, FileContent):
                continue
            packed = only_split(data)
            if hashlib.sha256(packed).hexdigest() == sha256:
                return packed
        return None

    def _end_all(self) -> None:
        begun, self._begun = self._begun, []
        for one in begun:
            self._end(one)

    def _end(self, begun: _Begun) -> None:
        """Compare what came of a step with the record."""
        try:
            performed = begun.future.result()
        except (Exception, SystemExit) as error:
            performed = Performed(None, error=error)
        seconds = (begun.ended or time.time()) - begun.started
        if performed.error is not None:
            self._put_error(begun, performed, seconds)
            return
        output = performed.output()
        now = artifact_id(output)
        if now == begun.step.output and (now in self._wanted or begun.step.output_name == "data"):
            self._made[now] = output
        comparison = self._compare(begun, output, now)
        outcome = comparison.sameness.value
        reason = "; ".join(comparison.reasons) if outcome == Sameness.NOT_COMPARABLE.value else ""
        if begun.step.outcome == FAILED:
            outcome, reason = Sameness.DIFFERENT.value, f"it failed when it was recorded: {begun.step.error}"
        facts = {"now": now, "comparison": comparison, "seconds": seconds}
        self._put(begun.position, begun.step, outcome, reason, **facts)

    def _put_error(self, begun: _Begun, performed: Performed, seconds: float) -> None:
        assert performed.error is not None
        text = in_one_line(performed.error)
        is_same = begun.step.outcome == FAILED and text == begun.step.error
        outcome = Sameness.IDENTICAL.value if is_same else FAILED_NOW
        reason = f"it failed as recorded: {text}" if is_same else text
        facts: dict[str, Any] = {"seconds": seconds, "traceback": performed.traceback}
        self._put(begun.position, begun.step, outcome, reason, **facts)

    def _compare(self, begun: _Begun, output: bytes, now: str) -> ValueComparison:
        step = begun.step
        if now == step.output:
            return ValueComparison(Sameness.IDENTICAL)
        if step.output is None:
            return ValueComparison(Sameness.NOT_COMPARABLE, reasons=("no output was recorded",))
        try:
            recorded = self._artifacts.get(step.output)
        except PinError as error:
            reason = f"its bytes are others, and the recorded output is missing: {error.message}"
            return ValueComparison(Sameness.NOT_COMPARABLE, reasons=(reason,))
        is_json = kind_of(step.output_name) == JSON
        try:
            # Where the step runs, because its libraries open the values.
            comparison: ValueComparison = self._backend.submit(
                compare_outputs, begun.component, recorded, output, is_json, self._tolerance
            ).result()
        except Exception as error:
            return ValueComparison(Sameness.NOT_COMPARABLE, reasons=(in_one_line(error),))
        return comparison

    def _put(self, position: int, step: StepRun, outcome: str, reason: str, **facts: Any) -> None:
        self._results[position] = StepReproduction(
            key=step.key,
            source=step.source,
            output_name=step.output_name,
            outcome=outcome,
            reason=reason,
            recorded=step.output,
            recorded_seconds=None if step.ended is None or step.cached else step.ended - step.started,
            **facts,
        )
        kind = outcome if outcome in (FAILED_NOW, NOT_RUN) else "done"
        self._tell(kind, position, step, **facts)

    def _tell(self, kind: str, position: int, step: StepRun, **facts: Any) -> None:
        seconds = facts.get("seconds") or 0.0
        self._options.tell(Event(kind, self._run.pipeline, step.key, position, len(self._run.steps), seconds))


def compare_outputs(
    component: Any, recorded: bytes, now: bytes, is_json: bool, tolerance: Tolerance
) -> ValueComparison:
    """Compare two outputs of a component, which tells a backend where to do it."""
    return compare_artifacts(recorded, now, is_json=is_json, tolerance=tolerance)


def _why_not(step: StepRun) -> str:
    """Return why a step cannot be run again; "" if it can be."""
    unpinned = unpinned_in(step)
    if unpinned:
        names = ", ".join(f"'{text}'" for text in unpinned)
        return f"no pin says which code of {names} ran"
    if step.output is None and step.outcome != FAILED:
        return f"it was {step.outcome} when it was recorded, so it has no output"
    return ""
