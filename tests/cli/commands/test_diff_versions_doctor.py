"""diff, versions and doctor on the command line: what they print, in which formats, and their exit codes."""

from __future__ import annotations

import json
import sys

import pytest

from tests.support.audit.three_year_history import HOSTILE, make_history
from tests.support.parsed_html import Seen
from tests.support.repositories import Repo, commit, tag, write
from tests.support.run_command import run
from zenml_pin.audit.comparison.comparing import diff
from zenml_pin.audit.formats.diff_text import side_by_side

NAME = "trainers.step.MyTrainer"
STEP = "from trainers.helper import X\n\n\nclass MyTrainer:\n    epochs = X\n"


@pytest.fixture
def first(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """The first of two commits, tagged v1; the helper differs. The current folder is the repository."""
    first = commit(repo, {"trainers": {"step.py": STEP, "helper.py": "X = 1\n"}})
    tag(repo, "v1", first)
    commit(repo, {"trainers": {"step.py": STEP, "helper.py": "X = 2\n"}})
    monkeypatch.chdir(repo.path)
    return first


def test_diff_prints_a_unified_diff_in_a_pipe(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Sides, verdict, then files as in a patch; exit code 1, because something differs."""
    code, out, err = run(capsys, "diff", f"{NAME}@v1", "HEAD")

    assert (code, err) == (1, "")
    assert out.splitlines()[0] == f"old  {NAME}@{first}  Ada Lovelace <ada@example.org>"
    assert out.splitlines()[2:] == [
        "the class is the same, its helper changed: trainers/helper.py",
        "",
        "--- a/trainers/helper.py",
        "+++ b/trainers/helper.py",
        "@@ -1,1 +1,1 @@",
        "-X = 1",
        "+X = 2",
    ]


def test_diff_with_the_working_tree(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing side means the working tree; a class without a pin is HEAD's. Exit code 0 if nothing differs."""
    assert run(capsys, "diff", NAME)[0] == 0
    write(repo, {"trainers": {"helper.py": "X = 3\n"}})

    code, out, _ = run(capsys, "diff", NAME)

    assert code == 1
    assert "(working tree)" in out
    assert "+X = 3" in out


def test_diff_side_by_side_has_the_width_of_the_terminal(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without rich in plain columns; long lines are folded, and wide characters count twice."""
    long = "X = '" + "漢字" * 40 + "'\n"
    commit(repo, {"trainers": {"step.py": STEP, "helper.py": long}})
    monkeypatch.setenv("COLUMNS", "80")

    code, out, _ = run(capsys, "diff", f"{NAME}@v1", "HEAD", "--format", "side-by-side")

    lines = out.splitlines()
    assert code == 1
    assert lines[4:6] == [
        "trainers/helper.py (modified)",
        "1 X = 1" + " " * 32 + "| 1 X = '" + "漢字" * 7 + "漢",
    ]
    assert "".join(line.strip() for line in lines[6:]) == "字" + "漢字" * 32 + "'"


def test_diff_on_a_terminal_is_highlighted_with_rich(
    first: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side is the format for terminals; colours need the extra."""
    pytest.importorskip("rich")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")

    code, out, _ = run(capsys, "diff", f"{NAME}@v1", "HEAD")

    assert code == 1
    assert "\x1b[" in out
    assert "its helper changed" in out


def test_diff_of_hostile_content_cannot_move_the_cursor(repo: Repo) -> None:
    """Control characters become escapes, in either text."""
    one = commit(repo, {"a": {"step.py": "class A: pass\n", "x\x1b.txt": "\x1b[2J\n"}})
    two = commit(repo, {"a": {"step.py": "class A:\n    x = '\u202e\x07'\n", "x\x1b.txt": "b\tc\n"}})

    difference = diff(f"a.step.A@{one}", f"a.step.A@{two}", repo=repo.path)

    text = side_by_side(difference, 100)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "\\u202e\\x07" in text


def test_json_and_html(first: str, capsys: pytest.CaptureFixture[str], repo: Repo) -> None:
    """One document on stdout, or in the file of -o."""
    assert json.loads(run(capsys, "diff", f"{NAME}@v1", "HEAD", "--format", "json")[1])["verdict"] == "helper"
    assert json.loads(run(capsys, "versions", NAME, "--format", "json")[1])["commits"] == 2
    assert json.loads(run(capsys, "doctor", "--format", "json")[1])["schema_version"] == 1
    for command in (["diff", f"{NAME}@v1", "HEAD"], ["versions", NAME], ["audit"]):
        run(capsys, *command, "--format", "html", "-o", "page.html")
        with open(repo.join("page.html"), encoding="utf-8") as file:
            assert file.read().startswith('<!DOCTYPE html>\n<html lang="en">')


def test_versions_prints_the_pins_of_each(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Newest first."""
    text = f"pipeline: {{name: mine, type: training, source: a.P}}\nsteps: {{training: {{source: {NAME}@{first}}}}}\n"
    write(repo, {"pipelines": {"mine.yaml": text}})

    code, out, err = run(capsys, "versions", NAME)

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[3].startswith(first)
    assert lines[6:] == ["    pinned by mine training  pipelines/mine.yaml", "2 versions in 2 commits"]


def test_faults_are_usage_errors(first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 for a class or a revision that does not exist."""
    assert run(capsys, "diff", "trainers.step.Other@v1", "HEAD")[0] == 2
    assert run(capsys, "diff", f"{NAME}@v1", "nowhere")[0] == 2
    assert run(capsys, "versions", "trainers.other.A")[0] == 2


@pytest.mark.slow
def test_report_shows_hostile_content_as_text(
    repo: Repo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commit messages, authors, names and paths stay text; the policy also forbids scripts."""
    make_history(repo)
    monkeypatch.chdir(repo.path)

    code, out, _ = run(capsys, "audit", "--format", "html")

    page = Seen(out)
    tags = {tag for tag, _ in page.tags}
    assert code == 1
    assert not tags & {"script", "img", "iframe", "link", "object", "base"}
    assert not any(
        name.startswith("on") or name == "style" for _, attributes in page.tags for name in attributes
    )
    assert HOSTILE in page.text
    policy = next(held["content"] for tag, held in page.tags if tag == "meta" and "http-equiv" in held)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "\u202e" not in out
    assert "http" not in out.replace("http-equiv", "")
