"""What depends on the source roots from which a class is named: facts about its code, HEAD and the working tree.

One folder of one commit can be named from two of them, as in an old document and in one of today.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.documents_by_line import document
from tests.support.old_documents import old_document
from tests.support.repositories import Files, Repo, commit, nest, write
from zenml_pin import pin, status
from zenml_pin.audit import AuditReport, audit, check
from zenml_pin.audit.pin_report import PinReport
from zenml_pin.pins.choosing_roots import use_source_roots
from zenml_pin.source import Source


def old_style(helper: str) -> Files:
    """Return files of ZenML's first days: `trainers.t` and `helper` are named from the folder `proj`."""
    trainers = {"__init__.py": "", "t.py": "import helper\nclass T: pass\n"}
    return {"proj": {"trainers": trainers, "helper.py": helper}}


def packaged(code: str = "import b\nclass A: pass\n", text: str = "x = 1\n") -> Files:
    """Return files whose packaging names the folder `lib`."""
    packaging = (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "x"\n[tool.setuptools.package-dir]\n"" = "lib"\n'
    )
    return {"pyproject.toml": packaging, "lib": {"pkg": {"__init__.py": "", "a.py": code}, "b.py": text}}


# Beside it 'b' is ambiguous: by the former rule it is this file.
B = {"b.py": "x = 2\n"}


def by_source(report: AuditReport) -> dict[str, PinReport]:
    return {pin.source.partition("@")[0]: pin for pin in report.pins}


def rules(report: PinReport) -> list[str]:
    return [finding[0] for finding in report.findings]


@pytest.mark.parametrize("is_cached", [False, True])
def test_each_name_has_the_facts_of_its_own_roots(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_cached: bool
) -> None:
    """From `proj`, 'helper' is a file that cannot be parsed; from the root, nothing has that name."""
    if is_cached:
        monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "cache"))
    head = commit(repo, old_style("def f(:\n"))
    old = {"old.yaml": old_document("0.1.4", f"trainers.t.T@{head}")}
    write(repo, {"pipelines": {**old, "new.yaml": document(f"proj.trainers.t.T@{head}")}})

    for _ in range(2):
        pins = by_source(check(repo=repo.path))

        assert "ZP024" in rules(pins["trainers.t.T"])
        assert rules(pins["proj.trainers.t.T"]) == []
        assert pins["trainers.t.T"].code_id != pins["proj.trainers.t.T"].code_id
        assert pins["trainers.t.T"].at_head == "same"


def test_uncommitted_import_of_an_old_name_is_found(repo: Repo) -> None:
    """What it imports is named from its own folder, in the working tree too."""
    head = commit(repo, old_style("x = 1\n"))
    write(repo, {"proj": {"helper.py": "x = 2\n"}})
    write(repo, {"pipelines": {"old.yaml": old_document("0.1.4", f"trainers.t.T@{head}")}})

    (found,) = audit(repo=repo.path).pins

    assert "ZP002" in rules(found)
    assert found.same_as_worktree is False


def test_given_roots_are_those_of_head_and_of_the_working_tree(repo: Repo) -> None:
    """A commit since the pin that changes nothing that it imports leaves its code the same."""
    step = {"__init__.py": "", "t.py": "import helper\nclass T: pass\n"}
    files: Files = {"steps": step, "helper.py": "x = 1\n", "proj": {"helper.py": "y = 1\n"}}
    pinned = commit(repo, files)
    commit(repo, {**files, "unrelated.txt": "1"})
    write(repo, {"pipelines": {"p.yaml": document(f"steps.t.T@{pinned}")}})

    with use_source_roots(["proj", "."]):
        (before,) = audit(repo=repo.path).pins
        write(repo, {"proj": {"helper.py": "y = 2\n"}})
        (after,) = audit(repo=repo.path).pins

    assert (before.at_head, before.same_as_worktree, rules(before)) == ("same", True, [])
    assert (after.at_head, after.same_as_worktree, rules(after)) == ("same", False, ["ZP002"])


def test_commit_with_an_ambiguous_import_does_not_decide_about_others(repo: Repo) -> None:
    """In the next commit the import has one meaning, and what it leads to is part of the code."""
    ambiguous = commit(repo, {**packaged(), **B})
    clear = commit(repo, packaged())
    edited = commit(repo, packaged(text="x = 3\n"))
    sources = [f"pkg.a.A@{commit_id}" for commit_id in (ambiguous, clear, edited)]
    write(repo, {"pipelines": {"p.yaml": document(*sources)}})

    pins = {pin.source: pin for pin in audit(repo=repo.path).pins}

    assert [rules(pins[source]) for source in sources] == [["ZP012"], [], []]
    assert (pins[sources[1]].at_head, pins[sources[2]].at_head) == ("edited", "same")


@pytest.mark.parametrize("statement", ["import b", "from b import x", "from b import *"])
def test_ambiguous_import_is_a_reason_and_no_error(repo: Repo, statement: str) -> None:
    """For a pin and for a status; the hint of the load says what to choose."""
    commit(repo, {**packaged(f"{statement}\nclass A: pass\n"), **B})

    with pytest.warns(match="'b' is ambiguous"):
        source = pin("pkg.a.A", repo=repo.path)
    found = status(Source.parse("pkg.a.A"), repo=repo.path)

    assert str(source) == "pkg.a.A"
    assert any("'b' is ambiguous" in reason for reason in found.reasons)


@pytest.mark.parametrize("is_cached", [False, True])
@pytest.mark.parametrize(
    ("unit", "source", "text", "uncommitted"),
    [
        ("pkg", "pkg.s.S", "import lib.util\nclass S: pass\n", "lib"),
        ("pkg/sub", "pkg.sub.s.S", "class S: pass\n", "pkg"),
    ],
)
def test_uncommitted_init_of_a_namespace_package_is_found(
    repo: Repo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_cached: bool,
    unit: str,
    source: str,
    text: str,
    uncommitted: str,
) -> None:
    """Python runs it, whether the package is imported or above the class."""
    if is_cached:
        monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "cache"))
    files = {f"{unit}/s.py": text, f"{unit}/__init__.py": "", "lib/util.py": "x = 1\n"}
    head = commit(repo, nest(files))
    write(repo, {"pipelines": {"p.yaml": document(f"{source}@{head}")}})
    before = rules(check(repo=repo.path).pins[0])
    write(repo, {uncommitted: {"__init__.py": "import os\n"}})

    assert before == []
    assert rules(check(repo=repo.path).pins[0]) == ["ZP002"]
