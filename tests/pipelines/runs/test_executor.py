"""Steps that do not need each other run side by side, if the backend can do that; the rest of a run is the same."""

from __future__ import annotations

import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline_project import TRAINER, Project
from tests.support.repositories import commit
from zenml_pin.backends import LocalBackend, ProcessesBackend
from zenml_pin.errors import StepFailedError
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.pipelines.runs.options import Options, using
from zenml_pin.pipelines.runs.run import FAILED, INTERRUPTED, SUCCEEDED

# Each of the two writes its own file and waits for the other's file: alone, both would fail.
MEETING = """
import pathlib
import time

from zenml_pin.steps import BaseDeployerStep, BaseEvaluatorStep


def meet(folder, own, other):
    pathlib.Path(folder, own).touch()
    for _ in range(600):
        if pathlib.Path(folder, other).exists():
            return {"met": 1.0}
        time.sleep(0.1)
    raise RuntimeError(f"{own} was alone")


class Evaluator(BaseEvaluatorStep):
    def __init__(self, folder):
        self.folder = folder

    def run_fn(self, model):
        return meet(self.folder, "evaluator", "deployer")


class Deployer(BaseDeployerStep):
    def __init__(self, folder, fails=False):
        self.folder = folder
        self.fails = fails

    def run_fn(self, model):
        done = meet(self.folder, "deployer", "evaluator")
        if self.fails:
            raise ValueError("on purpose")
        return done


class Logs(BaseDeployerStep):
    def __init__(self, folder, name):
        self.folder = folder
        self.name = name

    def run_fn(self):
        with open(pathlib.Path(self.folder, "log"), "a") as file:
            file.write(self.name + "\\n")
"""


@pytest.fixture
def module(project: Project) -> Any:
    """Return a class of the meeting steps, which is committed beside the trainer."""
    trainer = TRAINER.replace("{slope}", "1.0")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": trainer, "meeting.py": MEETING}})
    return lambda name: project.trainer_class(name, "trainers.meeting")


def pipeline(project: Project, module: Any, folder: Path, **options: Any) -> TrainingPipeline:
    """Build a pipeline whose evaluator and deployer both need only the model, and wait for each other."""
    built = project.pipeline()
    built.add_evaluator(module("Evaluator")(str(folder)))
    return built.add_deployment(module("Deployer")(str(folder), **options))


@pytest.mark.slow
def test_steps_that_do_not_need_each_other_run_together(
    project: Project, module: Any, tmp_path: Path
) -> None:
    """On two processes the evaluator and the deployer meet; the record has both, in the order of the pipeline."""
    run = pipeline(project, module, tmp_path).run(ProcessesBackend(workers=2))

    assert [step.key for step in run.steps] == ["datasource", "split", "training", "evaluator", "deployer"]
    assert {step.outcome for step in run.steps} == {SUCCEEDED}
    assert run.metrics == {"met": 1.0}


@pytest.mark.slow
def test_what_runs_beside_a_failing_step_comes_to_its_end(
    project: Project, module: Any, tmp_path: Path
) -> None:
    """The failure is raised and recorded; the step beside it keeps its result, which the next run uses."""
    with pytest.raises(StepFailedError, match=r"'deployer'.*on purpose"):
        pipeline(project, module, tmp_path, fails=True).run(ProcessesBackend(workers=2))

    (run,) = project.repository.get_runs()
    assert run.outcome == FAILED
    assert {step.key: step.outcome for step in run.steps}["deployer"] == FAILED
    assert {step.key: step.outcome for step in run.steps}["evaluator"] == SUCCEEDED


def test_order_is_the_pipelines_where_steps_run_one_by_one(
    project: Project, module: Any, tmp_path: Path
) -> None:
    """On the local backend, a step without inputs does not run early."""
    built = project.pipeline()
    for name in ("first", "second", "third"):
        built.add_step(name, module("Logs")(str(tmp_path), name))

    run = built.run(LocalBackend())

    assert (tmp_path / "log").read_text().split() == ["first", "second", "third"]
    assert [step.key for step in run.steps][-3:] == ["first", "second", "third"]
    assert sorted(run.steps, key=lambda step: step.started) == list(run.steps)


FAILING = """
import pathlib
import time

from zenml_pin.steps import BaseDeployerStep, BaseEvaluatorStep


def wait_for(folder, name):
    for _ in range(1200):
        if pathlib.Path(folder, name).exists():
            return
        time.sleep(0.05)
    raise RuntimeError(f"nobody told '{name}'")


class Evaluator(BaseEvaluatorStep):
    def __init__(self, folder):
        self.folder = folder

    def run_fn(self, model):
        wait_for(self.folder, "start last")
        raise ValueError("after a while")


class Slow(BaseDeployerStep):
    def __init__(self, folder):
        self.folder = folder

    def run_fn(self, model):
        wait_for(self.folder, "failed evaluator")
        time.sleep(0.3)
"""


@pytest.mark.slow
def test_step_that_never_began_is_recorded_as_interrupted(project: Project, tmp_path: Path) -> None:
    """With one process, steps wait in a queue: when the first fails, the last is cancelled and recorded as such."""
    told = tmp_path / "told"
    told.mkdir()
    trainer = TRAINER.replace("{slope}", "1.0")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": trainer, "failing.py": FAILING}})
    built = project.pipeline().add_evaluator(
        project.trainer_class("Evaluator", "trainers.failing")(str(told))
    )
    # A pool queues a few calls ahead, which cannot be cancelled.
    for name in ("a", "b", "c", "d", "last"):
        built.add_step(name, project.trainer_class("Slow", "trainers.failing")(str(told)))

    options = Options(progress=lambda event: (told / f"{event.kind} {event.step}").touch())
    with using(options), pytest.raises(StepFailedError, match="after a while"):
        built.run(ProcessesBackend(workers=1))

    (run,) = project.repository.get_runs()
    outcomes = {step.key: step.outcome for step in run.steps}
    assert (outcomes["evaluator"], outcomes["last"]) == (FAILED, INTERRUPTED)
    assert "another step failed" in run.steps[-1].error


def wait_for(path: str) -> None:
    """Wait for a file that never appears, longer than any test."""
    for _ in range(600):
        if Path(path).exists():
            return
        time.sleep(0.1)


def test_an_interrupt_ends_the_processes(tmp_path: Path) -> None:
    """A notebook interrupts only its own process: without this, the others would work on and it would wait for them."""
    backend = ProcessesBackend(workers=2)
    with backend:
        future = backend.submit(wait_for, str(tmp_path / "never"))
        # A call that no process may have yet is only cancelled.
        while not future.running():
            time.sleep(0.001)
        backend.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert isinstance(future.exception(), BrokenProcessPool)
