"""audit --reproduce: whether the newest run of each document still gives what it gave."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.support.parsed_html import Seen
from tests.support.pipeline_project import Project
from tests.support.run_command import run
from zenml_pin.audit import audit
from zenml_pin.audit.formats.html.report import report_page
from zenml_pin.audit.formats.json import schema
from zenml_pin.audit.formats.text import render_facts
from zenml_pin.datasources import CSVDatasource


@pytest.fixture
def two(project: Project) -> Project:
    """A pipeline that is as it was, and one whose data has changed since it ran."""
    project.pipeline("same").run()
    Path("rows.csv").write_text("x,y\n1,3\n2,5\n3,7\n4,9\n")
    project.pipeline("edited").add_datasource(CSVDatasource("rows", "rows.csv")).run()
    Path("rows.csv").write_text("x,y\n1,3\n2,5\n3,8\n4,9\n")
    return project


def test_a_run_that_is_not_reproduced_is_a_finding(two: Project) -> None:
    """An error that names the run and the step; a run that is reproduced is a fact of its document."""
    report = audit(repo=two.repo.path, reproduce=True)

    facts = {document.name: document.reproduction for document in report.documents}
    assert facts["same"] is not None
    assert facts["same"].is_reproduced
    assert facts["edited"] is not None
    [finding] = [finding for finding in report.findings if finding.rule.name == "not-reproduced"]
    assert finding.message == f"run {facts['edited'].run} was not reproduced: datasource different"
    assert (finding.path, report.is_clean) == ("pipelines/edited.yaml", False)


def test_every_format_shows_it(two: Project) -> None:
    """Text below the document, JSON as its schema says, and a badge on the page."""
    report = audit(repo=two.repo.path, reproduce=True)

    text, page = render_facts(report), Seen(report_page(report)).text

    jsonschema.validate(report.to_dict(), schema())
    assert "reproduced: 4 outputs are identical" in text
    assert "not reproduced: datasource different" in text
    assert "not reproduced" in page
    assert "no class was loaded by itself, recorded runs were run again" in page


def test_nothing_runs_unless_it_is_asked_for(two: Project) -> None:
    """An audit reads only."""
    report = audit(repo=two.repo.path)

    assert {document.reproduction for document in report.documents} == {None}
    assert all(finding.rule.name != "not-reproduced" for finding in report.findings)


def test_a_document_that_never_ran_here_is_no_finding(two: Project) -> None:
    """There is nothing to compare with."""
    two.pipeline("saved").save()

    report = audit(repo=two.repo.path, reproduce=True)

    [saved] = [document for document in report.documents if document.name == "saved"]
    assert saved.reproduction is not None
    assert (saved.reproduction.is_reproduced, saved.findings) == (None, ())


def test_documents_of_another_time_are_not_reproduced(two: Project) -> None:
    """The record is that of the working tree; a note says so."""
    report = audit(repo=two.repo.path, reproduce=True, all_history=True, allow_empty=True)

    assert any("no run is reproduced" in note for note in report.notes)


def test_the_command_says_it(two: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, and the hint names the command that says more."""
    code, out, _ = run(capsys, "audit", "--reproduce", "--format", "json")

    facts = json.loads(out)
    assert code == 1
    assert [item["hint"].split()[1] for item in facts["findings"] if "reproduce" in item["hint"]] == [
        "reproduce"
    ]
