"""`compare_runs` compares two runs of one pipeline: code, arguments, inputs, outputs, environment and metrics.

Code is compared as `diff` compares it: of a pinned step its commit, of an unpinned one HEAD of then with the files that
were not as in HEAD. Reads objects and the record; runs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from zenml_pin.audit.comparison.compared_class import ComparedClass
from zenml_pin.audit.comparison.comparing import compare, compared_class_of
from zenml_pin.audit.comparison.difference import Difference
from zenml_pin.audit.comparison.sides import CommitSide, open_side
from zenml_pin.audit.fragments import fragment_of
from zenml_pin.base.dates import show_date
from zenml_pin.base.html import Markup
from zenml_pin.base.text import count
from zenml_pin.errors import PinError, UnpinnedError, UnsupportedError
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.lookup import find_repository
from zenml_pin.pipelines.runs.run import Run, StepRun
from zenml_pin.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.pins.lookup import Repo

# Digits of a sha256 that are shown to people.
_SHOWN = 12


@attrs.frozen
class Fact:
    """One fact of both runs.

    Attributes:
        name: What it is, such as "training epochs" or "package numpy".
        old, new: Its text in each run; "-" where it has none.
        is_told: Whether it only describes the runs: a difference of it does not count, such as the time.
    """

    name: str
    old: str
    new: str
    is_told: bool = False

    @property
    def differs(self) -> bool:
        """Whether it counts as a difference."""
        return self.old != self.new and not self.is_told

    @property
    def is_always_shown(self) -> bool:
        """Whether it is shown although it is the same."""
        return self.is_told or self.name.startswith("metric ")


@attrs.frozen
class Pair:
    """A value of both runs, as plain data; None where a run does not have it."""

    name: str
    old: Any
    new: Any


@attrs.frozen
class StepComparison:
    """One step of both runs.

    Attributes:
        key: Its key, or "datasource".
        old, new: The step in each run; None where the run has no such step.
        is_same_code: Whether the same code ran; None where that is unknown.
        note: What changed in the code, or why that is unknown, in one sentence.
        code: The changes in the code; None where the code is known to be the same, or was not compared.
    """

    key: str
    old: StepRun | None
    new: StepRun | None
    is_same_code: bool | None
    note: str
    code: Difference | None = attrs.field(default=None, repr=False)

    def pairs(self, name: str) -> tuple[Pair, ...]:
        """Return the arguments ("args"), inputs ("inputs") or outputs ("outputs") that differ."""
        return tuple(_differing(_values(self.old, name), _values(self.new, name)))


@attrs.frozen
class RunComparison:
    """Two runs of one pipeline, compared.

    Attributes:
        old, new: The runs.
        steps: Each step of both.
        environment: Python and the platform, where they differ.
        packages: The packages whose versions differ.
        metrics: All metrics.
    """

    old: Run
    new: Run
    steps: tuple[StepComparison, ...]
    environment: tuple[Pair, ...]
    packages: tuple[Pair, ...]
    metrics: tuple[Pair, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs: exit code 0. Times do not count; code that is unknown counts as other code."""
        return not any(fact.differs for fact in self.facts) and all(step.is_same_code for step in self.steps)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Everything side by side, as text for people."""
        return tuple(_facts(self))

    def notes(self) -> Iterator[str]:
        """Yield a sentence for each step whose code differs, and one for all that is the same."""
        for step in self.steps:
            if not step.is_same_code:
                yield f"{step.key}: {step.note}"
        same = [step.key for step in self.steps if step.is_same_code]
        if same:
            yield f"the same code: {', '.join(same)}"
        if not self.packages:
            yield f"the same packages: {count(len(self.new.environment.get('packages', {})), 'package')}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "same": self.same,
            "old": _run_to_dict(self.old),
            "new": _run_to_dict(self.new),
            "steps": [_step_to_dict(step) for step in self.steps],
            "environment": [attrs.asdict(pair) for pair in self.environment],
            "packages": [attrs.asdict(pair) for pair in self.packages],
            "metrics": [attrs.asdict(pair) for pair in self.metrics],
        }

    def _repr_html_(self) -> Markup:
        return fragment_of(self)


def compare_runs(old: Run, new: Run, *, repo: Repo = None) -> RunComparison:
    """Return the changes between two runs of one pipeline.

    Args:
        old: A run.
        new: Another run.
        repo: The repository with the commits; by default the one at or above the current folder.

    Raises:
        UnsupportedError: They are runs of two pipelines.
    """
    if old.pipeline != new.pipeline:
        raise UnsupportedError(
            f"run '{old.id}' is of pipeline '{old.pipeline}' and run '{new.id}' of pipeline '{new.pipeline}'",
            "compare two runs of one pipeline; 'zenml-pin runs NAME' lists them",
        )
    repository = find_repository(repo)
    before, after = ({step.key: step for step in run.steps} for run in (old, new))
    environments = [dict(run.environment) for run in (old, new)]
    packages = [environment.pop("packages", {}) for environment in environments]
    return RunComparison(
        old,
        new,
        tuple(
            _compare_step(key, (old, before.get(key)), (new, after.get(key)), repository)
            for key in dict.fromkeys((*before, *after))
        ),
        tuple(_differing(*environments)),
        tuple(_differing(*packages)),
        tuple(_pairs(_metrics(old), _metrics(new))),
    )


def _compare_step(
    key: str,
    old: tuple[Run, StepRun | None],
    new: tuple[Run, StepRun | None],
    repository: AnyRepository | None,
) -> StepComparison:
    (old_run, before), (new_run, after) = old, new
    if before is None or after is None:
        missing = old_run if before is None else new_run
        return StepComparison(key, before, after, False, f"run '{missing.id}' does not have this step")
    if before.code_id is not None and before.code_id == after.code_id:
        return StepComparison(key, before, after, True, "the same code")
    sources = Source.parse(before.source), Source.parse(after.source)
    if sources[0].release is not None and sources[0] == sources[1]:
        return StepComparison(key, before, after, True, "the same release")
    if sources[0].release is not None or sources[1].release is not None:
        return StepComparison(key, before, after, False, f"{before.source} is now {after.source}")
    try:
        sides = [
            _class_of(run, source, repository)
            for run, source in zip((old_run, new_run), sources, strict=True)
        ]
        difference = compare(*sides)
    except PinError as error:
        return StepComparison(key, before, after, None, f"the code cannot be compared: {error.message}")
    return StepComparison(key, before, after, difference.same, difference.note, difference)


def _class_of(run: Run, source: Source, repository: AnyRepository | None) -> ComparedClass:
    """Return a class as it ran."""
    if source.commit_id is not None:
        return compared_class_of(open_side(source, repository), source)
    trace = run.uncommitted
    if trace is None or str(source) not in trace.sources or not isinstance(repository, GitRepository):
        raise UnpinnedError(f"run '{run.id}' has no trace of '{source}', which had no pin")
    side = CommitSide(trace.tree(repository.objects))
    side.commit = None
    compared = compared_class_of(side, source)
    return ComparedClass(side, attrs.evolve(compared.side, name=f"uncommitted code of run {run.id}"))


def _values(step: StepRun | None, name: str) -> dict[str, Any]:
    if step is None:
        return {}
    if name == "outputs":
        return {} if step.output is None else {step.output_name: step.output}
    return step.args if name == "args" else step.inputs


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Pair]:
    return (pair for pair in _pairs(old, new) if pair.old != pair.new)


def _pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Pair]:
    for name in dict.fromkeys((*old, *new)):
        yield Pair(name, old.get(name), new.get(name))


def _metrics(run: Run) -> dict[str, Any]:
    try:
        return run.metrics
    except PinError:
        return {}


def _facts(comparison: RunComparison) -> Iterator[Fact]:
    old, new = comparison.old, comparison.new
    yield Fact("run", old.id, new.id, is_told=True)
    yield Fact("outcome", old.outcome, new.outcome)
    yield Fact("document", old.document, new.document)
    yield Fact("began", show_date(int(old.started), 0), show_date(int(new.started), 0), is_told=True)
    yield Fact("took", _seconds(old.seconds), _seconds(new.seconds), is_told=True)
    for pair in comparison.environment:
        yield Fact(pair.name, _text(pair.old), _text(pair.new))
    for pair in comparison.packages:
        yield Fact(f"package {pair.name}", _text(pair.old), _text(pair.new))
    for step in comparison.steps:
        for name, shown in (("args", _text), ("inputs", _short), ("outputs", _short)):
            for pair in step.pairs(name):
                kind = "" if name == "args" else f"{name[:-1]} "
                yield Fact(f"{step.key} {kind}{pair.name}", shown(pair.old), shown(pair.new))
    for pair in comparison.metrics:
        yield Fact(f"metric {pair.name}", _text(pair.old), _text(pair.new))


def _text(value: Any) -> str:
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value)


def _short(sha256: str | None) -> str:
    return "-" if sha256 is None else sha256[:_SHOWN]


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"


def _run_to_dict(run: Run) -> dict[str, Any]:
    names = ("id", "pipeline", "number", "document", "outcome", "error", "started", "seconds")
    return {name: getattr(run, name) for name in names}


def _step_to_dict(step: StepComparison) -> dict[str, Any]:
    return {
        "key": step.key,
        "old": None if step.old is None else step.old.source,
        "new": None if step.new is None else step.new.source,
        "is_same_code": step.is_same_code,
        "note": step.note,
        "difference": None if step.code is None else step.code.to_dict(),
        **{name: [attrs.asdict(pair) for pair in step.pairs(name)] for name in ("args", "inputs", "outputs")},
    }
