"""Functions as steps: a pipeline of functions does what the same pipeline of classes does."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import zenml_pin
from tests.support.pipeline_project import Project
from tests.support.repositories import commit, write
from zenml_pin.backends import LocalBackend, ProcessesBackend
from zenml_pin.pipelines import BasePipeline, DataPipeline, TrainingPipeline, read_document, reproduce
from zenml_pin.steps.component import arguments_of

CODE = """\
import functools
from zenml_pin.datasources import BaseDatasource
from zenml_pin.steps import *


def keep(function):
    @functools.wraps(function)
    def wrapper(*args, **options):
        return function(*args, **options)
    return wrapper


class Model:
    def __init__(self, slope, epochs):
        self.slope = slope
        self.epochs = epochs


class Rows(BaseDatasource):
    def __init__(self, count):
        self.count = count
    def process(self):
        return list(range(self.count))

def rows(count):
    return list(range(count))

class Halves(BaseSplitStep):
    def __init__(self, share=0.5):
        self.share = share
    def run_fn(self, data):
        end = int(len(data) * self.share)
        return {"train": data[:end], "eval": data[end:]}

def halves(data, share=0.5):
    end = int(len(data) * share)
    return {"train": data[:end], "eval": data[end:]}

class Doubled(BasePreprocesserStep):
    def run_fn(self, splits):
        return {name: [2 * row for row in part] for name, part in splits.items()}

async def doubled(splits):
    return {name: [2 * row for row in part] for name, part in splits.items()}

class Train(BaseTrainerStep):
    def __init__(self, epochs=1):
        self.epochs = epochs
    def run_fn(self, splits):
        return Model(sum(splits["train"]) * SLOPE, self.epochs)

@keep
def train(splits, epochs=1):
    return Model(sum(splits["train"]) * SLOPE, epochs)

class Measure(BaseEvaluatorStep):
    def run_fn(self, model, splits):
        return {"loss": model.slope + len(splits["eval"]), "epochs": model.epochs}

def measure(model, splits):
    return {"loss": model.slope + len(splits["eval"]), "epochs": model.epochs}

class Deploy(BaseDeployerStep):
    def run_fn(self, model, metrics):
        return f"{model.slope} {metrics['loss']}"

def deploy(model, metrics):
    return f"{model.slope} {metrics['loss']}"

class Report(BaseStep):
    def __init__(self, title):
        self.title = title
    def run_fn(self, deployment, data):
        return f"{self.title}: {deployment}, {len(data)} rows"

def report(deployment, data, title):
    return f"{title}: {deployment}, {len(data)} rows"

def everything(**inputs):
    return sorted(inputs)

def broken(splits):
    raise ValueError("no such thing")

async def broken_later(splits):
    raise ValueError("no such thing")

def generator(splits):
    yield 1

def named(data, needed):
    return data
"""


def code(slope: int = 1) -> dict[str, Any]:
    """The module at one version."""
    return {"flow": {"__init__.py": "", "steps.py": CODE.replace("SLOPE", str(slope))}}


@pytest.fixture
def steps(project: Project) -> Iterator[Any]:
    """The module of the working tree, as a script imports it."""
    commit(project.repo, code())
    importlib.invalidate_caches()
    sys.modules.pop("flow.steps", None)
    yield importlib.import_module("flow.steps")
    sys.modules.pop("flow.steps", None)


def pipeline_of(steps: Any, kind: str, name: str = "flow") -> TrainingPipeline:
    """The same pipeline, of classes or of functions."""
    pipeline = TrainingPipeline(name=name)
    if kind == "class":
        pipeline.add_datasource(steps.Rows(count=10)).add_split(steps.Halves(share=0.3))
        pipeline.add_preprocesser(steps.Doubled()).add_trainer(steps.Train(epochs=20))
        pipeline.add_evaluator(steps.Measure()).add_deployment(steps.Deploy())
        return pipeline.add_step("report", steps.Report("Done"))
    pipeline.add_datasource(steps.rows, count=10).add_split(steps.halves, share=0.3)
    pipeline.add_preprocesser(steps.doubled).add_trainer(steps.train, epochs=20)
    pipeline.add_evaluator(steps.measure).add_deployment(steps.deploy)
    return pipeline.add_step("report", steps.report, title="Done")


@pytest.mark.parametrize("kind", ["class", "function"])
class TestContract:
    """What holds for a pipeline of classes, and for one of functions."""

    @pytest.mark.quick(every=2)
    def test_run_gives_the_same_outputs(self, steps: Any, project: Project, kind: str) -> None:
        """Every kind of step gets its inputs by name, and its output has the name of its kind."""
        run = pipeline_of(steps, kind).run()

        assert [step.output_name for step in run.steps] == [
            *("data", "splits", "splits", "model", "metrics", "deployment", "report"),
        ]
        assert run.metrics == {"loss": 13, "epochs": 20}
        assert run.output("report") == "Done: 6 13, 10 rows"
        assert all(zenml_pin.Source.parse(step.source).commit_id for step in run.steps)

    def test_document_has_source_and_arguments(self, steps: Any, project: Project, kind: str) -> None:
        """Under the same keys; what was not given is not there."""
        document = read_document(pipeline_of(steps, kind).save())
        training = document["steps"]["training"]
        name = "Train" if kind == "class" else "train"

        assert training["source"].startswith(f"flow.steps.{name}@")
        assert training["args"] == {"epochs": 20}
        assert document["datasource"]["args"] == {"count": 10}
        assert document["datasource"]["name"] == ("Rows" if kind == "class" else "rows")

    @pytest.mark.quick(every=2)
    def test_committed_code_runs(self, steps: Any, project: Project, kind: str) -> None:
        """P5: import, edit, commit, run: the committed code runs, and not the imported one."""
        pipeline = pipeline_of(steps, kind)
        commit(project.repo, code(slope=5))

        assert pipeline.run().metrics["loss"] == 37

    @pytest.mark.quick(every=2)
    def test_loaded_pipeline_runs_its_pins(self, steps: Any, project: Project, kind: str) -> None:
        """Whatever HEAD has; P7: running it again keeps its pins."""
        first = pipeline_of(steps, kind).run()
        commit(project.repo, code(slope=5))
        loaded = project.repository.get_pipeline_by_name("flow")
        again = loaded.run()

        assert again.metrics == first.metrics
        assert [step.source for step in again.steps] == [step.source for step in first.steps]
        assert arguments_of(loaded.steps["training"]) == {"epochs": 20}

    @pytest.mark.quick(every=2)
    def test_second_run_comes_from_the_cache(self, steps: Any, project: Project, kind: str) -> None:
        """As long as code, arguments and inputs are the same."""
        pipeline_of(steps, kind).run()
        second = pipeline_of(steps, kind).run()

        assert [step.key for step in second.steps if not step.cached] == ["datasource", "deployer"]

    @pytest.mark.quick(every=2)
    def test_run_is_reproduced(self, steps: Any, project: Project, kind: str) -> None:
        """Each step again from its pin, whatever HEAD has."""
        first = pipeline_of(steps, kind).run()
        commit(project.repo, code(slope=5))

        assert {step.outcome for step in reproduce(first).steps} == {"identical"}

    @pytest.mark.quick(every=2)
    def test_uncommitted_code_runs_unpinned(self, steps: Any, project: Project, kind: str) -> None:
        """With a warning that names the file."""
        write(project.repo, code(slope=7))

        with pytest.warns(zenml_pin.UnpinnedWarning, match=r"steps\.py"):
            run = pipeline_of(steps, kind).run()

        assert {zenml_pin.Source.parse(step.source).is_pinned for step in run.steps} == {False}

    @pytest.mark.quick(every=2)
    def test_copy_keeps_the_parts(self, steps: Any, project: Project, kind: str) -> None:
        """Under another name."""
        assert pipeline_of(steps, kind).copy("other").run().metrics["loss"] == 13

    @pytest.mark.quick(every=2)
    def test_versions_of_a_step(self, steps: Any, project: Project, kind: str) -> None:
        """By the class or function itself."""
        pipeline_of(steps, kind).run()
        named = steps.Train if kind == "class" else steps.train
        [version] = project.repository.get_step_versions_by_type(named)

        assert project.repository.get_step_by_version(named, version).args == {"epochs": 20}

    @pytest.mark.quick(every=2)
    def test_bundle_beside_the_document(self, steps: Any, project: Project, kind: str) -> None:
        """It has the code of all pins."""
        run = pipeline_of(steps, kind).run(bundle=True)
        bundle = zenml_pin.Bundle.open(run.document.removesuffix(".yaml") + ".bundle")

        for step in run.steps:
            assert zenml_pin.load(step.source, repo=bundle)

    @pytest.mark.slow
    def test_processes(self, steps: Any, project: Project, kind: str) -> None:
        """Each step in a process of its own."""
        assert pipeline_of(steps, kind).run(ProcessesBackend(2)).metrics == {"loss": 13, "epochs": 20}


def test_data_pipeline_of_a_function(steps: Any, project: Project) -> None:
    """A data step's function returns the data, and always runs."""
    runs = [DataPipeline(name="rows").add_data(steps.rows, count=3).run() for _ in range(2)]

    assert [run.steps[0].output_name for run in runs] == ["data", "data"]
    assert not runs[1].steps[0].cached


def test_keyword_arguments_take_all_inputs(steps: Any, project: Project) -> None:
    """`**kwargs` gets what there is, as for a class."""
    pipeline = pipeline_of(steps, "function").add_step("last", steps.everything)

    assert pipeline.run().output("last") == [
        *("data", "deployment", "metrics", "model", "report", "splits"),
    ]


# What is added, and the fact in the error.
WRONG = {
    "an input": (("train", {"data": 1}), "argument 'data' of function 'train' comes from the pipeline"),
    "an unknown name": (("train", {"epoch": 1}), "got an unexpected keyword argument 'epoch'"),
    "an input of a function that takes any": (("everything", {"model": 1}), "argument 'model'"),
    "a generator": (("generator", {}), "is a generator"),
    "a value that no document has": (("train", {"epochs": object()}), "is a object, which a document"),
    "a function of another kind": (("split", {}), "is not a BaseTrainerStep"),
    "arguments beside a component": (("component", {"epochs": 1}), "which only a function takes here"),
    "a class itself": (("Train", {}), "'Train' is not a BaseTrainerStep"),
    "arguments beside a class": (("Train", {"epochs": 1}), "which only a function takes here"),
    "a lambda": (("lambda", {}), "is a lambda"),
    "a builtin": (("builtin", {}), "neither a class nor a function"),
}


@pytest.mark.parametrize(("given", "fact"), WRONG.values(), ids=WRONG)
def test_wrong_functions_and_arguments_are_refused_when_added(
    steps: Any, project: Project, given: tuple[str, dict[str, Any]], fact: str
) -> None:
    """A TypeError at the user's own line, as for a class."""
    others = {"lambda": lambda splits: 1, "builtin": len, "component": steps.Train()}
    others["split"] = TrainingPipeline(name="other").add_split(steps.halves).steps["split"]
    name, arguments = given
    step = others.get(name) or getattr(steps, name)

    with pytest.raises(TypeError, match=fact):
        TrainingPipeline(name="wrong").add_trainer(step, **arguments)


def test_similar_argument_is_in_the_hint(steps: Any, project: Project) -> None:
    """So typing errors are easy to correct."""
    with pytest.raises(zenml_pin.PinError) as caught:
        TrainingPipeline(name="wrong").add_trainer(steps.train, epoch=1)

    assert caught.value.hint == "did you mean 'epochs'? it takes epochs"


def test_missing_input_fails_before_anything_runs(steps: Any, project: Project) -> None:
    """The message names the function and what it needs."""
    pipeline = TrainingPipeline(name="short").add_trainer(steps.named).add_datasource(steps.rows, count=1)

    with pytest.raises(zenml_pin.PinError, match="function 'named' needs 'needed', which no earlier step"):
        pipeline.run()


def test_argument_with_the_name_of_a_custom_step(steps: Any, project: Project) -> None:
    """Which value it would get is not clear."""
    pipeline = pipeline_of(steps, "function").add_step("title", steps.rows, count=1)
    pipeline.add_step("last", steps.report, title="x")

    with pytest.raises(zenml_pin.PinError, match="gets 'title' from an earlier step"):
        pipeline.run()


@pytest.mark.parametrize("name", ["broken", "broken_later"])
def test_traceback_of_a_failed_step_begins_with_its_code(steps: Any, project: Project, name: str) -> None:
    """Also where it is awaited."""
    pipeline = TrainingPipeline(name="bad").add_datasource(steps.rows, count=1)
    pipeline.add_trainer(getattr(steps, name))

    with pytest.raises(zenml_pin.PinError, match="no such thing") as caught:
        pipeline.run()
    trace = caught.value.__cause__.__traceback__  # type: ignore[union-attr]
    assert trace is not None
    assert trace.tb_frame.f_code.co_name == name


def test_async_step_inside_a_running_loop(steps: Any, project: Project) -> None:
    """As in a cell of a notebook."""
    import asyncio

    async def cell() -> Any:
        return pipeline_of(steps, "function").run(LocalBackend()).metrics

    assert asyncio.run(cell()) == {"loss": 13, "epochs": 20}


def test_shown_as_calls(steps: Any, project: Project) -> None:
    """A step shows its function and arguments; a pipeline its functions."""
    pipeline: BasePipeline = pipeline_of(steps, "function")

    assert repr(pipeline.steps["training"]) == "train(epochs=20)"
    assert "training=train" in repr(pipeline)
    assert "flow.steps.train" in pipeline._repr_html_()


def test_document_of_a_function_that_has_other_arguments_now(steps: Any, project: Project) -> None:
    """The error points at the key of the document."""
    path = pipeline_of(steps, "function").save()
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace("epochs: 20", "epoch: 20"))

    with pytest.raises(zenml_pin.PinError, match=r"steps\.training.*unexpected keyword argument 'epoch'"):
        project.repository.get_pipeline_by_name("flow")
