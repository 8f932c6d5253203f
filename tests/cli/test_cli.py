"""The command line: its output and its exit codes. No input of a person causes a traceback."""

from __future__ import annotations

import io
import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, tag, write
from tests.support.run_command import run
from zenml_pin.cli import main

NAME = "trainers.step.MyTrainer"
STEP = "from trainers.helper import X\n\n\nclass MyTrainer:\n    epochs = X\n"


@pytest.fixture
def first(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """The first of two commits, tagged v1; the current folder is the repository."""
    first = commit(repo, {"trainers": {"step.py": STEP, "helper.py": "X = 1\n"}})
    tag(repo, "v1", first, annotated=True)
    commit(repo, {"trainers": {"step.py": STEP, "helper.py": "X = 2\n"}})
    monkeypatch.chdir(repo.path)
    return first


def test_pin_prints_the_pinned_source(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each class on stdout, and nothing else."""
    code, out, err = run(capsys, "pin", NAME, "--rev", "v1")

    assert (code, out, err) == (0, f"{NAME}@{first}\n", "")


def test_unpinned_class_is_a_finding(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The source is still printed; the warning goes to stderr and the exit code is 1."""
    write(repo, {"trainers": {"helper.py": "X = 3\n"}})

    code, out, err = run(capsys, "pin", NAME)

    assert (code, out) == (1, f"{NAME}\n")
    assert err.startswith("warning: ")
    assert "helper.py (modified)" in err
    assert run(capsys, "-q", "pin", NAME) == (1, f"{NAME}\n", "")
    assert run(capsys, "pin", NAME, "--require-pins")[:2] == (1, "")


def test_load_says_where_the_class_came_from(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commit, author, date, folder, tree id, and the blob id of every file that ran."""
    code, out, err = run(capsys, "load", f"{NAME}@v1")

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[:6] == [
        f"{NAME}@{first}",
        f"class   zenml_pin.at.g{first}.{NAME}",
        f"commit  {first}",
        "author  Ada Lovelace <ada@example.org>",
        "date    2021-01-11 12:00:00 +0000 (committed)",
        "folder  trainers",
    ]
    assert lines[6].split()[0] == "tree"
    assert [line.split()[2] for line in lines[7:]] == ["trainers/helper.py", "trainers/step.py"]


def test_refused_load_is_a_finding(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Error and hint are on stderr, the exit code is 1; --allow-dirty loads."""
    write(repo, {"trainers": {"new.py": ""}})

    code, out, err = run(capsys, "load", f"{NAME}@{first}")

    assert (code, out) == (1, "")
    assert err.splitlines()[0] == "error: 'trainers' has 1 uncommitted change: new.py (untracked)"
    assert err.splitlines()[1].startswith("hint: ")
    assert run(capsys, "load", "--allow-dirty", f"{NAME}@{first}")[0] == 0


@pytest.mark.parametrize("source", [f"{NAME}@v1", "v1:trainers/helper.py", NAME, "HEAD:trainers/helper.py"])
def test_cat_prints_the_bytes_of_a_commit(
    repo: Repo, first: str, capsysbinary: pytest.CaptureFixture[bytes], source: str
) -> None:
    """A source's module or any file; without a pin it comes from HEAD, whatever is in the working tree."""
    write(repo, {"trainers": {"helper.py": "X = 3\n", "step.py": ""}})

    assert main(["cat", source]) == 0

    expected = {"v1:": "X = 1\n", "HEAD": "X = 2\n"}.get(
        source[:3] if source[:3] == "v1:" else source[:4], STEP
    )
    assert capsysbinary.readouterr().out.decode() == expected


def test_cat_shows_all_of_a_file_on_a_terminal(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters that move the cursor, colour text or turn its direction become escapes; lines and tabs stay."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    commit(repo, {"step.py": b"x = 1\r\n\tevil() # \x1b[2K\rgood()\n# \xe2\x80\xae \xff \xc3\xa9\n"})
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)

    assert main(["cat", "HEAD:step.py"]) == 0

    assert terminal.getvalue() == "x = 1\n\tevil() # \\x1b[2K\\rgood()\n# \\u202e \\xff é\n"


def test_cat_without_a_stdout_is_quiet(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like every command whose stdout is closed."""
    monkeypatch.setattr(sys, "stdout", None)

    assert main(["cat", "HEAD:trainers/step.py"]) == 0
    assert capsys.readouterr().err == ""


def test_ls_lists_a_folder_of_a_commit(repo: Repo, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Mode, type, id and path, for a source's folder or any other."""
    code, out, _ = run(capsys, "ls", f"{NAME}@v1")

    assert code == 0
    assert [line.split("\t")[1] for line in out.splitlines()] == ["trainers/helper.py", "trainers/step.py"]
    assert out == run(capsys, "ls", "v1:trainers")[1] == run(capsys, "ls", "v1")[1]


def test_warning_of_ours_is_one_plain_line(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the line of code that it points at; once, never an error, and not with -q."""
    for folder in ("plain", "quiet"):
        (tmp_path / folder).mkdir(mode=0o755)

    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "plain"))
    code, _, err = run(capsys, "load", f"{NAME}@{first}")
    assert code == 0
    assert re.fullmatch(r"warning: ZENML_PIN_CACHE: '.*/plain' is not used: .* \(chmod 700\)\n", err)

    monkeypatch.setenv("ZENML_PIN_CACHE", str(tmp_path / "quiet"))
    assert run(capsys, "-q", "load", f"{NAME}@{first}")[2] == ""


def test_status_lists_changes_like_git(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line for each path, with its kind; folders are relative to the current folder."""
    assert run(capsys, "status") == (0, ".: clean\n", "")
    write(repo, {"trainers": {"helper.py": None, "new.py": ""}})
    monkeypatch.chdir(repo.join("trainers"))

    code, out, _ = run(capsys, "status")

    assert code == 1
    assert out.splitlines() == [
        "trainers: 2 uncommitted changes",
        "  deleted:   trainers/helper.py",
        "  untracked: trainers/new.py",
    ]
    assert run(capsys, "status", NAME) == (1, out, "")


def test_status_of_a_class_says_what_its_imports_lack(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """All is committed, but what a load refuses is reported; the folder alone is clean."""
    assert run(capsys, "status", NAME) == (0, "trainers: clean\n", "")
    commit(repo, {"trainers": {"step.py": "from trainers.gone import x\nclass MyTrainer: pass\n"}})

    code, out, _ = run(capsys, "status", NAME)

    assert code == 1
    assert out.splitlines() == [
        "trainers: 0 uncommitted changes",
        "  cannot be pinned: trainers/step.py:1 imports 'trainers.gone': the commit has no such module",
    ]
    assert run(capsys, "status", "trainers")[0] == 0


BAD = {
    "malformed source": (["load", "a@b@c"], 2, "module before the class"),
    "branch that is not there": (["load", f"{NAME}@nowhere"], 2, "does not name a commit"),
    "empty pin": (["load", f"{NAME}@"], 2, "after '@'"),
    "two pins": (["load", f"{NAME}@v1@v1"], 2, "one '@' at most"),
    "unknown commit": (["load", f"{NAME}@{'0' * 40}"], 1, "was not found in"),
    "missing module": (["load", "trainers.stop.MyTrainer@v1"], 1, "no module 'stop'"),
    "missing class": (["load", "trainers.step.Other@v1"], 1, "no class or function 'Other'"),
    "missing path": (["cat", "v1:nowhere.py"], 2, "does not exist"),
    "folder for a file": (["cat", "v1:trainers"], 2, "is a folder"),
    "unknown revision": (["ls", "v9"], 2, "does not name a commit"),
    "no such folder": (["-C", "nowhere", "status"], 2, "No such file"),
    "class that the commit lacks": (
        ["pin", "trainers.step.Other@v1"],
        1,
        "does not define class or function 'Other'",
    ),
    "commit that nobody has": (["pin", f"{NAME}@{'0' * 40}"], 1, "was not found"),
    "class for cat": (["cat", "trainers.step.Other@v1"], 2, "does not define class or function 'Other'"),
    "folder that is not there": (["status", "nope/typo"], 2, "does not exist"),
    "control characters": (["load", "a.\x1b[31mB@v1"], 2, r"\x1b"),
}


@pytest.mark.parametrize(("arguments", "code", "fact"), BAD.values(), ids=BAD)
def test_bad_input_is_one_error_and_no_traceback(
    repo: Repo, first: str, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, fact: str
) -> None:
    """stdout is empty, stderr says what is wrong, and the exit code distinguishes bad input from findings."""
    exit_code, out, err = run(capsys, *arguments)

    assert (exit_code, out) == (code, "")
    assert err.startswith("error: ")
    assert fact in err
    assert "\x1b" not in err


def test_no_repository_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job without `.git`: the hint names ZENML_PIN_PATH and bundles."""
    monkeypatch.chdir(tmp_path)

    code, _, err = run(capsys, "load", f"{NAME}@{'1' * 40}")

    assert code == 1
    assert "ZENML_PIN_PATH" in err
    assert "bundle" in err
    assert run(capsys, "status")[0] == 2


def test_usage_error_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    """The message comes from argparse."""
    with pytest.raises(SystemExit) as caught:
        main(["nonsense"])

    assert caught.value.code == 2


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version has one source."""
    assert run(capsys, "--version") == (0, f"zenml-pin {zenml_pin.__version__}\n", "")


@pytest.mark.parametrize("options", [("--version", "--verbose"), ("-v", "--version")])
def test_versions_for_a_bug_report(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Python, the system, each library and each extra, one line each; no path that identifies a person."""
    code, out, err = run(capsys, *options)

    lines = dict(line.split("  ", 1) for line in out.splitlines())
    versions = {name: text.strip() for name, text in lines.items()}
    assert (code, err) == (0, "")
    assert versions["zenml_pin"] == zenml_pin.__version__
    assert versions["Python"].endswith(platform.python_version())
    assert versions["dulwich"].startswith(metadata.version("dulwich"))
    assert versions["extra audit"].startswith(f"packaging {metadata.version('packaging')}")
    assert {"platform", "PyYAML", "attrs", "extra cli", "extra dask", "extra zenml"} <= set(versions)
    assert sys.prefix not in out


@pytest.mark.slow
def test_versions_are_listed_when_a_library_is_broken(tmp_path: Path) -> None:
    """Nothing of the library is imported, so nothing can fail."""
    (tmp_path / "yaml").mkdir()
    (tmp_path / "yaml" / "__init__.py").write_text("raise RuntimeError('broken')\n")

    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", "--version", "-v"],
        env={"PYTHONPATH": f"{tmp_path}:{Path(zenml_pin.__file__).parents[1]}"},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^PyYAML +[\d.]+$", done.stdout, re.MULTILINE)


@pytest.mark.slow
def test_versions_are_listed_when_nothing_is_installed() -> None:
    """A bug report often is about something that is missing: without site-packages, the output says what."""
    root = Path(zenml_pin.__file__).parents[1]
    script = f"import sys; sys.path.insert(0, {str(root)!r}); from zenml_pin.cli import main; main(['-v', '--version'])"

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True
    )

    for name in ("dulwich", "PyYAML", "attrs"):
        assert re.search(rf"^{name} +not installed$", done.stdout, re.MULTILINE)


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The message says how to list the commands."""
    with pytest.raises(SystemExit) as caught:
        main([])

    assert caught.value.code == 2
    assert "'zenml-pin --help' lists them" in capsys.readouterr().err


def test_closed_pipe_is_quiet(repo: Repo, first: str) -> None:
    """`zenml-pin ls | head -0` ends without an error message."""
    command = f"{sys.executable} -m zenml_pin ls HEAD | true"

    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=repo.path, capture_output=True, text=True, check=False
    )

    assert done.stderr == ""


@pytest.mark.slow
def test_demo_tells_the_story_and_checks_it(tmp_path: Path) -> None:
    """All its checks hold, with an empty PATH, an empty HOME and in an empty folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PATH": "", "HOME": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "zenml_pin", "demo"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("  ok  ") == 12
    assert "NOT SO" not in done.stdout
    assert list(tmp_path.iterdir()) == []
