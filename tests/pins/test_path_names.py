"""Modules whose names no import statement can have, but `importlib` takes: names of folders and files."""

from __future__ import annotations

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, write
from tests.support.run_command import run
from zenml_pin.errors import SourceSyntaxError
from zenml_pin.source import Source

FILES = {"my-project": {"step.py": "from . import util\nclass T:\n    v = util.V\n", "util.py": "V = 7\n"}}
NAMES = ["my-project.step.T", "2020.class.T", "my project.a b.T"]


@pytest.mark.parametrize("name", NAMES)
def test_a_path_name_is_a_source(name: str) -> None:
    """Text and value are inverse, with and without a pin."""
    for text in (name, f"{name}@{'a' * 40}"):
        source = Source.parse(text)

        assert str(source) == text
        assert Source(source.module, source.name, source.commit_id) == source
        assert str(source.at(None)) == name


@pytest.mark.slow
def test_its_class_loads_where_the_commit_has_the_path(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In Python, on the command line and in documents, also where only the working tree has it."""
    monkeypatch.chdir(repo.path)
    head = commit(repo, FILES)
    source = f"my-project.step.T@{head}"
    document = f"version: '1'\nsteps: {{training: {{source: {source}}}}}\n"
    write(repo, {"pipelines": {"a.yaml": document}})

    assert zenml_pin.load(source, repo=repo.path).v == 7
    for words in (["load", source], ["cat", source], ["verify", source], ["check"], ["audit", "--load"]):
        assert run(capsys, *words)[0] == 0, words
    assert run(capsys, "load", "my-project.step.T@HEAD")[0] == 0
    assert run(capsys, "pin", "my-project.step.T")[1] == f"{source}\n"
    assert run(capsys, "status", "my-project.step.T")[0] == 0
    assert run(capsys, "diff", source)[0] == 0
    assert run(capsys, "pin", "my-project.step.T@HEAD")[1] == f"{source}\n"


def test_elsewhere_it_is_refused(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no path has the name, it is a fault of the source (ZP007), and the error points at it."""
    monkeypatch.chdir(repo.path)
    head = commit(repo, {"a": {"step.py": "class T: pass\n"}})
    source = f"my-project.step.T@{head}"
    steps = f"steps: {{training: {{source: {source}}}, split: {{source: my-project.step.T}}}}\n"
    write(repo, {"pipelines": {"a.yaml": f"version: '1'\n{steps}"}})

    with pytest.raises(SourceSyntaxError, match="'my-project' is not a Python name") as caught:
        zenml_pin.load(source, repo=repo.path)
    code, shown, _ = run(capsys, "check")

    assert (caught.value.start, caught.value.end) == (0, 10)
    assert code == 1
    assert shown.count("ZP007") == 2
    for words in (["load", source], ["cat", source], ["status", "my-project.step.T"]):
        assert "'my-project' is not a Python name" in run(capsys, *words)[2], words
