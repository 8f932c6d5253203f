"""The record: what ran, from which code, with which inputs, and the outcome."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.ended_process import ended
from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit, get_head
from zenml_pin.backends import ProcessesBackend
from zenml_pin.errors import ComponentError, StepFailedError, UnpinnedWarning
from zenml_pin.pipelines.runs.options import Event, Options, using
from zenml_pin.pipelines.runs.store import LocalStore


def test_a_run_says_what_ran(project: Project) -> None:
    """Sources, code ids, arguments, inputs, outputs, times and versions."""
    run = project.pipeline().run()

    assert project.repository.get_runs("mine") == [run]
    step = run.steps[2]
    assert step.source == f"trainers.step.MyTrainer@{get_head(project.repo)}"
    assert step.code_id is not None
    assert len(step.code_id) == 64
    assert step.args == {"epochs": 3}
    assert step.inputs == {"splits": run.steps[1].output}
    assert run.id.startswith(time.strftime("%Y%m%d-%H%M%S-", time.gmtime(run.started)))
    assert None not in (step.ended, run.ended)
    assert run.environment["python"] == platform.python_version()
    assert run.environment["packages"]["attrs"] == version("attrs")
    assert set(run.outputs) == {"data", "splits", "model", "metrics"}


def test_outputs_are_files_named_by_their_content(project: Project) -> None:
    """Metrics are JSON, other outputs are pickles; a damaged one is not read."""
    run = project.pipeline().run()
    folder = Path(".zenml/local_store/artifacts")
    names = {path.stem: path for path in folder.rglob("*.*")}

    assert {step.output for step in run.steps} <= set(names)
    assert names[str(run.steps[3].output)].suffix == ".json"
    names[str(run.steps[2].output)].write_bytes(b"other")
    with pytest.raises(Exception, match="its bytes have another hash"):
        run.output("model")


def test_the_store_ignores_itself(project: Project) -> None:
    """There is a .gitignore in it, even if the workspace was never initialised."""
    project.pipeline().run()

    assert Path(".zenml/local_store/.gitignore").read_text() == "*\n"


def test_pinned_steps_come_from_the_cache(project: Project) -> None:
    """With the same code, arguments and inputs; otherwise a step runs again, and an unpinned step always runs."""
    cls = project.trainer_class()

    def cached(**args: int) -> list[bool]:
        return [step.cached for step in project.pipeline(step=cls(**args)).run().steps]

    assert cached(epochs=1) == [False, False, False, False]
    assert cached(epochs=1) == [False, True, True, True]
    # The split is the same, the trainer has other arguments, the evaluator gets the same model.
    assert cached(epochs=2)[:3] == [False, True, False]
    project.commit_trainer(2.0)
    assert cached(epochs=1) == [False, True, False, False]
    assert not any(step.cached for step in project.pipeline(enable_cache=False).run().steps)
    assert not any(step.cached for step in project.pipeline(enable_cache=False).run().steps)
    project.edit_trainer(3.0)
    for _ in range(2):
        with pytest.warns(UnpinnedWarning, match="MyTrainer"):
            cached_steps = cached(epochs=1)
        assert cached_steps[2] is False


def test_a_failed_step_is_recorded_and_raised(project: Project) -> None:
    """Its own exception is the cause; earlier steps keep their outputs, later ones did not run."""
    text = trainer(1.0).replace("return Line(1.0)", "raise ValueError('no\\nrows')")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})

    with pytest.raises(
        StepFailedError, match="step 'training' of pipeline 'mine' failed: ValueError: no"
    ) as caught:
        project.pipeline().run()

    assert isinstance(caught.value.__cause__, ValueError)
    [run] = project.repository.get_runs()
    assert (run.id, run.outcome) == (caught.value.run_id, "failed")
    assert [step.outcome for step in run.steps] == ["succeeded", "succeeded", "failed"]
    assert run.steps[2].error == "ValueError: no"
    assert run.ended is not None


def test_an_interrupted_run_is_recorded(project: Project) -> None:
    """Ctrl-C is passed on."""
    text = trainer(1.0).replace("return Line(1.0)", "raise KeyboardInterrupt")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})

    with pytest.raises(KeyboardInterrupt):
        project.pipeline().run()

    [run] = project.repository.get_runs()
    assert (run.outcome, run.steps[-1].outcome) == ("interrupted", "interrupted")


def test_an_output_that_cannot_be_kept_fails_its_step(project: Project) -> None:
    """The message says what to return instead."""
    text = trainer(1.0).replace("return Line(1.0)", "return (x for x in ())")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})

    with pytest.raises(StepFailedError, match="cannot be stored"):
        project.pipeline().run()


def test_a_step_cannot_change_what_another_gets(project: Project) -> None:
    """Each step gets its own copies, as in other processes."""
    text = trainer(1.0).replace("return Line(1.0)", "splits['eval'].clear(); return Line(1.0)")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})

    assert project.pipeline().run().metrics["rows"] == 10


def test_without_a_split_all_data_is_for_training(project: Project) -> None:
    """The inputs of a missing step are passed on."""
    from zenml_pin.datasources import MemoryDatasource
    from zenml_pin.pipelines import TrainingPipeline

    text = trainer(1.0).replace("return Line(1.0)", "return sorted(splits), len(splits['train'])")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})
    pipeline = TrainingPipeline(name="bare").add_trainer(project.trainer_class()())

    assert pipeline.add_datasource(MemoryDatasource([1, 2, 3])).run().output("model") == (["train"], 3)


def test_progress_is_reported_and_never_printed(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """Through a callback; without one, a run prints nothing."""
    events: list[Event] = []
    with using(Options(progress=events.append)):
        project.pipeline().run()

    assert [(event.kind, event.step) for event in events[:4]] == [
        ("start", "datasource"),
        ("done", "datasource"),
        ("start", "split"),
        ("done", "split"),
    ]
    assert capfd.readouterr() == ("", "")


SCRIPT = """\
import os, signal, sys
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from trainers.step import MyTrainer

if __name__ == "__main__":
    TrainingPipeline(name="killed").add_datasource(MemoryDatasource([1])).add_trainer(MyTrainer()).run()
"""
KILLS = {
    "in a step": ("return Line(1.0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
    "while its log is written": (
        "return Line(1.0)",
        "import os, signal, zlib; zlib.compress = lambda _: os.kill(os.getpid(), signal.SIGKILL); print(); return 1",
    ),
    "while its output is written": (
        "return Line(1.0)",
        "import os, signal; os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL); return Line(1.0)",
    ),
}


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
def test_a_killed_run_is_recorded_as_such(project: Project, kill: tuple[str, str]) -> None:
    """kill -9: the next reader of the store notes it, and no partial file remains."""
    text = trainer(1.0).replace(*kill)
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}, "script.py": SCRIPT})

    done = subprocess.run([sys.executable, "script.py"], cwd=project.repo.path, check=False)

    assert done.returncode == -signal.SIGKILL
    [run] = project.repository.get_runs()
    assert (run.outcome, run.ended, run.steps[-1].outcome) == ("killed", None, "killed")
    assert os.listdir(".zenml/local_store/logs") == []
    assert [
        name for _, _, names in os.walk(".zenml") for name in names if name.startswith(".zenml-pin-")
    ] == []
    assert os.listdir(".zenml/local_store/running") == []
    assert project.repository.get_pipeline_names() == ["killed"]


@pytest.mark.slow
def test_a_run_that_is_alive_is_not_marked_as_killed(project: Project) -> None:
    """Another process that lists runs at that time sees it running."""
    outcomes = []

    def look(event: Event) -> None:
        if event.position > 1:
            return
        command = [sys.executable, "-m", "zenml_pin", "runs"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        outcomes.append(done.stdout.split("\t")[1])

    with using(Options(progress=look)):
        run = project.pipeline().run()

    assert set(outcomes) == {"running"}
    assert run.outcome == "succeeded"


def test_reading_an_absent_store_makes_nothing(tmp_path: Path) -> None:
    """A list of runs, where nothing ever ran, writes no file."""
    assert LocalStore(str(tmp_path / "store")).runs() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_step_that_exits_has_failed(project: Project) -> None:
    """`sys.exit` in a step does not end the process."""
    text = trainer(1.0).replace("return Line(1.0)", "raise SystemExit(3)")
    commit(project.repo, {"trainers": {"__init__.py": "", "step.py": text}})

    with pytest.raises(StepFailedError, match="SystemExit: 3"):
        project.pipeline().run()
    with pytest.raises(StepFailedError, match="SystemExit: 3"):
        project.pipeline().run(ProcessesBackend())


def test_an_output_that_cannot_be_opened_says_why(project: Project) -> None:
    """An unpinned class that is gone."""
    project.edit_trainer(2.0)
    with pytest.warns(UnpinnedWarning):
        run = project.pipeline().run()
    module = sys.modules["trainers.step"]
    line_class = module.__dict__.pop("Line")

    with pytest.raises(ComponentError, match="'model' cannot be opened"):
        run.output("model")
    module.__dict__["Line"] = line_class


@pytest.mark.slow
def test_processes_that_run_at_once_share_one_document(project: Project) -> None:
    """Four at a time: one document, four records, and no process waits for ever."""
    commit(project.repo, {"script.py": SCRIPT}, base=get_head(project.repo))
    command = [sys.executable, "script.py"]
    with ExitStack() as block:
        running = [
            block.enter_context(ended(subprocess.Popen(command, cwd=project.repo.path))) for _ in range(4)
        ]
        codes = [process.wait(60) for process in running]

    assert codes == [0] * 4
    assert project.documents() == ["killed.yaml"]
    assert [(run.number, run.outcome) for run in project.repository.get_runs()] == [(1, "succeeded")] * 4


def test_a_step_with_an_input_that_nothing_makes_fails_before_the_others_run(project: Project) -> None:
    """A long training is not lost because of a wrong input name; the record names the step."""
    evaluator = """\
        from zenml_pin.steps import BaseEvaluatorStep

        class MyEvaluator(BaseEvaluatorStep):
            def run_fn(self, modle):
                return {}
        """
    text = "\n".join(line[8:] for line in evaluator.splitlines())
    commit(project.repo, {"evaluators": {"step.py": text}}, base=get_head(project.repo))
    sys.path.insert(0, project.repo.path)
    from evaluators.step import MyEvaluator  # type: ignore[import-not-found]

    pipeline = project.pipeline("misfit").add_evaluator(MyEvaluator())

    with pytest.raises(StepFailedError, match="needs 'modle', which no earlier step returns"):
        pipeline.run()

    run = project.repository.get_runs("misfit")[0]
    assert [(step.key, step.outcome) for step in run.steps] == [("evaluator", "failed")]


def test_an_input_that_a_later_step_makes_is_told_with_the_order(project: Project) -> None:
    """Steps with keys of one's own run last, even if they were added before the others."""
    text = "def build(data):\n    return data\n\ndef measure(features):\n    return {}\n"
    commit(project.repo, {"features": {"step.py": text}}, base=get_head(project.repo))
    sys.path.insert(0, project.repo.path)
    from features.step import build, measure  # type: ignore[import-not-found]

    pipeline = project.pipeline("late").add_step("features", build).add_evaluator(measure)

    with pytest.raises(StepFailedError, match="needs 'features', which no earlier step returns") as caught:
        pipeline.run()

    assert caught.value.hint.startswith(
        "step 'features' returns it, and runs later: the order is data, split, "
    )
