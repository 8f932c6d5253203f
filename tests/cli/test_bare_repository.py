"""Commands in a repository without a worktree, and for a folder outside of it: their messages are true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.repositories import Repo, commit, make_bare
from tests.support.run_command import run

DOCUMENT = "pipeline: {name: p, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}\n"


@pytest.fixture
def bare(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bare repository with a class and a document; it is the current folder."""
    commit(repo, {"steps": {"made.py": "class T: pass\n"}, "pipelines": {"p.yaml": DOCUMENT}})
    path = make_bare(repo, tmp_path / "bare.git").path
    monkeypatch.chdir(path)
    return path


@pytest.mark.parametrize("words", [["status"], ["status", "steps"], ["status", "steps.made.T"], ["init"]])
def test_what_needs_a_worktree_says_so(
    words: list[str], bare: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is a repository, so none says that there is none; `-C` is the same as the current folder."""
    code, out, err = run(capsys, *words)

    assert (code, out) == (2, "")
    assert err.startswith(f"error: repository '{bare}' is bare: ")
    assert "a clone" in err or "clone it" in err
    monkeypatch.chdir("/")
    assert run(capsys, "-C", bare, *words) == (code, out, err)


def test_file_of_a_commit_is_named_from_the_root(bare: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not outside the repository: `audit` reads it, and `run --rev` finds it."""
    code, out, _ = run(capsys, "audit", "pipelines/p.yaml", "--format", "json")
    assert (code, [document["path"] for document in json.loads(out)["documents"]]) == (
        0,
        ["pipelines/p.yaml"],
    )

    _, _, err = run(capsys, "run", "pipelines/p.yaml", "--rev", "HEAD")
    assert "outside" not in err
    _, _, err = run(capsys, "run", "pipelines/other.yaml", "--rev", "HEAD")
    assert "path 'pipelines/other.yaml' does not exist at commit" in err


def test_folder_outside_is_told_as_such(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be in a repository of its own."""
    commit(repo, {"steps": {"made.py": "class T: pass\n"}})
    monkeypatch.chdir(repo.path)

    code, _, err = run(capsys, "status", str(tmp_path))

    assert code == 2
    assert err.splitlines() == [
        f"error: '{tmp_path}' is outside '{repo.path}'",
        "hint: name its own repository with -C",
    ]
