"""Given source roots travel in documents and records: a pipeline of old code runs again in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import Files, commit
from zenml_pin.errors import DocumentError
from zenml_pin.importing.given_roots import roots_id_of
from zenml_pin.pipelines.documents.document import dump_document, parse_document

# Two folders, so that no single folder of the commit explains the id.
ROOTS = ["lab", "ml"]
ID = roots_id_of(("lab", "ml"))
HEAD = "version: '1'\npipeline: {name: mine, type: training, source: a.P}\n"
PIN = "a" * 40


@pytest.fixture
def first(project: Project) -> str:
    """A commit that has its trainer in a folder that no file of it names as a source root."""
    files: Files = {"ml": {"steps": {"__init__.py": "", "step.py": trainer(2.0)}}, "lab": {"notes.py": ""}}
    return commit(project.repo, files, base=project.commit_trainer(1.0))


@pytest.mark.slow
def test_a_run_of_given_roots_is_recorded_and_runs_again(project: Project, first: str) -> None:
    """Document and record have the roots, so a fresh process loads the pipeline and the run's output."""
    cls: Any = zenml_pin.load(f"steps.step.MyTrainer@{first}", source_roots=ROOTS)
    source = str(zenml_pin.pin(cls))

    run = project.pipeline(step=cls(epochs=3)).run()
    program = (
        "import zenml_pin\n"
        "repository = zenml_pin.Repository.get_instance()\n"
        "pipeline = repository.get_pipeline_by_name('mine')\n"
        "print(type(pipeline._parts['training'].component).__module__)\n"
        "print(repository.get_runs('mine')[-1].output('model').slope)\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=project.repo.path
    )
    text = Path("pipelines/mine.yaml").read_text()

    assert run.outcome == "succeeded"
    assert f"source: {source}" in text
    assert f"source_roots:\n  r{ID}:\n  - lab\n  - ml\n" in text
    assert run.environment["source_roots"] == {f"r{ID}": ROOTS}
    assert printed.stdout == f"zenml_pin.at.g{first}_r{ID}.steps.step\n2.0\n", printed.stderr


def test_a_list_in_a_document_is_for_all_of_its_pins(project: Project, first: str) -> None:
    """A person adds one line to a document of the past, and its pins load."""
    project.pipeline().save()
    text = Path("pipelines/mine.yaml").read_text()
    source = next(line.split()[-1] for line in text.split("\n") if "trainers.step.MyTrainer@" in line)
    old = text.replace(source, f"steps.step.MyTrainer@{first}") + "source_roots: [lab, ml]\n"
    Path("pipelines/old.yaml").write_text(old.replace("name: mine", "name: old"))

    pipeline = project.repository.get_pipeline_by_name("old")
    run = pipeline.run()

    assert run.outcome == "succeeded"
    assert run.output("model").slope == 2.0


def test_a_document_with_given_roots_is_read_as_it_was_written() -> None:
    """The pins get the roots id, also those in arguments; other sources stay."""
    text = HEAD + (
        f"steps:\n  training: {{source: m.A@{PIN}, args: {{cls: {{$class: m.B@{PIN}}}, n: [m.B@{PIN}]}}}}\n"
        "  split: {source: m.S}\nsource_roots: [lab, ml]\n"
    )

    document = parse_document(text)

    assert document.steps["training"].source == f"m.A@{PIN}_r{ID}"
    assert document.steps["training"].args == {"cls": {"$class": f"m.B@{PIN}_r{ID}"}, "n": [f"m.B@{PIN}"]}
    assert document.steps["split"].source == "m.S"
    assert parse_document(dump_document(document)) == document


MALFORMED = {
    "text": ("source_roots: lab", "expected a list of folders"),
    "number": ("source_roots: [3]", "is not a folder"),
    "outside": ("source_roots: [../lab]", "is not a folder"),
    "none": ("source_roots: []", "0 source roots"),
    "false id": ("source_roots: {r00000000: [lab]}", "is not the id of these source roots"),
}


@pytest.mark.parametrize(("line", "message"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_roots_of_a_document_are_an_error_with_its_line(line: str, message: str) -> None:
    """The error names the key."""
    with pytest.raises(DocumentError, match=message) as caught:
        parse_document(HEAD + f"steps: {{}}\n{line}\n")

    assert caught.value.line == 4
