"""The document that ZenML's documentation shows, with steps and nothing else, is a document everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.documents.test_old_arguments import FILES
from tests.support.old_documents import old_document
from tests.support.pipeline_project import Project
from tests.support.repositories import commit, write
from tests.support.run_command import run
from zenml_pin.errors import DocumentError
from zenml_pin.pipelines import TrainingPipeline
from zenml_pin.pipelines.documents.document import dump_document, parse_document

KINDS = {
    "{training: {source: a.B}}": "training",
    "{data: {source: a.B}}": "data",
    "{data: {source: a.B}, infer: {source: a.B}}": "infer",
    "{tokenizer: {source: a.B}, trainer: {source: a.B}}": "training",
    "{split: {source: a.B}}": "data",
}


@pytest.mark.parametrize(("steps", "kind"), KINDS.items(), ids=list(KINDS))
def test_the_file_gives_the_name_and_the_steps_the_type(steps: str, kind: str) -> None:
    """A file that ZenML named has both in its name."""
    text = f"version: '1'\nsteps: {steps}\n"
    stored = "infer_My Run_7d5a2c0e-2f0b-4a37-9a5e-1b1f5f6d7c11.yaml"

    mine = parse_document(text, "pipelines/mine.yaml")
    named = parse_document(text, f"{'a' * 40}:{stored}")

    assert (mine.name, mine.type) == ("mine", kind)
    assert (named.name, named.type) == ("My Run", "infer")


@pytest.mark.slow
def test_every_command_reads_it(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """check, audit, run, pin, pipelines, steps, bundle and get_pipeline_by_name; the file keeps its shape."""
    head = commit(project.repo, FILES)
    unpinned = old_document("steps", "old.step.MyTrainer", "{model: layers}")
    pinned = unpinned.replace("MyTrainer", f"MyTrainer@{head}")
    write(project.repo, {"pipelines": {"pipeline_1.yaml": unpinned}})

    assert "ZP001" in run(capsys, "check")[1]
    assert run(capsys, "pin", "pipelines/pipeline_1.yaml")[0] == 0
    assert Path("pipelines/pipeline_1.yaml").read_text() == pinned
    assert run(capsys, "check")[0] == 0
    assert run(capsys, "audit")[1].count(head) >= 1
    listed = run(capsys, "pipelines")[1]
    assert listed == "pipeline_1\t1\ttraining\tpinned\tpipelines/pipeline_1.yaml\n"
    assert run(capsys, "steps")[1] == f"old.step.MyTrainer@{head}\tpipeline_1\n"
    assert run(capsys, "bundle", "pipelines/pipeline_1.yaml", "-o", "b.bundle")[0] == 0
    assert run(capsys, "run", "pipeline_1")[0] == 0
    pipeline = project.repository.get_pipeline_by_name("pipeline_1")
    assert type(pipeline) is TrainingPipeline
    assert pipeline.run().output("model") == (["layers"], None)
    assert project.documents() == ["pipeline_1.yaml"]
    assert Path("pipelines/pipeline_1.yaml").read_text() == pinned


def test_what_is_written_back_keeps_the_shape(project: Project) -> None:
    """Also where its file has been removed; a document with more to say is written in today's shape."""
    head = commit(project.repo, FILES)
    text = old_document("steps", f"old.step.MyTrainer@{head}", "{model: layers}")
    write(project.repo, {"pipelines": {"mine.yaml": text}})
    pipeline = project.repository.get_pipeline_by_name("mine")
    Path("pipelines/mine.yaml").unlink()

    pipeline.save()
    pipeline.copy("other").save()

    assert "pipeline:" not in Path("pipelines/mine.yaml").read_text()
    again = parse_document(Path("pipelines/mine.yaml").read_text(), "mine.yaml")
    assert again == parse_document(text, "mine.yaml")
    assert dump_document(again).startswith("version: '1'\nsteps:\n")
    assert "name: other" in Path("pipelines/other.yaml").read_text()


def test_steps_that_are_empty_are_no_document() -> None:
    """The error says what is missing."""
    with pytest.raises(DocumentError, match="key 'pipeline' is missing"):
        parse_document("steps: {}\n", "mine.yaml")
