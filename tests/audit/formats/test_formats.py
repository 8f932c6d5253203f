"""The formats of reports: each has the same facts, and hostile text stays text in all of them."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sarif_pydantic import Sarif

from tests.support.documents_by_line import document
from tests.support.repositories import Repo, commit, write
from zenml_pin.audit import RULES, AuditReport, audit, check
from zenml_pin.audit.formats import FORMATS, render
from zenml_pin.audit.formats.json import schema
from zenml_pin.audit.formats.text import render_facts

MINE = "trainers.step.Mine"
HOSTILE = "x\x1b[31m\n::error::%0A<script>\u202e"


@pytest.fixture
def report(repo: Repo) -> AuditReport:
    """An audit with a pin, findings of each level, a shared tree and a broken document."""
    first = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}, "requirements.txt": "attrs<2\n"})
    second = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}}, message=f"{HOSTILE}\n")
    sources = f"{MINE}@{first}", f"{MINE}@{second}", f"{MINE}@{'0' * 40}", MINE, "json.JSONDecoder"
    write(repo, {"pipelines": {"mine.yaml": document(*sources), f"{HOSTILE[:5]}.yaml": "steps: ["}})
    return audit(repo=repo.path)


def test_json_follows_its_schema(report: AuditReport) -> None:
    """The schema ships with the package, allows no other fields, and every report has its version."""
    data = json.loads(render(report, "json"))

    Draft202012Validator.check_schema(schema())
    Draft202012Validator(schema()).validate(data)
    assert data == report.to_dict()
    assert data["schema_version"] == 1
    assert data["counts"] == {"documents": 2, "sources": 6, "pins": 3, "errors": 3, "warnings": 1, "notes": 1}
    assert [item["rule"] for item in data["findings"]] == ["ZP015", "ZP003", "ZP001", "ZP018", "ZP009"]
    assert len(data["groups"]) == 1


@pytest.mark.parametrize("key", ["pins", "documents", "findings"])
def test_schema_refuses_what_is_not_in_it(report: AuditReport, key: str) -> None:
    """So a new field needs a change of the schema."""
    data = json.loads(render(report, "json"))
    data[key][0]["unknown"] = 1

    assert list(Draft202012Validator(schema()).iter_errors(data))


def test_report_of_nothing_is_valid_too(repo: Repo) -> None:
    """Before the first commit, without a document."""
    empty = check(repo=repo.path, allow_empty=True)

    Draft202012Validator(schema()).validate(empty.to_dict())
    assert render(empty, "text") == "0 documents, 0 sources, 0 pins: nothing to report\n"
    assert render(empty, "github") == ""
    assert Sarif.model_validate_json(render(empty, "sarif")).runs[0].results == []


def test_sarif_is_valid(report: AuditReport) -> None:
    """Rules, levels, locations relative to the repository, and fingerprints."""
    text = render(report, "sarif")
    log = Sarif.model_validate_json(text)
    run: Any = json.loads(text)["runs"][0]

    assert log.version == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(RULES)
    assert [item["ruleId"] for item in run["results"]] == [item.rule.id for item in report.findings]
    assert all(RULES[item["ruleId"]] is list(RULES.values())[item["ruleIndex"]] for item in run["results"])
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "pipelines/mine.yaml", "uriBaseId": "REPOSITORY"}
    assert location["region"] == {"startLine": 4, "startColumn": 16}
    assert len({item["partialFingerprints"]["finding/v1"] for item in run["results"]}) == len(run["results"])
    assert run["versionControlProvenance"][0]["revisionId"] == report.head


def test_github_gets_a_line_for_each_finding(report: AuditReport) -> None:
    """Hostile names cannot start another command."""
    lines = render(report, "github").splitlines()

    assert len(lines) == len(report.findings)
    assert all(line.startswith(("::error title=", "::warning title=", "::notice title=")) for line in lines)
    assert lines[1].startswith(
        "::error title=zenml-pin (ZP003),file=pipelines/mine.yaml,line=6,col=16::commit 0000000000"
    )


def test_text_has_a_line_for_each_finding(report: AuditReport) -> None:
    """In the form of compilers' messages, with full ids, and the counts at the end."""
    lines = render(report, "text").splitlines()

    assert (
        f"pipelines/mine.yaml:6:16: error ZP003 steps.s2.source: commit {'0' * 40} is not in the repository"
        in lines
    )
    assert (
        "pipelines/mine.yaml:7:16: error ZP001 steps.s3.source: 'trainers.step.Mine' is not pinned" in lines
    )
    assert lines[-1] == "2 documents, 6 sources, 3 pins: 3 errors, 1 warning, 1 note"


def test_facts_are_aligned(report: AuditReport) -> None:
    """One line for each source: where, which, when, by whom, on which branch, how far behind, and the outcome."""
    lines = [
        line for line in render_facts(report).splitlines() if line.startswith("  ") and "steps.s" in line
    ]

    columns = [line.index("steps.s") for line in lines]
    assert len(set(columns)) == 1
    assert lines[0].endswith("  2021-01-11  Ada Lovelace <ada@example.org>  main  1 behind  as HEAD, ZP015")
    assert lines[2].rstrip().endswith("ZP003")


def test_short_ids_are_an_option(report: AuditReport) -> None:
    """As on a terminal; in a pipe, ids are full."""
    assert report.head is not None
    assert report.head in render_facts(report)
    assert report.head not in render_facts(report, short_ids=True)
    assert report.head[:8] in render_facts(report, short_ids=True)


@pytest.mark.parametrize("name", FORMATS)
def test_hostile_text_is_escaped(report: AuditReport, name: str) -> None:
    """Commit messages and paths cannot move a cursor or forge a line."""
    text = render(report, name) + render_facts(report)

    assert all(char.isprintable() or char == "\n" for char in text)


def test_fingerprint_stays_while_lines_move(repo: Repo) -> None:
    """So a scanner recognises a finding."""
    commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})
    write(repo, {"pipelines": {"mine.yaml": document(MINE)}})
    [before] = check(repo=repo.path).findings
    write(repo, {"pipelines": {"mine.yaml": "# a comment\n" + document(MINE)}})
    [after] = check(repo=repo.path).findings

    assert (after.line, after.fingerprint) == (before.line + 1, before.fingerprint)


@pytest.mark.parametrize("name", ["text", "github", "sarif"])
def test_hints_name_options_and_not_keyword_arguments(repo: Repo, name: str) -> None:
    """These formats are read beside a command line; the finding itself speaks to callers of the library."""
    pin = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})
    commit(repo, {"notes.txt": ""})
    write(repo, {"pipelines": {"one.yaml": document(f"{MINE}@{pin}")}})
    with open(os.path.join(repo.gitdir, "config"), "a", encoding="utf-8") as config:
        config.write('[remote "origin"]\n\turl = https://example.com/x\n\tpromisor = true\n')
    os.remove(os.path.join(repo.objects, pin[:2], pin[2:]))

    report = audit(repo=repo.path)

    assert any("attach(repo, fetch=True)" in finding.hint for finding in report.findings)
    assert "attach(" not in render(report, name)
    assert "--fetch" in render(report, name)
