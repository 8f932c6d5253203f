"""What a person may type: options before and after the command, whole names, near misses, examples."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit
from tests.support.run_command import run
from zenml_pin.__main__ import main as program_main, program
from zenml_pin.cli import main
from zenml_pin.cli.examples import EXAMPLES
from zenml_pin.cli.parser import command_in, make_parser, parse_arguments


@pytest.fixture
def folder(repo: Repo) -> str:
    """A repository with a commit, which is not the current folder."""
    commit(repo, {"trainers": {"step.py": "class A: pass\n"}, "pipelines": {".gitkeep": ""}})
    return repo.path


ORDERS = {
    "before": ("-q", "-C", "{}", "status", "trainers.step.A"),
    "after": ("status", "trainers.step.A", "-q", "-C", "{}"),
    "both": ("-C", "{}", "status", "-q", "trainers.step.A"),
    "joined": ("-qC", "{}", "status", "trainers.step.A"),
}


@pytest.mark.parametrize("words", ORDERS.values(), ids=ORDERS)
def test_global_options_stand_before_or_after_the_command(
    words: tuple[str, ...], folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever -C and -q are, they mean the same."""
    arguments = parse_arguments([word.format(folder) for word in words])

    assert (arguments.directory, arguments.quiet, arguments.verbose) == (folder, True, False)
    before = os.getcwd()
    try:
        code, out, err = run(capsys, *(word.format(folder) for word in words))
    finally:
        os.chdir(before)
    assert (code, out, err) == (0, "trainers: clean\n", "")


@pytest.mark.parametrize(
    "words", [["audit", "--all"], ["check", "--stage"], ["--vers"], ["run", "x", "--num", "1"]]
)
def test_options_are_whole_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An abbreviation would be a promise that no other option ever begins like it."""
    with pytest.raises(SystemExit) as caught:
        main(words)

    assert caught.value.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "near"), [("chekc", "check"), ("pipeline", "pipelines"), ("stat", "status")]
)
def test_mistyped_command_gets_its_near_miss(
    typed: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the commands that are spelled almost like it."""
    with pytest.raises(SystemExit) as caught:
        main(["-C", "check", typed, "--format", "json"])

    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert f"'{typed}' is not a command; near misses: " in err
    assert near in err.partition("near misses: ")[2]


def test_command_is_the_first_word_that_is_not_of_an_option() -> None:
    """The value of -C may have the name of a command."""
    assert command_in(["-C", "run", "-v", "check", "load"]) == "check"
    assert command_in(["-Crun", "check"]) == "check"
    assert command_in(["-q", "--version"]) is None


def commands() -> dict[str, object]:
    """Return the commands with their parsers."""
    (verbs,) = [action.choices for action in make_parser()._actions if isinstance(action.choices, dict)]
    return verbs


@pytest.mark.parametrize("command", commands())
def test_help_has_examples_that_can_be_typed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command shows at least one, and each is a line that the command takes."""
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])

    assert caught.value.code == 0
    shown = capsys.readouterr().out.partition("\nexamples:\n")[2].splitlines()
    assert [line.strip() for line in shown] == list(EXAMPLES[command])
    for line in EXAMPLES[command]:
        program, *words = shlex.split(re.sub(r'^eval "\$\((.*)\)"$', r"\1", line).partition(" > ")[0])
        assert program == "zenml-pin"
        assert parse_arguments(words).command == command


# A process interrupts itself when the command imports a module: moments that a person would hardly hit.
MOMENTS = {
    "import": ("zenml_pin.cli", "interrupt()"),
    "arguments": ("zenml_pin.cli.examples", "interrupt()"),
    # Python cannot raise it in these: the first is raised a moment later, and ends what goes on.
    "finalizer": ("zenml_pin.cli.examples", "Finalized(); time.sleep(20)"),
    "exit": ("zenml_pin.cli.examples", "atexit.register(interrupt)"),
}


@pytest.mark.parametrize(("module", "action"), MOMENTS.values(), ids=MOMENTS)
def test_an_interrupt_at_any_moment_is_quiet(module: str, action: str, tmp_path: Path) -> None:
    """Ctrl-C while code is imported, arguments are read, or Python cleans up: exit code 130, and no traceback."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os, signal, sys, time\n"
        "def interrupt(): os.kill(os.getpid(), signal.SIGINT)\n"
        "class Finalized:\n"
        "    def __del__(self): interrupt()\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: {action}\n"
        "sys.meta_path.insert(0, Interrupt())\n"
    )
    root = str(Path(zenml_pin.__file__).parents[1])

    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", "check", "--help"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{root}"},
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )

    assert (done.returncode, done.stderr) == (130, "")


def test_main_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process may call it many times, also where a command ends by SystemExit or an interrupt."""
    hook, count = sys.unraisablehook, atexit._ncallbacks()
    monkeypatch.setattr(sys, "argv", ["zenml-pin", "--version"])

    for end in (None, SystemExit(3), KeyboardInterrupt()):
        monkeypatch.setattr("zenml_pin.cli.main", Mock(side_effect=end, return_value=0))
        with contextlib.suppress(SystemExit):
            assert program_main() == (0 if end is None else 130)

        assert sys.unraisablehook is hook
        assert atexit._ncallbacks() == count


def test_interrupt_after_an_interrupted_command_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """At exit Python starts none, and prints that."""

    class Finalized:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    start = Mock()
    monkeypatch.setattr("_thread.start_new_thread", start)
    monkeypatch.setattr("atexit.register", Mock())
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr("zenml_pin.cli.main", Mock(side_effect=KeyboardInterrupt))

    assert program() == 130
    Finalized()

    start.assert_not_called()
