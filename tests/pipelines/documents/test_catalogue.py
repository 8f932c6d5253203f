"""Numbers and files of documents: each number is used once, and every written document is readable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.pipeline_project import Project
from zenml_pin.errors import DocumentError, SourceSyntaxError
from zenml_pin.pipelines.documents.catalogue import register


def run_number(project: Project, epochs: int) -> int:
    """Run with other arguments; return the number of the document."""
    return project.pipeline(step=project.trainer_class()(epochs=epochs)).run().number


def test_the_number_of_a_broken_document_is_not_given_again(project: Project) -> None:
    """Its file's name has the number."""
    project.pipeline().save()
    Path("pipelines/mine-7.yaml").write_text("steps: [")

    assert run_number(project, 9) == 8


def test_the_number_of_a_deleted_document_is_not_given_again(project: Project) -> None:
    """Runs are recorded with that number."""
    assert [run_number(project, epochs) for epochs in (1, 2)] == [1, 2]
    os.unlink("pipelines/mine-2.yaml")

    assert run_number(project, 3) == 3


@pytest.mark.slow
def test_a_document_that_is_too_long_is_not_written(project: Project) -> None:
    """It could not be read again."""
    step = project.trainer_class()(text="x" * (1 << 20))

    with pytest.raises(DocumentError, match="more than the limit"):
        project.pipeline(step=step).save()

    assert project.documents() == []


@pytest.mark.parametrize(
    "name", ["../evil.yaml", "/tmp/evil.yaml", "a\\b.yaml", "x.txt", ".yaml", "", "a\0.yaml"]
)
def test_a_registered_document_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    """With a plain name and the suffix of YAML."""
    with pytest.raises(DocumentError, match="not a file name"):
        register(str(tmp_path / "pipelines"), name, "steps: {}")

    assert list(tmp_path.iterdir()) == []


def test_a_registered_document_can_be_read(project: Project, tmp_path: Path) -> None:
    """Its sources are valid, and its length is allowed."""
    text = Path(project.pipeline().save()).read_text()

    assert Path(register(str(tmp_path), "new.yml", text)).read_text() == text
    with pytest.raises(DocumentError, match="exists already"):
        register(str(tmp_path), "new.yml", text)
    with pytest.raises(SourceSyntaxError):
        register(str(tmp_path), "bad.yaml", text.replace("MyTrainer@", "MyTrainer@x"))
    with pytest.raises(DocumentError, match="more than the limit"):
        register(str(tmp_path), "long.yaml", text + "#" * (1 << 20))
    assert {"bad.yaml", "long.yaml"}.isdisjoint(os.listdir(tmp_path))


def test_a_new_document_replaces_no_file(project: Project) -> None:
    """However many documents have its name, and whatever is in them now."""
    cls = project.trainer_class()
    kept = {}
    for number in range(1, 5):
        path = Path(project.pipeline(step=cls(epochs=number)).save())
        path.write_text(path.read_text().replace("name: mine", f"name: renamed {number}"))
        kept[path] = path.read_text()

    assert len(kept) == 4
    assert {path: path.read_text() for path in kept} == kept
