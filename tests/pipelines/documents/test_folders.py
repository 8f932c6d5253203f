"""Folders of documents that setup.cfg lists: what the gate checks can be listed and run by name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.old_documents import old_document
from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head, write
from tests.support.run_command import run
from zenml_pin.pipelines.documents.folders import document_folders

SETTING = "[zenml_pin]\ndocuments = conf/pipes\n"
TRAINER = """\
from zenml.steps.trainer import BaseTrainerStep
class T(BaseTrainerStep):
    def run_fn(self, **inputs):
        return 1
"""


@pytest.fixture
def listed(project: Project) -> Project:
    """One document of 0.3.8 in a folder that setup.cfg lists; none in the pipelines folder."""
    files = {"old": {"__init__.py": "", "step.py": TRAINER}}
    head = commit(project.repo, files, base=get_head(project.repo))
    document = old_document("0.3.8", f"old.step.T@{head}")
    commit(project.repo, {"setup.cfg": SETTING, "conf": {"pipes": {"old.yaml": document}}}, base=head)
    return project


def test_commands_read_the_folders_that_the_gate_checks(
    listed: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pipelines`, `steps` and the Python interface list what `check` checks."""
    checked = run(capsys, "check")
    _, shown, _ = run(capsys, "pipelines", "--format", "json")

    [pipeline] = json.loads(shown)["pipelines"]
    assert "1 document, " in checked[1]
    assert pipeline["document"] == "conf/pipes/old.yaml"
    assert listed.repository.get_pipeline_names() == ["old"]
    assert "old.step.T" in listed.repository.get_step_versions()


def test_a_pipeline_of_such_a_folder_runs_by_name(
    listed: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the working tree and from a commit; the document is not stored once more."""
    first = run(capsys, "run", "old", "--format", "json")
    second = run(capsys, "run", "old", "--rev", "HEAD", "--format", "json")

    assert (first[0], second[0]) == (0, 0)
    for _, shown, _ in (first, second):
        assert (
            os.path.relpath(json.loads(shown)["run"]["document"], listed.repo.path) == "conf/pipes/old.yaml"
        )
    assert not list(Path(listed.repo.path, "pipelines").glob("*.yaml"))


def test_a_value_of_such_a_document_stays_in_the_store(
    listed: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """`store gc` asks the documents of every folder before it removes."""
    listed.pipeline("mine").save()
    [document] = Path(listed.repo.path, "pipelines").glob("*.yaml")
    document.rename(Path(listed.repo.path, "conf", "pipes", document.name))

    code, shown, _ = run(capsys, "store", "gc", "--dry-run", "--format", "json")
    stored = run(capsys, "store", "--format", "json")

    assert (code, json.loads(shown)["artifacts"]) == (0, [])
    [artifact] = json.loads(stored[1])["artifacts"]
    assert artifact["references"][0]["kind"] == "document"


def test_the_own_folder_is_first_and_there_once(listed: Project) -> None:
    """Also where the setting lists it; runs write to the first."""
    write(listed.repo, {"setup.cfg": "[zenml_pin]\ndocuments = pipelines, conf/pipes, none\n"})

    folders = document_folders(listed.repository.workspace)

    root = os.path.realpath(listed.repo.path)
    assert [os.path.relpath(folder, root) for folder in folders] == ["pipelines", "conf/pipes", "none"]
