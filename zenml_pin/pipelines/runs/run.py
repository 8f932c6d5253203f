"""Run and StepRun: a run and its steps, as the store has recorded them."""

from __future__ import annotations

import json

from zenml_pin.base.dates import show_date
from zenml_pin.base.values import Value
from zenml_pin.errors import ComponentError, PinError, UnknownNameError
from zenml_pin.pipelines.runs.artifacts import Artifacts, is_file
from zenml_pin.pipelines.runs.texts import LOG, TRACEBACK, RunTexts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from zenml_pin.pipelines.runs.uncommitted import Uncommitted

RUNNING = "running"
SUCCEEDED = "succeeded"
FAILED = "failed"
INTERRUPTED = "interrupted"
KILLED = "killed"
# The outcomes of runs that ended without a result.
FAILURES = (FAILED, INTERRUPTED, KILLED)


def _shown(value: Value, name: str) -> str:
    field = getattr(value, name)
    is_moment = name in ("started", "ended") and field is not None
    return f"{field} ({show_date(int(field), 0)})" if is_moment else repr(field)


class StepRun(Value):
    """One step of a run.

    Attributes:
        key: The step's key, or "datasource".
        source: The class that ran, with its pin if it has one.
        code_id: Identifies its code; None for unpinned classes and classes of a release.
        args: The arguments that it was built with, as the document has them.
        inputs: The artifact of each input, by name: its sha256, and for a file also its suffix.
        output_name: The name under which later steps got its output.
        output: The artifact of its output; None when it did not return.
        cached: Whether the output comes from an earlier run.
        started, ended: Seconds since the epoch, UTC; `ended` is None while it runs, and if its process was killed.
        outcome: running, succeeded, failed, interrupted or killed.
        error: The exception that it raised, in one line.
    """

    key: str
    source: str
    code_id: str | None
    args: dict[str, Any]
    inputs: dict[str, str]
    output_name: str
    output: str | None = None
    cached: bool = False
    started: float = 0.0
    ended: float | None = None
    outcome: str = RUNNING
    error: str = ""
    _texts: RunTexts | None = None

    def _shown(self, name: str) -> str | None:
        return _shown(self, name)

    @property
    def log(self) -> str:
        """What it logged and printed, as far as it was kept; "" for a cached step, and before it ends."""
        return "" if self._texts is None else self._texts.text(LOG)

    @property
    def traceback(self) -> str:
        """The traceback of the exception that its code raised; "" without one."""
        return "" if self._texts is None else self._texts.text(TRACEBACK)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs, and if its process was killed."""
        return None if self.ended is None else self.ended - self.started

    def _repr_html_(self) -> str:
        from zenml_pin.pipelines.runs.displays import show_step

        return show_step(self)


class Steps(tuple[StepRun, ...]):
    """The steps of a run, as a tuple that a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from zenml_pin.pipelines.runs.displays import show_steps

        return show_steps(self)


class Run(Value):
    """One run of a pipeline.

    Attributes:
        id: Its id in the store: the time at which it began, and six hex digits.
        pipeline, number: The document's name and number.
        document: The document's path, relative to the ZenML root.
        source: The source of the pipeline's own class.
        backend: The source of the backend.
        environment: Python, platform and the versions of all installed packages.
        steps: The datasource and the steps, in the order in which they ran.
        outcome, error, started, ended: As for a step.
    """

    id: str
    pipeline: str
    number: int
    document: str
    source: str
    backend: str
    environment: dict[str, Any]
    steps: tuple[StepRun, ...]
    outcome: str
    error: str
    started: float
    ended: float | None
    _artifacts: Artifacts
    _texts: RunTexts | None = None

    def _shown(self, name: str) -> str | None:
        return None if name in ("environment", "steps") else _shown(self, name)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs, and if its process was killed."""
        return None if self.ended is None else self.ended - self.started

    @property
    def uncommitted(self) -> Uncommitted | None:
        """The trace of its code that was in no commit; None if all of its classes had pins."""
        from zenml_pin.pipelines.runs.uncommitted import read_uncommitted

        return None if self._texts is None else read_uncommitted(self._texts)

    def step(self, key: str) -> StepRun:
        """Return a step by its key, such as "training"; or "datasource".

        Raises:
            UnknownNameError: The run has no such step, or ended before it.
        """
        steps = {step.key: step for step in self.steps}
        if key not in steps:
            raise UnknownNameError("step", key, steps)
        return steps[key]

    def output(self, name: str) -> Any:
        """Return an output by its name: data, splits, model, metrics or deployment; the last one of that name.

        Raises:
            UnknownNameError: No step of this run returned such an output.
        """
        outputs = {step.output_name: step for step in self.steps if step.output is not None}
        if name not in outputs:
            raise UnknownNameError("output", name, outputs)
        return open_artifact(self._artifacts, outputs[name].output or "", name)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """All outputs by name. Each is opened when it is looked up, so one that is missing does not hide the others."""
        from zenml_pin.pipelines.runs.outputs import Outputs

        names = dict.fromkeys(step.output_name for step in self.steps if step.output is not None)
        return Outputs(self.id, tuple(names), self.output)

    @property
    def metrics(self) -> dict[str, Any]:
        """The evaluator's output; {} without an evaluator."""
        has_metrics = any(step.output_name == "metrics" and step.output is not None for step in self.steps)
        return dict(self.output("metrics")) if has_metrics else {}

    def _repr_html_(self) -> str:
        from zenml_pin.pipelines.runs.displays import show_run

        return show_run(self)


def open_artifact(artifacts: Artifacts, sha256: str, name: str) -> Any:
    """Return the value of an artifact. Metrics are JSON; a file is its path in the store; the rest are pickles.

    Raises:
        ComponentError: The artifact cannot be unpickled here.
    """
    if is_file(sha256[65:]):
        from pathlib import Path

        return Path(artifacts.path_of(sha256))
    data = artifacts.get(sha256)
    try:
        return json.loads(data) if name == "metrics" else _unpickled(data)
    except PinError:
        raise
    except Exception as error:
        raise ComponentError(
            f"output '{name}' cannot be opened: {type(error).__name__}: {error}",
            "it may have an object of a class that was not pinned, and that has changed or cannot be found from here",
        ) from error


def _unpickled(data: bytes) -> Any:
    # A list of runs unpickles nothing.
    import pickle

    return pickle.loads(data)
