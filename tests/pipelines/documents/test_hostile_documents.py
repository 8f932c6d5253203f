"""Documents from which no pipeline can be built: each error has its key, and none hides other documents."""

from __future__ import annotations

import os

import pytest

from tests.support.broken_arguments import BROKEN_ARGUMENTS
from tests.support.pipeline_project import Project
from tests.support.repositories import write
from zenml_pin.errors import DocumentError
from zenml_pin.pipelines.documents.document import parse_document

HEAD = "pipeline: {name: bad, type: training, source: zenml_pin.pipelines.TrainingPipeline, args: {}}\n"


@pytest.mark.parametrize(("value", "key_path"), BROKEN_ARGUMENTS.values(), ids=BROKEN_ARGUMENTS)
def test_a_broken_form_is_an_error_with_its_key_path(value: str, key_path: str) -> None:
    """An impossible value of an argument is refused when the document is read."""
    with pytest.raises(DocumentError) as caught:
        parse_document(f"{HEAD}steps: {{training: {{source: a.B, args: {{x: {value}}}}}}}\n", "bad.yaml")

    assert caught.value.key_path.startswith(key_path.replace("\\", ""))


def test_forms_are_read() -> None:
    """A class (also one with a pin to repair), a tuple and an artifact."""
    args = (
        f"{{a: {{$class: m.C@HEAD}}, b: {{$tuple: [1, [2]]}}, c: {{$artifact: '{'0' * 64}'}}, d: {{1: 2}}}}"
    )

    document = parse_document(f"{HEAD}steps: {{training: {{source: a.B, args: {args}}}}}\n")

    assert document.steps["training"].args["b"] == {"$tuple": [1, [2]]}


WRONG_PARTS = {
    "datasource that is a step": (
        "datasource: {name: d, source: zenml_pin.steps.RandomSplit, args: {split_map: {a: 1.0}}}\nsteps: {}\n",
        "datasource",
    ),
    "step that is a datasource": (
        "steps: {split: {source: zenml_pin.datasources.CSVDatasource, args: {path: x}}}\n",
        "steps.split",
    ),
    "backend that is a step": (
        "environment: {backends: {orchestrator: {source: zenml_pin.steps.RandomSplit, "
        "args: {split_map: {a: 1.0}}}}}\nsteps: {}\n",
        "environment.backends.orchestrator",
    ),
    "argument that its class does not stand": (
        "steps: {split: {source: zenml_pin.steps.RandomSplit, args: {split_map: 3}}}\n",
        "steps.split",
    ),
    "argument that its class does not know": (
        "steps: {split: {source: zenml_pin.steps.RandomSplit, args: {what: 3}}}\n",
        "steps.split",
    ),
}


@pytest.mark.parametrize(("rest", "key_path"), WRONG_PARTS.values(), ids=WRONG_PARTS)
def test_a_part_that_cannot_be_built_is_named(project: Project, rest: str, key_path: str) -> None:
    """The error has document and key; the list of pipelines reports it and continues."""
    project.pipeline("good").save()
    write(project.repo, {"pipelines": {"bad.yaml": HEAD + rest}})

    with pytest.raises(DocumentError) as caught:
        project.repository.get_pipeline_by_name("bad")

    assert caught.value.key_path == key_path
    assert os.path.basename(caught.value.path) == "bad.yaml"
    assert [pipeline.name for pipeline in project.repository.get_pipelines()] == ["good"]
    assert [os.path.basename(path) for path in project.repository.broken] == ["bad.yaml"]
