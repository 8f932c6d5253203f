"""Trials that run at the same time: stopping one ends that one alone."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from tests.support.repositories import Repo
from zenml_pin.at import registry
from zenml_pin.git.interfaces import AnyRepository
from zenml_pin.isolation.warm_parent import WarmProcess
from zenml_pin.pipelines.bisecting import trials as trials_module
from zenml_pin.pipelines.bisecting.judges import Judge
from zenml_pin.pipelines.bisecting.search import GOOD
from zenml_pin.pipelines.bisecting.trials import Trials
from zenml_pin.pipelines.bisecting.verdict import CommitVerdict
from zenml_pin.source import Source


class Process(WarmProcess):
    """A process that only notes which trial it has when it is closed.

    Attributes:
        ends: Whether the trial that runs may end.
        trial: The commit that is tried.
        closed: The commit of the trial that was ended by `close`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ends = threading.Event()
        self.trial = ""
        self.closed = ""

    def start(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """End the trial, which is at its end at this moment anyway; then note which one is ended."""
        self.ends.set()
        # The next trial would need less time to begin.
        threading.Event().wait(0.1)
        self.closed = self.closed or self.trial


class Judging:
    """A judge whose trials end when their process is closed."""

    def __init__(self, repository: AnyRepository) -> None:
        self.repository = repository
        self.begun = threading.Event()

    def code_at(self, commit_id: str) -> str:
        """Return another code for each commit."""
        return commit_id

    def judge(self, commit_id: str, process: WarmProcess, stop: threading.Event) -> CommitVerdict:
        """Wait for the end of the process's first trial."""
        own = cast(Process, process)
        own.trial = commit_id
        self.begun.set()
        own.ends.wait(20)
        return CommitVerdict(GOOD)

    def sources_at(self, commit_id: str) -> list[Source]:
        """Return nothing."""
        return []

    def to_dict(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def test_stopping_a_trial_does_not_end_the_next_one(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the same process, which becomes free at that moment."""
    monkeypatch.setattr(trials_module, "WarmProcess", Process)
    judge = Judging(registry.open(repo.path))
    judging: Judge = judge
    with Trials(judging, 1, 1, None, {}) as trials:
        trials.start("first")
        judge.begun.wait(20)
        trials.start("next")
        (process,) = trials._processes

        trials.stop_others(["next"])

        assert cast(Process, process).closed == "first"
        assert trials._pending["next"].result().answer == GOOD
