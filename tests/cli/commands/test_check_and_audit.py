"""`check` and `audit` on the command line: output, exit codes, files, progress and interruption."""

from __future__ import annotations

import json
import os
import pty
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.audit.trial_processes import marked
from tests.support.documents_by_line import document
from tests.support.ended_process import ended
from tests.support.repositories import Repo, commit, write
from zenml_pin.cli import main
from zenml_pin.cli.progress import ProgressMeter

MINE = "trainers.step.Mine"
HANG = "import time\ntime.sleep(999)\nclass Mine: pass\n"


@pytest.fixture
def head(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """A commit with a trainer and a document that pins it; the current folder is the repository."""
    head = commit(repo, {"trainers": {"step.py": "class Mine: pass\n"}})
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{head}")}})
    monkeypatch.chdir(repo.path)
    return head


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a command."""
    code = main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


@pytest.mark.parametrize("verb", ["check", "audit"])
def test_nothing_to_report(head: str, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, and the counts."""
    code, out, err = run(capsys, verb)

    assert (code, err) == (0, "")
    assert out.endswith("1 document, 2 sources, 1 pin: nothing to report\n")


@pytest.mark.parametrize("verb", ["check", "audit"])
def test_findings(repo: Repo, head: str, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1; a note alone leaves 0."""
    write(repo, {"pipelines": {"mine.yaml": document("json.JSONDecoder")}})
    assert run(capsys, verb)[0] == 0
    write(repo, {"pipelines": {"mine.yaml": document(MINE)}})
    assert run(capsys, verb)[0] == 1


def test_unreadable_input(head: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit code 2, and nothing on stdout."""
    assert run(capsys, "check", "no.yaml") == (2, "", "error: no.yaml: there is no such file\n")
    assert run(capsys, "check", "--staged", "pipelines/mine.yaml")[0] == 2
    assert run(capsys, "audit", "--rev", "nothing")[0] == 2
    assert run(capsys, "check", "--require-signed", "no")[0] == 2
    os.chdir(tmp_path)
    assert run(capsys, "check")[0] == 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["check"], "there is no such file"),
        (["check", "--staged"], "it is not in the index"),
        (["audit"], "there is no such file"),
    ],
    ids=["check", "check staged", "audit"],
)
def test_a_missing_document_is_told_before_missing_signers(
    head: str, words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever mistypes the document learns that first, also where the list of signers is missing too."""
    code, out, err = run(capsys, *words, "--require-signed", "no_list", "nothere.yaml")

    assert (code, out) == (2, "")
    assert f"nothere.yaml: {reason}" in err
    assert "no_list" not in err
    # Without that mistake, the list is told, or the extra that signatures need.
    assert run(capsys, *words, "--require-signed", "no_list")[0] == 2


@pytest.mark.parametrize(
    "option", ["--jobs=0", "--memory-limit=-5", "--time-limit=nan", "--time-limit=0", "--time-limit=soon"]
)
def test_limits_are_above_zero(head: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Another number is a usage error, and not a finding for every pin."""
    with pytest.raises(SystemExit) as caught:
        main(["audit", "--load", option])

    assert caught.value.code == 2
    assert option.partition("=")[0] in capsys.readouterr().err


def test_report_is_written_to_a_file(head: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The whole report; stderr says what was written, unless -q is there."""
    file = tmp_path / "report.json"

    code, out, err = run(capsys, "audit", "--format", "json", "-o", str(file))

    assert (code, out, err) == (0, "", f"{file}: {file.stat().st_size} bytes\n")
    assert run(capsys, "audit", "--format", "json", "-o", str(file), "-q") == (0, "", "")
    assert json.loads(file.read_text())["head"] == head


def test_ids_are_whole_in_a_pipe(head: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is as wide as it needs to be."""
    _, out, _ = run(capsys, "audit")

    assert f"{MINE}@{head}" in out


def command(repo: Repo, *arguments: str) -> list[str]:
    """Return the words of a command, to run in its own process."""
    return [sys.executable, "-m", "zenml_pin", "-C", repo.path, *arguments]


@pytest.mark.slow
def test_on_a_terminal_ids_are_short(repo: Repo, head: str) -> None:
    """A person reads it there."""
    terminal, other = pty.openpty()
    done = subprocess.run(command(repo, "audit"), stdout=other, stderr=subprocess.PIPE, check=True)
    os.close(other)
    parts = []
    # At its end, a terminal gives an error; until then, each read gets what has arrived.
    with suppress(OSError):
        while part := os.read(terminal, 10_000):
            parts.append(part)
    os.close(terminal)
    out = b"".join(parts).decode()

    assert (done.stderr, head in out, f"@{head[:8]}  " in out) == (b"", False, True)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupted_audit_reports_its_findings(repo: Repo, head: str, jobs: str) -> None:
    """Ctrl-C ends it at once, with exit code 130, no traceback, and a report that says that it is incomplete."""
    hanging = commit(repo, {"trainers": {"step.py": HANG}})
    write(repo, {"pipelines": {"mine.yaml": document(f"{MINE}@{hanging}", MINE)}})
    words = command(repo, "audit", "--load", "--time-limit", "999", "--jobs", jobs, "--format", "json")
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True
    )
    with ended(process):
        while not marked(repo.path):
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (130, "")
    assert not marked(repo.path)
    data = json.loads(out)
    assert data["is_complete"] is False
    assert [finding["rule"] for finding in data["findings"]] == ["ZP001"]
    assert data["pins"][0]["commit"]["branches"] == ["main"]


def test_report_remains_when_its_differences_are_interrupted(
    head: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a page is written ends it at once; the page has the findings."""

    def interrupt(*sides: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("zenml_pin.audit.formats.html.head_diff.compare", interrupt)

    code, out, _ = run(capsys, "audit", "--format", "html")

    assert code == 130
    assert head in out
    assert "interrupted" in out


class Terminal:
    """A stderr that claims to be a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def shown(monkeypatch: pytest.MonkeyPatch, seconds: float, rich: bool = False, quiet: bool = False) -> str:
    """Return the output of a progress meter for work of some seconds."""
    terminal, clock = Terminal(), [0.0]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("zenml_pin.cli.progress.time.monotonic", lambda: clock[0])
    if not rich:
        monkeypatch.setitem(sys.modules, "rich.console", None)
    with ProgressMeter(quiet) as meter:
        for number in range(1, 11):
            clock[0] += seconds / 10
            meter("pins", number, 10)
    return terminal.text


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second is too short."""
    assert shown(monkeypatch, 0.4) == ""


def test_long_work_is_counted_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rich: one line that is overwritten, and removed at the end."""
    text = shown(monkeypatch, 5)

    assert "\rpins: 5/10" in text
    assert text.endswith(f"pins: 10/10\r{' ' * len('pins: 10/10')}\r")
    assert "\n" not in text


def test_long_work_has_a_bar_with_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra `cli`."""
    pytest.importorskip("rich")

    assert "pins" in shown(monkeypatch, 5, rich=True)


@pytest.mark.slow
def test_nothing_is_shown_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a pipe, or with -q."""
    assert shown(monkeypatch, 5, quiet=True) == ""
    monkeypatch.undo()
    with ProgressMeter() as meter:
        for number in range(3):
            time.sleep(0.3)
            meter("pins", number, 3)
    assert capsys.readouterr().err == ""


def test_an_answer_goes_through_a_pipe_that_is_named(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/dev/stdout, or the name that a shell gives for >(command); it is not replaced by a file."""
    commit(repo, {"step.py": "class A: 0\n"})
    monkeypatch.chdir(repo.path)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    for arguments in (["check", "--allow-empty"], ["diff", "step.A"]):
        assert main([*arguments, "--format", "json", "-o", str(tmp_path / "pipe")]) == 0
        assert json.loads(os.read(reader, 2**16))

    os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
