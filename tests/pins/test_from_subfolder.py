"""Sources of old documents that are named from the folder in which the script was started."""

from __future__ import annotations

import pytest

import zenml_pin
from tests.support.old_documents import old_document
from tests.support.pipeline_project import Project
from tests.support.repositories import commit, write
from tests.support.run_command import run
from zenml_pin.errors import PinnedModuleNotFoundError

TRAINER = """\
from zenml.steps.trainer import BaseTrainerStep
from steps.util import VALUE


class T(BaseTrainerStep):
    def run_fn(self, **inputs):
        return VALUE
"""
STEPS = {"steps": {"__init__.py": "", "a.py": TRAINER, "util.py": "VALUE = 7\n"}}


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("shape", ["0.1.4", "0.3.3"])
def test_the_one_folder_that_has_it_is_meant(
    project: Project, capsys: pytest.CaptureFixture[str], shape: str
) -> None:
    """By check, audit, a trial, a run and a bundle; the document keeps its text, and a note says so."""
    head = commit(project.repo, {"ml": STEPS})
    write(project.repo, {"pipelines": {"old.yaml": old_document(shape, f"steps.a.T@{head}")}})

    checked = run(capsys, "check")
    audited = run(capsys, "audit", "--load")
    ran = project.repository.get_pipeline_by_name("old").run()

    assert (checked[0], audited[0]) == (0, 0), audited[1]
    assert "note ZP027" in checked[1]
    assert "'steps.a' is named from the folder 'ml'" in checked[1]
    assert ", loaded" in audited[1]
    assert ran.output("model") == 7
    assert project.documents() == ["old.yaml"]
    bundled = run(capsys, "bundle", "pipelines/old.yaml", "-o", "old.bundle")
    assert bundled[0] == 0, bundled[1:]


def test_two_folders_are_an_error_that_names_them(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is guessed."""
    head = commit(project.repo, {"ml": STEPS, "old": STEPS})
    write(project.repo, {"pipelines": {"old.yaml": old_document("0.1.4", f"steps.a.T@{head}")}})

    code, shown, _ = run(capsys, "check")

    assert code == 1
    assert "error ZP004" in shown
    assert "below 2 folders: 'ml', 'old'" in shown
    with pytest.raises(PinnedModuleNotFoundError, match="below 2 folders"):
        project.repository.get_pipeline_by_name("old")


def test_elsewhere_the_hint_names_the_folder(project: Project) -> None:
    """A source that a person types, or a document of today has, means its source roots; the hint says how to go on."""
    head = commit(project.repo, {"ml": STEPS})

    with pytest.raises(PinnedModuleNotFoundError) as caught:
        zenml_pin.load(f"steps.a.T@{head}")

    assert "source_roots=['ml']" in caught.value.hint
    assert zenml_pin.load(f"steps.a.T@{head}", source_roots=["ml"]).__name__ == "T"
