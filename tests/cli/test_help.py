"""help: the pages of the manual, in a pipe and on a terminal, and the options of a command."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.support.run_on_terminal import on_a_terminal
from zenml_pin.cli import main, pages
from zenml_pin.cli.parser import make_parser

FOLDER = Path(pages.__file__).parents[1] / "docs"
COLOR = re.compile(r"\x1b\[[\d;]*m")


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what `zenml-pin help` writes into a pipe."""
    assert main(["help", *arguments]) == 0
    return capsys.readouterr().out


def test_list_names_every_page_and_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a topic: a line for each page, no wider than a terminal, and the names of the commands."""
    text = shown(capsys)

    assert re.findall(r"^  ([a-z-]+)  +[A-Z]", text, re.MULTILINE) == list(pages.TOPICS)
    assert sorted(pages.TOPICS) == sorted(page.stem for page in FOLDER.glob("*.md"))
    assert max(map(len, text.splitlines())) <= 80
    assert text.split()[-2:] == ["completion", "help"]


@pytest.mark.parametrize("topic", pages.TOPICS)
def test_page_begins_with_its_subject(topic: str) -> None:
    """A title, and one line, which the list of topics shows."""
    title, line = pages.read(topic).split("\n\n")[:2]

    assert title.startswith("# ")
    assert line.endswith(".")
    assert "\n" not in line


def test_page_is_printed_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe: the Markdown, without the comments for tests, and without colours."""
    text = shown(capsys, "how-to")

    lines = (FOLDER / "how-to.md").read_text().splitlines()
    assert text.splitlines() == [line for line in lines if not line.startswith("<!--")]
    assert len(text.splitlines()) < len(lines)


@pytest.mark.parametrize("name", ["how-to", "How to", "HOW_TO", "how-to.md"])
def test_topic_is_found_as_a_person_writes_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Upper case, blanks and the file's suffix make no difference."""
    assert shown(capsys, name).startswith("# How to\n")


def test_command_shows_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    """`help load` is `load --help`."""
    text = shown(capsys, "load")

    with pytest.raises(SystemExit):
        make_parser().parse_args(["load", "--help"])
    assert text == capsys.readouterr().out


def test_name_of_both_shows_both(capsys: pytest.CaptureFixture[str]) -> None:
    """`help audit` shows how to use the command, then the page."""
    text = shown(capsys, "audit")

    assert text.startswith("usage: zenml-pin audit")
    assert "\n\n# Audit\n" in text


def test_unknown_topic_is_refused_with_near_misses(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, stdout is empty, and the message has similar names."""
    assert main(["help", "securty"]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no topic is named 'securty'" in captured.err
    assert "hint: near misses: security, bisect; 'zenml-pin help' lists all\n" in captured.err


@pytest.mark.slow
def test_terminal_uses_the_pager(tmp_path: Path) -> None:
    """Only on a terminal, the text goes through the user's pager."""
    (tmp_path / "pager.py").write_text(
        "import sys\nprint(*(f'paged:{line}' for line in sys.stdin), sep='')\n"
    )
    pager = f"{sys.executable} {tmp_path}/pager.py"

    output = on_a_terminal("help", "changes", "--color", "never", cwd=str(tmp_path), PAGER=pager)

    assert output.startswith("paged:# Changes\n")


def test_pipe_uses_no_pager(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gets the text itself."""
    monkeypatch.setenv("PAGER", "false")

    assert shown(capsys, "changes").startswith("# Changes\n")


@pytest.mark.slow
def test_terminal_shows_colours(tmp_path: Path) -> None:
    """With rich: headings and code are highlighted, without a background, unless colours are off."""
    pytest.importorskip("rich")

    output = on_a_terminal("help", "audit", cwd=str(tmp_path), PAGER="cat")

    assert COLOR.search(output)
    assert not re.search(r"\x1b\[[\d;]*\b4\d(;|m)", output)
    for arguments, variables in ((("--color", "never"), {}), ((), {"NO_COLOR": "1"})):
        plain = on_a_terminal("help", "audit", *arguments, cwd=str(tmp_path), PAGER="cat", **variables)
        assert "\x1b" not in plain
        assert "\n# Audit\n" in plain


def test_links_name_the_command_that_shows_the_page() -> None:
    """On a terminal a relative link leads nowhere."""
    text = "[the rules](audit.md#rules), [the project](../../README.md) and ![a picture](x.png)"

    assert pages.for_terminal(text) == "the rules (`zenml-pin help audit`), the project and (a picture)"


@pytest.mark.slow
def test_less_gets_the_option_to_show_colours(tmp_path: Path) -> None:
    """`less` is Python's first choice, and by default it shows escapes as text."""
    pytest.importorskip("rich")

    output = on_a_terminal(
        "help", "changes", cwd=str(tmp_path), PAGER="echo $LESS && cat >/dev/null", LESS="FX"
    )

    assert "R" in output
