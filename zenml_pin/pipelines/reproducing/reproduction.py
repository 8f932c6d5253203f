"""Reproduction: the result of running a recorded run again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from zenml_pin.base.html import Markup, card
from zenml_pin.base.text import count
from zenml_pin.pipelines.comparison.result import Sameness, ValueComparison
from zenml_pin.pipelines.comparison.tolerance import Tolerance
from zenml_pin.pipelines.runs.run import Run
from zenml_pin.source import Source

# How a step came out, besides the values of `Sameness`.
FAILED_NOW = "failed"
NOT_RUN = "not run"
_SAME = (Sameness.IDENTICAL.value, Sameness.EQUAL.value)
_WORDS = {
    Sameness.IDENTICAL.value: "identical",
    Sameness.EQUAL.value: "equal",
    Sameness.DIFFERENT.value: "different",
    Sameness.NOT_COMPARABLE.value: "not comparable",
    FAILED_NOW: "failed",
    NOT_RUN: "not run",
}


@attrs.frozen
class StepReproduction:
    """One step that was run again.

    Attributes:
        key: The step's key, or "datasource".
        source: The class that ran, with its pin.
        output_name: The name of its output.
        outcome: "identical", "equal", "different", "not comparable", "failed" or "not run".
        reason: Why it was not run, failed, or cannot be compared, in one line; else "".
        recorded: sha256 of the recorded output; None if there is none.
        now: sha256 of the output of now; None if there is none.
        comparison: The values, where the bytes differ and both could be compared.
        recorded_seconds: How long it took when it was recorded; None if that is not known.
        seconds: How long it took now; None if it was not run.
        traceback: The traceback of the exception that it raised now; "" without one.
    """

    key: str
    source: str
    output_name: str
    outcome: str
    reason: str = ""
    recorded: str | None = None
    now: str | None = None
    comparison: ValueComparison | None = None
    recorded_seconds: float | None = None
    seconds: float | None = None
    traceback: str = attrs.field(default="", repr=False)

    @property
    def is_same(self) -> bool:
        """Whether its output is identical to the recorded one, or equal."""
        return self.outcome in _SAME

    @property
    def is_data(self) -> bool:
        """Whether its output is the input data of the pipeline."""
        return self.output_name == "data"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        excluded = attrs.filters.exclude("comparison", "traceback")
        comparison = self.comparison.to_dict() if self.comparison is not None else None
        return {**attrs.asdict(self, recurse=False, filter=excluded), "comparison": comparison}


@attrs.frozen
class ContextDifference:
    """One thing that differs around a run.

    Attributes:
        kind: "python", "implementation", "platform", "package", "code" (the code at a pin has another id) or
            "document" (the pipeline's document names another pin or argument than the run had).
        name: The package, or the step's key; empty for the first three kinds.
        recorded: What the run recorded; None for a package that was not installed.
        now: What is there now; None for a package that is not installed.
        is_used: Whether the code of a step imports the package.
    """

    kind: str
    name: str
    recorded: str | None
    now: str | None
    is_used: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return attrs.asdict(self)

    def __str__(self) -> str:
        subject = f"{self.kind} {self.name}" if self.name else self.kind
        return f"{subject}: recorded {self.recorded or 'none'}, now {self.now or 'none'}"


@attrs.frozen
class Reproduction:
    """A recorded run that was run again.

    Attributes:
        run: The recorded run.
        steps: The datasource and the steps, in the order in which they ran.
        context: What differs around the run; packages that its steps import come first.
        tolerance: When numbers counted as equal.
        backend: The class of the backend that ran the steps now.
    """

    run: Run
    steps: tuple[StepReproduction, ...]
    context: tuple[ContextDifference, ...]
    tolerance: Tolerance
    backend: str

    @property
    def is_reproduced(self) -> bool:
        """Whether every output is identical to the recorded one, or equal."""
        return bool(self.steps) and all(step.is_same for step in self.steps)

    @property
    def data(self) -> tuple[StepReproduction, ...]:
        """The steps whose outputs are the input data; the first thing to look at."""
        return tuple(step for step in self.steps if step.is_data)

    @property
    def has_recorded_data(self) -> bool | None:
        """Whether the input data is the recorded one; None if that is not known, or if there is no input data."""
        outcomes = {step.outcome for step in self.data}
        if outcomes & {Sameness.DIFFERENT.value, FAILED_NOW}:
            return False
        return True if outcomes and outcomes <= set(_SAME) else None

    @property
    def summary(self) -> str:
        """The result in one line."""
        if self.is_reproduced:
            return f"reproduced: {_counted(self.steps)}"
        problems = [f"{', '.join(step.key for step in steps)} {word}" for word, steps in self._problems()]
        return f"not reproduced: {'; '.join(problems) or 'the run has no steps'}"

    def _problems(self) -> Iterable[tuple[str, list[StepReproduction]]]:
        for outcome in (Sameness.DIFFERENT.value, FAILED_NOW, NOT_RUN, Sameness.NOT_COMPARABLE.value):
            steps = [step for step in self.steps if step.outcome == outcome]
            if steps:
                yield _WORDS[outcome], steps

    @property
    def explanation(self) -> tuple[str, ...]:
        """What the result means, a line each; empty if the run was reproduced."""
        if self.is_reproduced:
            return ()
        lines = []
        others = [step for step in self.steps if not step.is_data]
        if self.has_recorded_data is False:
            same = f"; from the recorded data, {_counted(others)}" if others else ""
            lines.append(f"the input data is not the recorded one{same if _are_same(others) else ''}")
        if any(step.outcome in (Sameness.DIFFERENT.value, FAILED_NOW) for step in others):
            lines.append(self._cause())
        is_unpinned = any(
            step.outcome == NOT_RUN and not Source.parse(step.source).is_pinned for step in self.steps
        )
        if is_unpinned and self.run.uncommitted is not None:
            lines.append(f"'zenml-pin runs {self.run.id} --patch' shows the code that was in no commit")
        return tuple(lines)

    def _cause(self) -> str:
        causes = [
            item
            for item in self.context
            if item.kind not in ("platform", "package", "document") or item.is_used
        ]
        causes = causes or [item for item in self.context if item.kind != "document"]
        if causes:
            shown = ", ".join(map(_cause_text, causes[:3]))
            more = f", and {len(causes) - 3} more" if len(causes) > 3 else ""
            return f"possible causes: {shown}{more}"
        return (
            "nothing that is recorded differs around it: these steps may depend on chance, the time, or something "
            "outside the repository"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, as the JSON schema of the command describes it."""
        run = self.run
        return {
            "run": {
                "id": run.id,
                "pipeline": run.pipeline,
                "number": run.number,
                "outcome": run.outcome,
                "started": run.started,
            },
            "is_reproduced": self.is_reproduced,
            "has_recorded_data": self.has_recorded_data,
            "summary": self.summary,
            "explanation": list(self.explanation),
            "backend": self.backend,
            "tolerance": {"rtol": self.tolerance.rtol, "atol": self.tolerance.atol},
            "steps": [step.to_dict() for step in self.steps],
            "context": [item.to_dict() for item in self.context],
        }

    def _repr_html_(self) -> Markup:
        rows = [(step.key, _line(step)) for step in self.steps]
        rows += [(item.name or item.kind, str(item)) for item in self.context[:10]]
        rows += [("", line) for line in self.explanation]
        return card(f"{self.run.pipeline} ({self.run.number})", f"run {self.run.id}: {self.summary}", rows)


def _line(step: StepReproduction) -> str:
    differences = step.comparison.differences[:3] if step.comparison is not None else ()
    return "; ".join([step.outcome, *([step.reason] if step.reason else []), *map(str, differences)])


def _are_same(steps: list[StepReproduction]) -> bool:
    return all(step.is_same for step in steps)


def _counted(steps: Iterable[StepReproduction]) -> str:
    """Say how many outputs are identical, and how many equal."""
    outcomes = [step.outcome for step in steps]
    parts: list[str] = []
    for outcome in _SAME:
        number = outcomes.count(outcome)
        if number:
            noun = count(number, "output") if not parts else f"{number:,}"
            parts.append(f"{noun} {'is' if number == 1 else 'are'} {outcome}")
    return ", ".join(parts)


def _cause_text(item: ContextDifference) -> str:
    name = f"{item.kind} of {item.name}" if item.kind == "code" else item.name or item.kind
    if item.kind == "code":
        return f"the {name}"
    return f"{name} {item.recorded or 'not installed'}, now {item.now or 'not installed'}"
