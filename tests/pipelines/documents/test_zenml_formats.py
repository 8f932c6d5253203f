"""Documents of ZenML 0.1.4 and 0.3.8 load and run, with pins of old repositories."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.pipeline_project import Project
from tests.support.repositories import Files, commit, get_head, init, write
from zenml_pin.backends import LocalBackend
from zenml_pin.datasources import CSVDatasource
from zenml_pin.errors import PinError
from zenml_pin.steps import RandomSplit, StandardPreprocesser

STEP = """\
from zenml.{package}steps.trainer import BaseTrainerStep
from zenml.utils import path_utils


class Model:
    def predict(self, rows):
        return [0 for row in rows]


class MyTrainer(BaseTrainerStep):
    def __init__(self, epochs=1, loss="mse", **kwargs):
        self.epochs = epochs
        super().__init__(epochs=epochs, loss=loss, **kwargs)

    def run_fn(self, *args, **kwargs):
        return self.epochs, len(kwargs["splits"]["train"]), sorted(kwargs["splits"]["train"][0])
"""
ID = "6f0d6f0a-1111-4222-8333-444455556666"
OLD = """\
datasource:
  id: 6f0d6f0a-1111-4222-8333-444455556666
  name: Pima Indians Diabetes
  source: zenml.core.datasources.csv_datasource.CSVDatasource@zenml_0.1.4
environment:
  artifact_store: /nowhere/.zenml/local_store
  backends:
    orchestrator: {args: {}, type: local}
    processing: {args: {}, type: local}
    training: {args: {}, type: local}
  enable_cache: true
  metadata: {args: {uri: /nowhere/.zenml/local_store/metadata.db}, type: sqlite}
  pipeline_name: training_My Awesome Pipeline_6f0d6f0a-1111-4222-8333-444455556666
steps:
  data:
    args: {path: 'data.csv', schema: null}
    source: zenml.core.steps.data.csv_data_step.CSVDataStep@zenml_0.1.4
  split:
    args: {split_map: {eval: 0.3, train: 0.7}}
    source: zenml.core.steps.split.random_split.RandomSplit@zenml_0.1.4
  preprocessing:
    args: {features: [age], labels: [sick], overwrite: {}}
    source: zenml.core.steps.preprocesser.standard_preprocesser.StandardPreprocesser@zenml_0.1.4
  training:
    args: {epochs: 20, loss: binary_crossentropy}
    source: trainers.step.MyTrainer@COMMIT
version: '1'
"""
NEWER = """\
artifact_store: /nowhere/.zenml/local_store
backend: {args: {}, source: zenml.backends.orchestrator.OrchestratorBaseBackend@zenml_0.3.8, type: local}
metadata: {args: {uri: /nowhere/metadata.db}, type: sqlite}
pipeline:
  args: {enable_cache: true, name: training_My Awesome Pipeline_6f0d6f0a-1111-4222-8333-444455556666}
  datasource:
    args: '{"path": "data.csv"}'
    id: 6f0d6f0a-1111-4222-8333-444455556666
    name: Pima Indians Diabetes
    source: zenml.datasources.csv_datasource.CSVDatasource@zenml_0.3.8
  datasource_commit_id: null
  source: zenml.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.8
  steps:
    split:
      args: '{"split_map": {"eval": 0.3, "train": 0.7}}'
      source: zenml.steps.split.random_split.RandomSplit@zenml_0.3.8
    preprocesser:
      args: '{"features": ["age"], "labels": ["sick"]}'
      source: zenml.steps.preprocesser.standard_preprocesser.StandardPreprocesser@zenml_0.3.8
    trainer: {args: '{"epochs": 20}', source: 'trainers.step.MyTrainer@COMMIT'}
version: '1'
"""
CSV = "age,sick\n" + "".join(f"{20 + i},{i % 2}\n" for i in range(10))
ERAS = {"0.1.4": (OLD, "core."), "0.3.8": (NEWER, "")}


# A ZenML of today has these names as other modules, and its classes are not bases of ours.
TODAY: Files = {
    "__init__.py": "__version__ = '0.98.0'\n",
    "steps": {"__init__.py": "class BaseStep: pass\n"},
    "pipelines": {"__init__.py": "class Pipeline: pass\n", "training_pipeline.py": "raise ImportError\n"},
    "utils": {"__init__.py": ""},
}


@pytest.fixture(params=["without ZenML", "beside ZenML"])
def _zenml(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if request.param == "beside ZenML":
        write(init(tmp_path / "installed"), {"zenml": TODAY})
        sys.path.append(str(tmp_path / "installed"))


@pytest.mark.usefixtures("_zenml")
@pytest.mark.parametrize(("text", "package"), ERAS.values(), ids=ERAS)
def test_an_old_document_loads_and_runs(project: Project, text: str, package: str) -> None:
    """Its own classes come from their commit, ZenML's from us; another run does not change a byte of it."""
    first = commit(
        project.repo, {"trainers": {"__init__.py": "", "step.py": STEP.replace("{package}", package)}}
    )
    commit(project.repo, {"readme.txt": "the trainers are gone"})
    stored = text.replace("COMMIT", first)
    write(project.repo, {"data.csv": CSV, "pipelines": {"training_old.yaml": stored}})

    pipeline = project.repository.get_pipeline_by_name("My Awesome Pipeline")
    run = pipeline.run()

    assert type(pipeline.datasource) is CSVDatasource
    assert (pipeline.datasource.name, pipeline.datasource.id) == ("Pima Indians Diabetes", ID)
    assert type(pipeline.steps["split"]) is RandomSplit
    assert type(pipeline.steps["preprocesser"]) is StandardPreprocesser
    assert pipeline.steps["training"].args["epochs"] == 20
    assert run.output("model") == (20, 7, ["age", "sick"])
    assert [step.source for step in run.steps if step.key == "training"] == [
        f"trainers.step.MyTrainer@{first}"
    ]
    ours = f"zenml_{zenml_pin.__version__}"
    assert run.source == f"zenml_pin.pipelines.TrainingPipeline@{ours}"
    assert f"zenml_pin.steps.RandomSplit@{ours}" in [step.source for step in run.steps]
    assert not any(step.source.startswith("zenml.") for step in run.steps)
    assert project.documents() == ["training_old.yaml"]
    assert Path("pipelines/training_old.yaml").read_text() == stored


def test_a_class_of_zenml_that_we_lack_is_named(project: Project) -> None:
    """Other pipelines are still listed."""
    text = OLD.replace(
        "steps.split.random_split.RandomSplit", "backends.backend_factory.BackendFactory"
    ).replace("COMMIT", get_head(project.repo))
    write(project.repo, {"pipelines": {"old.yaml": text}})
    project.pipeline().save()

    with pytest.raises(PinError, match="'BackendFactory' of ZenML has no counterpart"):
        project.repository.get_pipeline_by_name("My Awesome Pipeline")
    assert [pipeline.name for pipeline in project.repository.get_pipelines()] == ["mine"]


WHERE = """\
import os

from zenml_pin.datasources import BaseDatasource
from zenml_pin.steps import BaseTrainerStep


class Where(BaseDatasource):
    def process(self):
        return os.getpid()


class MyTrainer(BaseTrainerStep):
    def run_fn(self):
        return os.getpid()
"""


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("key", ["datasource", "trainer"])
def test_a_part_runs_on_its_own_backend(project: Project, key: str) -> None:
    """Era 0.3.8 wrote it beside datasource and steps; a backend that is passed to run() counts for all parts."""
    first = commit(project.repo, {"trainers": {"__init__.py": "", "step.py": WHERE}})
    backend = "backend: {source: 'zenml_pin.backends.ProcessesBackend@zenml_0.1.0', args: {workers: 1}}"
    own = {"datasource": "", "trainer": "", key: f", {backend}"}
    text = f"""\
pipeline:
  args: {{enable_cache: false, name: training_where_{ID}}}
  datasource: {{args: '{{}}', name: w, source: 'trainers.step.Where@{first}'{own["datasource"]}}}
  source: zenml.pipelines.training_pipeline.TrainingPipeline@zenml_0.3.8
  steps:
    trainer: {{args: '{{}}', source: 'trainers.step.MyTrainer@{first}'{own["trainer"]}}}
version: '1'
"""
    write(project.repo, {"pipelines": {"where.yaml": text}})
    pipeline = project.repository.get_pipeline_by_name("where")

    run = pipeline.run()
    here = {name for name, process in run.outputs.items() if process == os.getpid()}

    assert here == {"data", "model"} - {"data" if key == "datasource" else "model"}
    assert pipeline.run(LocalBackend()).output("model") == os.getpid()
    assert pipeline.run(LocalBackend()).output("data") == os.getpid()
