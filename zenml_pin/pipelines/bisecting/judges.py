"""Judges: what is tried at each commit, and what names the code there.

    ClassJudge       a function of the user judges a class; without one, whether it loads
    CommandJudge     a command judges it by its exit code, as for `git bisect run`
    DocumentJudge    a pipeline runs, and a metric judges it; without one, whether it runs

Commits with equal keys have the same code, so one trial is enough for all of them.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, Protocol

import attrs

from zenml_pin.errors import PinError
from zenml_pin.isolation.limits import TrialLimits
from zenml_pin.isolation.outcomes import KILLED
from zenml_pin.isolation.walls import OFF
from zenml_pin.pins.choosing_roots import with_roots
from zenml_pin.pins.code_id import code_id
from zenml_pin.pipelines.bisecting import work
from zenml_pin.pipelines.bisecting.search import BAD, GOOD, UNKNOWN
from zenml_pin.pipelines.bisecting.verdict import NO_METRIC, CommitVerdict, MetricBounds, metric_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading

    from zenml_pin.backends.environments.settings import EnvSettings
    from zenml_pin.git.any_repository import AnyRepository
    from zenml_pin.isolation.warm_parent import ForkOutcome, WarmProcess
    from zenml_pin.source import Source

SKIPPED, NOT_LOADED, NOT_RUN = "skipped", "not loaded", "not run"
_SKIP, _LAST_BAD = 125, 127
_WORK = work.__name__


class Judge(Protocol):
    """Judges commits."""

    @property
    def repository(self) -> AnyRepository:
        """The repository of the commits."""

    def code_at(self, commit_id: str) -> str:
        """Return the key of the code at a commit.

        Raises:
            PinError: The commit does not have the code.
        """

    def judge(self, commit_id: str, process: WarmProcess, stop: threading.Event) -> CommitVerdict:
        """Try a commit. `stop` ends a trial behind walls early; another one does not begin when it is set."""

    def sources_at(self, commit_id: str) -> list[Source]:
        """Return the sources whose code is tested."""

    def to_dict(self) -> dict[str, Any]:
        """Return the test as plain data."""


@attrs.frozen
class ClassJudge:
    """A function of the user judges a class.

    Attributes:
        source: The class; its pin does not count.
        repository: The repository.
        limits: Time and memory of a trial.
        tester: As `isolation.tester` takes it; None only looks whether the class loads.
        label: The test as the user named it.
        skip_on: Names of exceptions that say nothing about the class.
        path: Where modules of the tester are found first.
        sandbox: "auto" or "require" for walls, "off" for none.
        env_pass: Names of variables that a trial behind walls gets.
        env: How a trial gets the libraries of its commit; None for those of this process.
    """

    source: Source
    repository: AnyRepository
    limits: TrialLimits
    tester: dict[str, Any] | None = None
    label: str = ""
    skip_on: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    sandbox: str = OFF
    env_pass: tuple[str, ...] = ()
    env: EnvSettings | None = None

    def code_at(self, commit_id: str) -> str:
        """Return the code id of the class; with the libraries of the commit, if they count."""
        source = self._at(commit_id)
        return " ".join([code_id(source, self.repository), *libraries_of_commit([source], self.env)])

    def sources_at(self, commit_id: str) -> list[Source]:
        """Return the class at a commit."""
        return [self._at(commit_id)]

    def judge(self, commit_id: str, process: WarmProcess, stop: threading.Event) -> CommitVerdict:
        """Load the class and call the function."""
        source = self._at(commit_id)
        if self.sandbox != OFF:
            return self._judge_behind_walls(source, stop)
        if (missing := prepare_libraries([source], self.env)) is not None:
            return missing
        arguments = {
            "env": None if self.env is None else attrs.asdict(self.env),
            "source": str(source),
            "root": self.repository.root,
            "tester": self.tester,
            "skip_on": list(self.skip_on),
            "path": list(self.path),
        }
        outcome = process.call(f"{_WORK}:judge_class", arguments, self.limits, stop)
        kind = outcome.answer.get("answer")
        if kind == work.FAILED_LOAD:
            return _verdict(
                outcome, BAD if self.tester is None else UNKNOWN, "" if self.tester is None else NOT_LOADED
            )
        if kind == work.SKIPPED_LOAD:
            return _verdict(outcome, UNKNOWN, SKIPPED)
        return _verdict(outcome, kind if kind in (GOOD, BAD) else UNKNOWN, SKIPPED)

    def _judge_behind_walls(self, source: Source, stop: threading.Event) -> CommitVerdict:
        from zenml_pin.isolation.judging import judge_source

        tester = None if self.tester is None else {**self.tester, "skip_on": list(self.skip_on)}
        judgement = judge_source(
            source,
            self.repository,
            tester,
            self.limits,
            mode=self.sandbox,
            env_pass=self.env_pass,
            stop=stop,
        )
        return CommitVerdict(
            judgement.answer, judgement.reason, judgement.message, seconds=judgement.trial.seconds
        )

    def _at(self, commit_id: str) -> Source:
        return with_roots(self.source.at(commit_id), self.repository)

    def to_dict(self) -> dict[str, Any]:
        """Return the test as plain data."""
        kind = "load" if self.tester is None else "function"
        return {"kind": kind, "test": self.label, "skip_on": list(self.skip_on), "sandbox": self.sandbox}


@attrs.frozen
class CommandJudge:
    """A command judges a class by its exit code: 0 is good, 125 cannot be judged, 1 to 127 is bad.

    Attributes:
        source: The class; its pin does not count.
        repository: The repository.
        limits: Time and memory of a trial.
        words: The command and its arguments.
    """

    source: Source
    repository: AnyRepository
    limits: TrialLimits
    words: tuple[str, ...]

    def code_at(self, commit_id: str) -> str:
        """Return the code id of the class."""
        return code_id(self._at(commit_id), self.repository)

    def sources_at(self, commit_id: str) -> list[Source]:
        """Return the class at a commit."""
        return [self._at(commit_id)]

    def judge(self, commit_id: str, process: WarmProcess, stop: threading.Event) -> CommitVerdict:
        """Run the command."""
        source = self._at(commit_id)
        arguments = {
            "words": list(self.words),
            "source": str(source),
            "dotted": source.dotted,
            "commit_id": commit_id,
            "root": self.repository.root,
        }
        outcome = process.call(f"{_WORK}:run_command", arguments, self.limits, stop)
        if outcome.answer.get("answer") == work.NO_COMMAND:
            message = f"the command '{self.words[0]}' cannot be started: {outcome.answer['message']}"
            return CommitVerdict(UNKNOWN, SKIPPED, fault=message)
        if outcome.stopped_by or outcome.code is None:
            return _verdict(outcome, UNKNOWN, KILLED)
        message = f"exit code {outcome.code}"
        if outcome.code == 0:
            return CommitVerdict(GOOD, seconds=outcome.seconds)
        if outcome.code == _SKIP or outcome.code > _LAST_BAD:
            return CommitVerdict(UNKNOWN, SKIPPED, message, seconds=outcome.seconds)
        return CommitVerdict(BAD, message=message, seconds=outcome.seconds)

    def _at(self, commit_id: str) -> Source:
        return with_roots(self.source.at(commit_id), self.repository)

    def to_dict(self) -> dict[str, Any]:
        """Return the test as plain data."""
        return {"kind": "command", "command": list(self.words)}


@attrs.frozen
class DocumentJudge:
    """A pipeline runs from its document, with the code of a commit.

    Attributes:
        name: The pipeline's name.
        text: Its document.
        moving: The sources in it that get the commit, by their text in the document.
        repository: The repository.
        root: The root of its workspace.
        limits: Time and memory of a trial.
        bounds: The metric that decides; None only looks whether it runs.
        path: Where unpinned classes are found first.
        env: How a trial gets the libraries of its commit; None for those of this process.
    """

    name: str
    text: str = attrs.field(repr=False)
    moving: dict[str, Source]
    repository: AnyRepository
    root: str
    limits: TrialLimits
    bounds: MetricBounds | None = None
    path: tuple[str, ...] = ()
    env: EnvSettings | None = None

    def code_at(self, commit_id: str) -> str:
        """Return a hash of the code ids of all its sources, and of the libraries of their commit, if they count."""
        digest = hashlib.sha256()
        digest.update(repr(libraries_of_commit(self.sources_at(commit_id), self.env)).encode())
        for source in self.sources_at(commit_id):
            digest.update(f"{source.at(None)} {code_id(source, self.repository)}\n".encode())
        return digest.hexdigest()

    def sources_at(self, commit_id: str) -> list[Source]:
        """Return the sources that move, at a commit."""
        return [
            with_roots(source.at(commit_id), self.repository)
            for source in dict.fromkeys(source.at(None) for source in self.moving.values())
        ]

    def judge(self, commit_id: str, process: WarmProcess, stop: threading.Event) -> CommitVerdict:
        """Run the document."""
        from zenml_pin.isolation.private_folder import private_folder
        from zenml_pin.pipelines.documents.source_spans import rewrite_sources

        pins = {
            text: str(with_roots(source.at(commit_id), self.repository))
            for text, source in self.moving.items()
        }
        if (missing := prepare_libraries(self.sources_at(commit_id), self.env)) is not None:
            return missing
        with private_folder() as folder:
            arguments = {
                "env": None if self.env is None else attrs.asdict(self.env),
                "text": rewrite_sources(self.text, pins, self.name),
                "name": os.path.join(folder, "pipelines", "bisected.yaml"),
                "root": self.root,
                "folder": folder,
                "path": list(self.path),
            }
            outcome = process.call(f"{_WORK}:run_document", arguments, self.limits, stop)
        if outcome.answer.get("answer") != work.RAN:
            is_bad = self.bounds is None and outcome.answer.get("answer") == work.DID_NOT_RUN
            return _verdict(outcome, BAD if is_bad else UNKNOWN, "" if is_bad else NOT_RUN)
        if self.bounds is None:
            return CommitVerdict(GOOD, seconds=outcome.seconds)
        return self._measure(self.bounds, outcome)

    def _measure(self, bounds: MetricBounds, outcome: ForkOutcome) -> CommitVerdict:
        metrics = outcome.answer["metrics"]
        value = bounds.find(metrics)
        if value is None:
            known = tuple(metrics) if isinstance(metrics, dict) else ()
            message = f"the run has no metric '{bounds.metric}' that is a number"
            return CommitVerdict(UNKNOWN, NO_METRIC, message, seconds=outcome.seconds, known=known)
        return CommitVerdict(bounds.judge(value), "", metric_line(bounds, value), value, outcome.seconds)

    def to_dict(self) -> dict[str, Any]:
        """Return the test as plain data."""
        bounds = None if self.bounds is None else attrs.asdict(self.bounds)
        return {"kind": "pipeline", "pipeline": self.name, "bounds": bounds}


def libraries_of_commit(sources: list[Source], env: EnvSettings | None) -> list[str]:
    """Return what says which libraries a trial of some sources gets; why they are unknown counts as well."""
    if env is None:
        return []
    from zenml_pin.backends.environments.preparing import libraries_id

    known = []
    for source in sources:
        try:
            known.append(libraries_id(source.pin, source.module, env))
        except PinError as error:
            known.append(error.message)
    return known


def prepare_libraries(sources: list[Source], env: EnvSettings | None) -> CommitVerdict | None:
    """Make the environments of a trial before its time begins; return a verdict if that is not possible."""
    if env is None:
        return None
    from zenml_pin.backends.environments.preparing import environment_for

    for source in sources:
        try:
            environment_for(source.pin, source.module, env).release()
        except PinError as error:
            return CommitVerdict(UNKNOWN, SKIPPED, error.message)
    return None


def code_or_none(test: Judge, commit_id: str) -> tuple[str | None, str]:
    """Return the key of the code at a commit, or None and why there is none."""
    try:
        return test.code_at(commit_id), ""
    except PinError as error:
        return None, error.message


def _verdict(outcome: ForkOutcome, answer: str, reason: str) -> CommitVerdict:
    """Return a verdict; what stopped a trial comes first."""
    if outcome.stopped_by:
        return CommitVerdict(UNKNOWN, outcome.stopped_by, outcome.message, seconds=outcome.seconds)
    if not outcome.answer:
        message = f"its process ended with exit code {outcome.code}, without an answer"
        return CommitVerdict(UNKNOWN, KILLED, message, seconds=outcome.seconds)
    message = str(outcome.answer.get("message", ""))
    return CommitVerdict(answer, reason if answer == UNKNOWN else "", message, seconds=outcome.seconds)
