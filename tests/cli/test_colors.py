"""Colours: on a terminal with rich, and never in a pipe, in a file, or against NO_COLOR."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit
from tests.support.run_on_terminal import on_a_terminal
from zenml_pin.cli import main

pytest.importorskip("rich")

NAME = "trainers.step.MyTrainer"
OLD = 'class MyTrainer:\n\tepochs = 1  # "one"\n'
LONG = f"\n\nx = '{'long ' * 40}'  # no end of line"
COLOR = re.compile(r"\x1b\[[\d;]*m")
COMMANDS = {
    "cat": ("cat", f"{NAME}@HEAD~1"),
    "diff": ("diff", f"{NAME}@HEAD~1", "HEAD"),
    "unified diff": ("diff", f"{NAME}@HEAD~1", "HEAD", "--format", "text"),
}


@pytest.fixture
def root(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two commits, in the current folder."""
    commit(
        repo, {"trainers": {"step.py": OLD, "bad.py": "# \x1b[8mhidden\u202e\n", "latin.py": b"# caf\xe9\n"}}
    )
    commit(repo, {"trainers": {"step.py": OLD.replace("1", "2"), "long.py": LONG}})
    monkeypatch.chdir(repo.path)
    return repo.path


@pytest.fixture
def piped(root: str, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., bytes]:
    """Return what a command writes into a pipe."""

    def run(*arguments: str) -> bytes:
        main(arguments)
        return capfdbinary.readouterr().out

    return run


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_colours_are_for_terminals(command: tuple[str, ...], root: str, piped: Callable[..., bytes]) -> None:
    """On a terminal only colours are added; in a pipe there are none without the option."""
    shown = on_a_terminal(*command, cwd=root)

    assert COLOR.search(shown)
    plain = on_a_terminal(*command, "--color", "never", cwd=root)
    assert COLOR.sub("", shown).partition("\n\n")[0].expandtabs() == plain.partition("\n\n")[0].expandtabs()
    assert b"\x1b" not in piped(*command)
    assert b"\x1b[" in piped(*command, "--color", "always")


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("command", [COMMANDS["diff"], COMMANDS["unified diff"]], ids=["columns", "unified"])
def test_removed_lines_are_red_and_new_ones_green(command: tuple[str, ...], root: str) -> None:
    """They are the terminal's own colours, without a background: readable on dark and light terminals."""
    shown = on_a_terminal(*command, cwd=root)

    assert re.search(r"\x1b\[31m[^\x1b]*epochs = 1", shown)
    assert re.search(r"\x1b\[32m[^\x1b]*epochs = 2", shown)
    assert not re.search(r"\x1b\[[\d;]*\b[34]8;", shown)


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("library", ["rich", "pygments"])
def test_incomplete_extra_does_not_count(library: str, root: str, tmp_path: Path) -> None:
    """Without a library that rich needs, the output is plain, and --color=always is an error."""
    (tmp_path / f"{library}.py").write_text(f"raise ModuleNotFoundError('gone', name={library!r})\n")
    path = f"{tmp_path}:{Path(zenml_pin.__file__).parents[1]}"

    for command in COMMANDS.values():
        assert "epochs = 1" in on_a_terminal(*command, cwd=root, PYTHONPATH=path)
        output = on_a_terminal(*command, "--color", "always", cwd=root, PYTHONPATH=path)
        assert output.startswith(f"error: nothing can be coloured: '{library}' is not installed\nhint: ")


@pytest.mark.slow
def test_code_that_looks_like_the_head_of_a_diff_is_code(repo: Repo) -> None:
    """A removed line is red and a new one green, even if they begin with two signs."""
    text = 'class MyTrainer:\n    query = """\n{}\n"""\n'
    first = commit(repo, {"trainers": {"step.py": text.format("-- old")}})
    commit(repo, {"trainers": {"step.py": text.format("++ new")}}, base=first)

    shown = on_a_terminal(*COMMANDS["unified diff"], cwd=repo.path)

    assert "\x1b[31m--- old" in shown
    assert "\x1b[32m+++ new" in shown


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("color", ["always", "never"])
def test_reader_that_stops_early_is_not_an_error(command: tuple[str, ...], color: str, root: str) -> None:
    """For example, `head` is such a reader."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "zenml_pin", *command, "--color", color],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.quick(every=9)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("plain", [("NO_COLOR", "1"), ("TERM", "dumb"), ("", "never")])
def test_a_terminal_without_colours_gets_none(
    command: tuple[str, ...], plain: tuple[str, str], root: str
) -> None:
    """Because of the environment or an option: the same text, plain."""
    name, value = plain
    options = [] if name else ["--color", value]

    shown = on_a_terminal(*command, *options, cwd=root, **({name: value} if name else {}))

    assert "\x1b" not in shown
    assert "epochs = 1" in shown


@pytest.mark.slow
def test_cat_shows_the_text_and_pipes_the_bytes(root: str, piped: Callable[..., bytes]) -> None:
    """On a terminal tabs become spaces; nothing is added, folded or cut."""
    shown = on_a_terminal("cat", f"{NAME}@HEAD~1", cwd=root)

    assert COLOR.sub("", shown) == OLD.expandtabs()
    assert piped("cat", f"{NAME}@HEAD~1") == OLD.encode()
    assert COLOR.sub("", on_a_terminal("cat", "HEAD:trainers/long.py", cwd=root)) == LONG


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("options", [[], ["--color", "never"]])
def test_cat_cannot_be_made_to_hide_code(options: list[str], root: str) -> None:
    """Characters that move the cursor or turn the text become escapes on a terminal, coloured or not."""
    shown = on_a_terminal("cat", "HEAD~1:trainers/bad.py", *options, cwd=root)

    assert COLOR.sub("", shown) == "# \\x1b[8mhidden\\u202e\n"
    assert (
        COLOR.sub("", on_a_terminal("cat", "HEAD~1:trainers/latin.py", *options, cwd=root)) == "# caf\\xe9\n"
    )


def test_diff_into_a_file_is_plain(root: str, piped: Callable[..., bytes], tmp_path: object) -> None:
    """Colours are only for text that a person reads."""
    assert piped(*COMMANDS["diff"], "--color", "always", "-o", f"{tmp_path}/diff.txt") == b""

    with open(f"{tmp_path}/diff.txt", "rb") as file:
        assert b"\x1b" not in file.read()
