"""Functions in audit, check, diff and versions: what these say of a class they say of a function."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.support.repositories import Repo, commit, write
from zenml_pin.audit.auditing import audit
from zenml_pin.audit.checking import check
from zenml_pin.audit.comparison.class_text import find_segment
from zenml_pin.audit.comparison.comparing import diff
from zenml_pin.audit.comparison.difference import Verdict
from zenml_pin.audit.formats.diff_text import side_by_side
from zenml_pin.audit.history.tracing import versions
from zenml_pin.workspace.config import init_workspace

# By kind: the name, and the text of a module with one of that name.
KINDS: dict[str, tuple[str, str]] = {
    "class": ("Train", "from steps.helper import X\n\n\n@keep\nclass Train:\n    rate = {value}\n"),
    "function": ("train", "from steps.helper import X\n\n\n@keep\ndef train():\n    return {value}\n"),
    "coroutine": ("train", "from steps.helper import X\n\n\n@keep\nasync def train():\n    return {value}\n"),
    "branch": ("train", "from steps.helper import X\n\nif X:\n    def train():\n        return {value}\n"),
}


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def given(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A name and a text."""
    kind: tuple[str, str] = request.param
    return kind


def document(repo: Repo, *sources: str) -> None:
    """Write a document with a step for each source."""
    lines = [f"  s{number}: {{source: {source}}}\n" for number, source in enumerate(sources)]
    head = (
        "pipeline: {name: flow, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}\n"
    )
    write(repo, {"pipelines": {"flow.yaml": head + "steps:\n" + "".join(lines)}})


def test_diff_tells_what_changed(repo: Repo, given: tuple[str, str]) -> None:
    """The text itself, or a helper that a diff of the text alone would not show."""
    name, text = given
    first = commit(repo, {"steps": {"a.py": text.format(value=1), "helper.py": "X = 1\n"}})
    second = commit(repo, {"steps": {"a.py": text.format(value=2)}}, base=first)
    third = commit(repo, {"steps": {"helper.py": "X = 2\n"}}, base=second)
    source = f"steps.a.{name}"
    kind = "class" if name == "Train" else "function"

    own = diff(f"{source}@{first}", f"{source}@{second}", repo=repo.path)
    helper = diff(f"{source}@{second}", f"{source}@{third}", repo=repo.path)

    assert (own.verdict, own.note) == (Verdict.CLASS, f"the {kind} changed")
    assert (own.class_lines.added, own.class_lines.removed) == (1, 1)
    assert helper.note == f"the {kind} is the same, its helper changed: steps/helper.py"
    assert f"{kind} {name}" in side_by_side(own, 100)
    assert f"The {kind}" in own._repr_html_()


def test_versions_mark_changes_of_the_text_itself(repo: Repo, given: tuple[str, str]) -> None:
    """And follow it where its file is renamed."""
    name, text = given
    first = commit(repo, {"steps": {"a.py": text.format(value=1), "helper.py": "X = 1\n"}})
    second = commit(repo, {"steps": {"a.py": text.format(value=2)}}, base=first)
    third = commit(repo, {"steps": {"helper.py": "X = 2\n"}}, base=second)
    moved = commit(repo, {"steps": {"b.py": text.format(value=2), "helper.py": "X = 2\n"}})

    trace = versions(f"steps.b.{name}", repo=repo.path).versions

    assert [(version.commit.id, version.class_changed) for version in trace] == [
        *((moved, False), (third, False), (second, True), (first, True)),
    ]
    assert trace[0].other_module == "steps.a"
    kind = "class" if name == "Train" else "function"
    assert [version.what for version in trace] == [
        f"renamed from steps.a, same {kind}",
        f"changed, same {kind}",
        f"changed, {kind} changed",
        "added",
    ]


def test_audit_and_check_find_nothing_wrong(repo: Repo, given: tuple[str, str]) -> None:
    """A pinned function has the facts of a pinned class."""
    name, text = given
    init_workspace(repo.path)
    text = text.replace("@keep\n", "")
    head = commit(repo, {"steps": {"a.py": text.format(value=1), "helper.py": "X = 1\n"}})
    document(repo, f"steps.a.{name}@{head}")

    report = audit(repo=repo.path, allow_empty=True)
    rules = {finding.rule.id for finding in report.findings} - {"ZP021"}

    assert rules == set()
    [pin] = report.pins
    assert (pin.has_class, pin.at_head) == (True, "same")
    assert {finding.rule.id for finding in check(repo=repo.path).findings} == set()


@pytest.mark.parametrize("look", [audit, check], ids=["audit", "check"])
def test_what_is_not_one_is_zp005_with_its_reason(repo: Repo, look: Callable[..., object]) -> None:
    """It says class or function, what it is, and what the file defines."""
    init_workspace(repo.path)
    text = "def train(): yield 1\nother = lambda: 1\nclass C:\n    def method(self): pass\ndef good(): pass\n"
    head = commit(repo, {"steps": {"a.py": text}})
    document(repo, *(f"steps.a.{name}@{head}" for name in ("train", "other", "method", "good")))

    report = look(repo=repo.path)
    found = [finding for finding in report.findings if finding.rule.id == "ZP005"]  # type: ignore[attr-defined]

    assert [finding.message.partition(" does not define ")[2] for finding in found] == [
        "class or function 'train' at its top level: it is a generator",
        "class or function 'other' at its top level: it is a lambda",
        "class or function 'method' at its top level: it is a method of class 'C'",
    ]
    assert {finding.hint for finding in found} == {"it defines C, good"}
    assert json.dumps(report.to_dict())  # type: ignore[attr-defined]


def test_text_that_this_python_cannot_parse() -> None:
    """The indentation shows where a function ends."""
    segment = find_segment("def f(x):\n    print x\n\ndef g(): pass\n", "f")

    assert segment is not None
    assert (segment.lines, segment.is_parsed, segment.kind) == (
        ("def f(x):", "    print x"),
        False,
        "function",
    )
