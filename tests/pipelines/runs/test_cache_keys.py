"""Cache keys: a result is used again only if the same code would make it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline_project import ROWS, Project, trainer
from tests.support.repositories import commit, get_head, write
from zenml_pin.backends import LocalBackend, ProcessesBackend
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.errors import UnpinnedWarning
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.pipelines.runs import run_environment
from zenml_pin.source import Source
from zenml_pin.steps import RandomSplit, StandardPreprocesser


def test_an_unpinned_class_in_an_argument_is_never_cached(project: Project) -> None:
    """It may have changed."""
    commit(project.repo, {"other": {"kind.py": "class Kind: pass\n"}}, base=get_head(project.repo))
    write(project.repo, {"other": {"kind.py": "class Kind: a = 1\n"}})
    kind = project.trainer_class("Kind", "other.kind")

    for _ in range(2):
        with pytest.warns(UnpinnedWarning, match="Kind"):
            run = project.pipeline(step=project.trainer_class()(kinds=[kind])).run()
        assert not run.steps[2].cached


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::zenml_pin.errors.UnpinnedWarning")
def test_a_librarys_class_in_an_argument_counts_with_its_version(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another release of the library is other code."""
    from attr import Attribute

    def cached() -> bool:
        return project.pipeline(step=project.trainer_class()(kind=Attribute, plain=int)).run().steps[2].cached

    assert [cached(), cached()] == [False, True]
    monkeypatch.setattr(run_environment, "distribution_of", lambda *_: "attrs 0")
    assert [cached(), cached()] == [False, True]


def test_another_python_makes_its_own_results(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Major and minor version are part of the key."""
    project.pipeline().run()
    monkeypatch.setattr("zenml_pin.pipelines.runs.cache_key.python_of_cache", lambda: "cpython 2.7")

    assert not any(step.cached for step in project.pipeline().run().steps)


def test_versions_identify_code_without_a_commit() -> None:
    """The version of a distribution or of Python; other modules have none."""
    assert run_environment.code_version_of(Source("attr._make", "Attribute")) == f"attrs {_version()}"
    assert run_environment.code_version_of(Source("builtins", "int")) == "standard library"
    assert run_environment.code_version_of(Source(__name__, "Project")) is None
    assert run_environment.python_of_cache().endswith(f"{sys.version_info[0]}.{sys.version_info[1]}")


def _version() -> str:
    from importlib.metadata import version

    return version("attrs")


JUDGE = """\
from trainers.step import Line
from zenml_pin.steps import BaseEvaluatorStep


class Judge(BaseEvaluatorStep):
    def run_fn(self, model):
        return {"known": isinstance(model, Line), "version": {version}}
"""


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", [LocalBackend, ProcessesBackend])
def test_a_cached_output_is_of_the_classes_of_the_step_that_gets_it(project: Project, backend: Any) -> None:
    """Only the evaluator changed: the model from the older commit's training has the evaluator's own class, whose code
    is the same."""
    runs = []
    for version in (1, 2):
        judge = {"__init__.py": "", "judge.py": JUDGE.replace("{version}", str(version))}
        commit(project.repo, {"trainers": {"__init__.py": "", "step.py": trainer(1.0)}, "judges": judge})
        step = project.trainer_class("Judge", "judges.judge")()
        pipeline = TrainingPipeline(name="judged").add_datasource(MemoryDatasource(ROWS))
        runs.append(pipeline.add_trainer(project.trainer_class()()).add_evaluator(step).run(backend()))

    assert [run.steps[1].cached for run in runs] == [False, True]
    assert [run.metrics for run in runs] == [{"known": True, "version": 1}, {"known": True, "version": 2}]


SCORE = """\
from zenml_pin.steps import BaseEvaluatorStep


class Score(BaseEvaluatorStep):
    def run_fn(self, model):
        return {"score": model.predict([{"x": 1}])[0]}
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::zenml_pin.errors.UnpinnedWarning")
def test_a_step_whose_input_has_an_unpinned_class_is_never_cached(project: Project) -> None:
    """A model of the working tree's class pickles to the same bytes, even when its methods change."""
    commit(project.repo, {"judges": {"__init__.py": "", "score.py": SCORE}}, base=get_head(project.repo))
    scores = []
    for offset in (2, 3):
        write(project.repo, {"trainers": {"step.py": trainer(1.0, **{"+ 1": f"+ {offset}"})}})
        sys.modules.pop("trainers.step", None)
        pipeline = TrainingPipeline(name="scored").add_datasource(MemoryDatasource(ROWS))
        pipeline.add_trainer(project.trainer_class()()).add_evaluator(
            project.trainer_class("Score", "judges.score")()
        )
        scores.append(pipeline.run().metrics["score"])

    assert scores == [3.0, 4.0]


@pytest.mark.slow
def test_a_step_whose_input_has_objects_of_the_working_tree_is_never_cached(project: Project) -> None:
    """Nor are results that a pinned step makes of them: they may contain them."""
    line = project.trainer_class("Line")

    for _ in range(2):
        pipeline = TrainingPipeline(name="held").add_datasource(MemoryDatasource([line(1.0), line(2.0)]))
        pipeline.add_split(RandomSplit({"train": 0.5, "eval": 0.5})).add_trainer(project.trainer_class()())
        assert [step.cached for step in pipeline.run().steps] == [False, False, False]


@pytest.mark.filterwarnings("ignore::zenml_pin.errors.UnpinnedWarning")
def test_a_step_whose_input_is_plain_data_is_cached(project: Project) -> None:
    """Its bytes are its whole content."""
    project.edit_trainer(2.0)
    split = {"split": {"__init__.py": "", "mine.py": SPLIT}}
    write(project.repo, split)

    cached = []
    for _ in range(2):
        pipeline = TrainingPipeline(name="plain").add_datasource(MemoryDatasource(ROWS))
        pipeline.add_split(project.trainer_class("Halves", "split.mine")())
        pipeline.add_preprocesser(StandardPreprocesser()).add_trainer(project.trainer_class()())
        cached.append([step.cached for step in pipeline.run().steps])

    assert cached == [[False] * 4, [False, False, True, False]]


SPLIT = """\
from zenml_pin.steps import BaseSplitStep


class Halves(BaseSplitStep):
    def run_fn(self, data):
        return {"train": data[::2], "eval": data[1::2]}
"""


def test_an_output_of_other_code_keeps_its_class(project: Project) -> None:
    """In a document with pins of two commits, a model of the older trainer is not used as one of the newer."""
    judge = {"__init__.py": "", "judge.py": JUDGE.replace("{version}", "1")}
    first, second = (
        commit(
            project.repo,
            {"trainers": {"__init__.py": "", "step.py": trainer(slope, splits="**_")}, "judges": judge},
        )
        for slope in (1.0, 2.0)
    )
    text = f"""\
version: '1'
pipeline: {{name: mixed, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}
steps:
  training: {{source: trainers.step.MyTrainer@{first}}}
  evaluator: {{source: judges.judge.Judge@{second}}}
"""
    write(project.repo, {"pipelines": {"mixed.yaml": text}})

    run = project.repository.get_pipeline_by_name("mixed").run()

    assert run.metrics == {"known": False, "version": 1}
    assert type(run.output("model")).__module__ == f"zenml_pin.at.g{first}.trainers.step"


LOUD = """\
import importlib
from zenml_pin.steps import BaseTrainerStep

PATTERN = "\\d"


class Constant(BaseTrainerStep):
    def run_fn(self, splits):
        return importlib.import_module("common.value").VALUE
"""
RUN = """\
import os, sys, warnings
sys.path.insert(0, os.getcwd())
from trainers.loud import Constant
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.steps import RandomSplit
warnings.simplefilter(sys.argv[1], SyntaxWarning)
training = TrainingPipeline(name="loud").add_datasource(MemoryDatasource([{"x": 1}, {"x": 2}]))
run = training.add_split(RandomSplit({"train": 1.0})).add_trainer(Constant()).run()
print(run.output("model"), run.steps[-1].cached)
"""


@pytest.mark.slow
def test_step_cache_does_not_depend_on_the_warnings_filter(project: Project, tmp_path: Path) -> None:
    """A new commit runs its own code, also where a warning of its file, whose code the cache has, is an error."""

    def run(filter: str) -> str:
        done = subprocess.run(
            [sys.executable, "-B", "-c", RUN, filter],
            env={**os.environ, "ZENML_PIN_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit_value(value: int) -> None:
        files = {"common": {"value.py": f"VALUE = {value}\n"}, "trainers": {"loud.py": LOUD}}
        commit(project.repo, files, base=get_head(project.repo))

    commit_value(1)
    first = [run("default"), run("error")]
    commit_value(2)
    second = [run("error"), run("default")]

    assert first == ["1 False", "1 True"]
    assert second == ["2 False", "2 True"]
