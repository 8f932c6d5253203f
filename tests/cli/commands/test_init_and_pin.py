"""`init` and `pin FILE`: what they write, what they print, and their exit codes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.repositories import Repo, commit, get_head, tag, write
from zenml_pin.cli import main

OLD = "0" * 40
STEP = "class MyTrainer:\n    epochs = {}\n"
DOCUMENT = f"""\
# the best so far\r
version: '1'\r
pipeline: {{name: mine, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}\r
steps:\r
  training:   # by hand\r
    source: 'trainers.step.MyTrainer'  # unpinned\r
    args: {{source: trainers.step.MyTrainer, other: {{$class: trainers.step.MyTrainer@{OLD}}}}}\r
"""


@pytest.fixture
def first(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """The first of two commits, tagged v1; the current folder is the repository, with a document."""
    first = commit(repo, {"trainers": {"step.py": STEP.format(1)}})
    tag(repo, "v1", first)
    commit(repo, {"trainers": {"step.py": STEP.format(2)}})
    write(repo, {"pipelines": {"mine.yaml": DOCUMENT}})
    monkeypatch.chdir(repo.path)
    return first


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command."""
    code = main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def test_document_is_pinned_in_place(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Only sources change; for each change there is a line with the location, the new source and the old pin."""
    code, out, err = run(capsys, "pin", "pipelines/mine.yaml", "--rev", "v1")

    new = f"trainers.step.MyTrainer@{first}"
    assert (code, err) == (0, "")
    assert out == f"pipelines/mine.yaml:6: {new} (was unpinned)\npipelines/mine.yaml:7: {new} (was {OLD})\n"
    expected = DOCUMENT.replace("'trainers.step.MyTrainer'", f"'{new}'").replace(OLD, first)
    assert Path("pipelines/mine.yaml").read_bytes().decode() == expected
    assert run(capsys, "pin", "pipelines/mine.yaml", "--rev", "v1") == (0, "", "")


def test_document_is_pinned_to_head(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """From any folder; the document's own repository is used. A pin that is there moves only on request."""
    os.chdir("/")

    code, out, _ = run(capsys, "pin", "--update", repo.join("pipelines", "mine.yaml"))

    assert (code, len(out.splitlines())) == (0, 2)
    assert first not in out


def test_pin_to_the_same_code_stays(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --update, a pin moves only if the code changed; a named revision counts for all sources."""
    run(capsys, "pin", "--update", "pipelines/mine.yaml")
    pinned = Path("pipelines/mine.yaml").read_bytes()
    second = get_head(repo)
    third = commit(repo, {"split.py": "class Mine: pass\n"}, base=second)
    write(repo, {"pipelines": {"mine.yaml": pinned.decode() + "  split: {source: split.Mine}\n"}})

    code, out, _ = run(capsys, "pin", "--update", "pipelines/mine.yaml")

    assert (code, out) == (0, f"pipelines/mine.yaml:8: split.Mine@{third} (was unpinned)\n")
    code, out, _ = run(capsys, "pin", "pipelines/mine.yaml", "--rev", "HEAD")
    assert (code, out.count(f"MyTrainer@{third} (was {second})")) == (0, 2)


def test_pin_outside_the_history_moves(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --update: the code is the same, but a rebase left the commit behind and git may delete it."""
    run(capsys, "pin", "--update", "pipelines/mine.yaml")
    left = get_head(repo)
    commit(repo, {"trainers": {"step.py": STEP.format(2)}, "new.py": ""}, parent=first)

    code, out, _ = run(capsys, "pin", "--update", "pipelines/mine.yaml")

    assert (code, out.count(f"MyTrainer@{get_head(repo)} (was {left})")) == (0, 2)


def test_pin_that_is_there_stays(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`pin FILE` fills in what is unpinned; a pin to older code, or to a commit that is gone, does not move."""
    old = DOCUMENT.replace(OLD, first) + f"  other: {{source: trainers.step.MyTrainer@{OLD}}}\n"
    write(repo, {"pipelines": {"mine.yaml": old}})
    head = get_head(repo)

    code, out, err = run(capsys, "pin", "pipelines/mine.yaml")

    expected = f"pipelines/mine.yaml:6: trainers.step.MyTrainer@{head} (was unpinned)\n"
    assert (code, out, err) == (0, expected, "")
    pinned = f"'trainers.step.MyTrainer@{head}'"
    assert Path("pipelines/mine.yaml").read_bytes().decode() == old.replace(
        "'trainers.step.MyTrainer'", pinned
    )


@pytest.mark.parametrize("options", [(), ("--update",)], ids=["pin", "update"])
def test_short_id_becomes_its_own_full_id(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]
) -> None:
    """Never HEAD's: the text says which commit it means, and so does a tag. With --update, HEAD's code counts."""
    text = DOCUMENT.replace(OLD, first[:10]) + "  other: {source: trainers.step.MyTrainer@v1}\n"
    write(repo, {"pipelines": {"mine.yaml": text}})

    code, out, _ = run(capsys, "pin", *options, "pipelines/mine.yaml")

    expected = get_head(repo) if options else first
    assert (code, out.splitlines()[1:]) == (
        0,
        [
            f"pipelines/mine.yaml:7: trainers.step.MyTrainer@{expected} (was {first[:10]})",
            f"pipelines/mine.yaml:8: trainers.step.MyTrainer@{expected} (was v1)",
        ],
    )


def test_short_id_of_no_commit_stays(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a warning and exit code 1: nobody knows which commit it meant."""
    write(repo, {"pipelines": {"mine.yaml": DOCUMENT.replace(OLD, "0123456789")}})

    code, out, err = run(capsys, "pin", "pipelines/mine.yaml")

    assert (code, len(out.splitlines())) == (1, 1)
    assert "'trainers.step.MyTrainer@0123456789' stays as it is" in err


def test_dry_run_writes_nothing(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The output is the same, and the file does not change."""
    code, out, _ = run(capsys, "pin", "--update", "--dry-run", "pipelines/mine.yaml")

    assert (code, len(out.splitlines())) == (0, 2)
    assert Path("pipelines/mine.yaml").read_bytes().decode() == DOCUMENT


def test_class_that_cannot_be_pinned_keeps_its_text(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a warning, and exit code 1; the others are pinned."""
    commit(repo, {"split.py": "class Mine: pass\n"}, base=get_head(repo))
    write(
        repo,
        {
            "trainers": {"new.py": ""},
            "pipelines": {"mine.yaml": DOCUMENT + "  split: {source: split.Mine}\n"},
        },
    )

    code, out, err = run(capsys, "pin", "pipelines/mine.yaml")

    assert code == 1
    assert out.startswith("pipelines/mine.yaml:8: split.Mine@")
    assert "new.py (untracked)" in err
    assert f"MyTrainer@{OLD}" in Path("pipelines/mine.yaml").read_text()
    assert run(capsys, "pin", "--require-pins", "pipelines/mine.yaml")[:2] == (1, "")


def test_class_that_is_gone_keeps_its_old_pin(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its pin still loads it; HEAD does not have it."""
    commit(repo, {"trainers": None, "other": {"a.py": ""}}, base=get_head(repo))

    code, out, err = run(capsys, "pin", "pipelines/mine.yaml")

    assert (code, out) == (1, "")
    assert "stays as it is" in err
    assert Path("pipelines/mine.yaml").read_bytes().decode() == DOCUMENT


def test_text_that_is_not_a_pin_is_replaced(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old documents may contain a branch or a short id."""
    write(repo, {"pipelines": {"mine.yaml": DOCUMENT.replace(OLD, "main")}})

    code, out, _ = run(capsys, "pin", "pipelines/mine.yaml", "--rev", "v1")

    assert code == 0
    assert f"{first} (was main)" in out


UNREADABLE = {
    "absent": (None, "there is no such file"),
    "no document": ("services: {}", "it is not a pipeline document"),
    "duplicate key": ("pipeline: {}\npipeline: {}", "x.yaml:2:1: pipeline: the key is given twice"),
    "no source": (
        "pipeline: {name: n, type: t, source: a.P}\nsteps: {a: {source: 'no source'}}",
        "x.yaml:2:21: steps.a.source: 'no source' is not a source",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_document_is_exit_code_2(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """With file, line and key path."""
    text, reason = UNREADABLE[name]
    write(repo, {"x.yaml": text})

    code, out, err = run(capsys, "pin", "x.yaml")

    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert reason in err


def test_init_lists_its_files(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A second call gives the same answer."""
    for _ in range(2):
        code, out, err = run(capsys, "init", "--scaffold")

        assert (code, err) == (0, "")
        assert out.splitlines() == [
            f"workspace {repo.path}",
            f"pipelines {repo.path}/pipelines",
            f"store     {repo.path}/.zenml/local_store",
        ]
    assert os.path.exists("pipeline_run_script.py")


def test_init_outside_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, with a remedy."""
    code, out, err = run(capsys, "init", str(tmp_path))

    assert (code, out) == (2, "")
    assert err.startswith("error: no git repository at or above")
    assert "git init" in err
