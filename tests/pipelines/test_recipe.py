"""A custom pipeline class may choose the order of its steps."""

from __future__ import annotations

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.errors import ComponentError

ORDERS = {
    "a step is missing": "[]",
    "a step is not there": "['training', 'tests']",
    "twice": "['training'] * 2",
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_an_order_that_loses_a_step_is_refused(project: Project, order: str) -> None:
    """Otherwise a document would lack a step of the pipeline."""
    text = f"""\
from zenml_pin.pipelines import TrainingPipeline

class Mine(TrainingPipeline):
    def order(self):
        return {order}
"""
    commit(project.repo, {"mine.py": text}, base=get_head(project.repo))
    pipeline = project.trainer_class("Mine", "mine")(name="lost").add_trainer(project.trainer_class()())

    with pytest.raises(ComponentError, match=r"order\(\) of 'Mine' gives .* for the steps \['training'\]"):
        pipeline.run()
    assert project.documents() == []


def test_the_class_decides_the_order(project: Project) -> None:
    """The run and the document have this order."""
    text = """\
from zenml_pin.pipelines import TrainingPipeline

class Mine(TrainingPipeline):
    def order(self):
        return sorted(super().order(), reverse=True)
"""
    commit(project.repo, {"mine.py": text}, base=get_head(project.repo))
    pipeline = project.trainer_class("Mine", "mine")(name="mine")
    for key in "abc":
        pipeline.add_step(key, project.trainer_class()())

    run = pipeline.add_trainer(project.trainer_class()()).add_datasource(MemoryDatasource([1])).run()

    assert [step.key for step in run.steps] == ["datasource", "training", "c", "b", "a"]
    assert list(project.repository.get_document("mine").steps) == ["training", "c", "b", "a"]
