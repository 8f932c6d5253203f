"""Run and StepRun: what ran, as the store has it."""

from __future__ import annotations

import json
import pickle
from typing import Any

import attrs

from zenml_pin.errors import ComponentError, PinError, UnknownNameError
from zenml_pin.pipelines.runs.artifacts import Artifacts

RUNNING = "running"
SUCCEEDED = "succeeded"
FAILED = "failed"
INTERRUPTED = "interrupted"
KILLED = "killed"


@attrs.frozen
class StepRun:
    """One step of a run.

    Attributes:
        key: The step's key, or "datasource".
        source: The class that ran, with its pin if it has one.
        code_id: What names its code; None for unpinned classes and those of a release.
        args: The arguments that it was built with, as the document has them.
        inputs: sha256 of each artifact that it was given, by name.
        output_name: Under which name later steps got what it returned.
        output: sha256 of what it returned; None when it did not get that far.
        cached: Whether the output was taken from an earlier run.
        started, ended: Seconds since the epoch, UTC; `ended` is None where nobody could note it.
        outcome: running, succeeded, failed, interrupted or killed.
        error: What it raised, in one line.
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


@attrs.frozen
class Run:
    """One run of a pipeline.

    Attributes:
        id: Its id in the store: the time at which it began, and six digits.
        pipeline, number: The document's name and number.
        document: The document's path, relative to the ZenML root.
        source: The pipeline's own class.
        backend: Source of the backend.
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
    environment: dict[str, Any] = attrs.field(repr=False)
    steps: tuple[StepRun, ...] = attrs.field(repr=False)
    outcome: str
    error: str
    started: float
    ended: float | None
    _artifacts: Artifacts = attrs.field(repr=False, eq=False)

    def output(self, name: str) -> Any:
        """Return an output by its name: data, splits, model, metrics or deployment; the last one of that name.

        Raises:
            UnknownNameError: No step of this run made it.
        """
        made = {step.output_name: step for step in self.steps if step.output is not None}
        if name not in made:
            raise UnknownNameError("output", name, made)
        return open_artifact(self._artifacts, made[name].output or "", name)

    @property
    def outputs(self) -> dict[str, Any]:
        """All outputs by name."""
        names = dict.fromkeys(step.output_name for step in self.steps if step.output is not None)
        return {name: self.output(name) for name in names}

    @property
    def metrics(self) -> dict[str, Any]:
        """What the evaluator returned; {} without one."""
        held = any(step.output_name == "metrics" and step.output is not None for step in self.steps)
        return dict(self.output("metrics")) if held else {}


def open_artifact(artifacts: Artifacts, sha256: str, name: str) -> Any:
    """Return the value of an artifact; metrics are JSON, all else is a pickle.

    Raises:
        ComponentError: It cannot be unpickled here.
    """
    data = artifacts.get(sha256)
    try:
        return json.loads(data) if name == "metrics" else pickle.loads(data)
    except PinError:
        raise
    except Exception as error:
        raise ComponentError(
            f"output '{name}' cannot be opened: {type(error).__name__}: {error}",
            "it may hold a class that was not pinned, and has changed or is not to be found from here",
        ) from error
