"""Hints can be typed as they are: their commands and options exist, and do what the hint says."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import commit as make_commit, configure, init
from tests.support.run_command import run
from zenml_pin.cli.parser import CommandParser, make_parser, parse_arguments

_COMMAND = re.compile(r"['`](zenml-pin(?: [^'`]*)?)['`]")
_QUOTED = re.compile(r"['`](?!zenml-pin\b)[a-z]+ [^'`]*['`]|git [a-z]+ .*|clone again .*")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z](?![\w-])")
# Other files need not be parsed.
_MENTION = re.compile(r"['`]zenml-pin |[ '\"(]--[a-z]")
# They are no sentences, or are tested with what they belong to.
_OTHERS = (
    "cli/examples.py",
    "backends/environments/pylock.py",
    "backends/environments/uv_lock.py",
    "backends/environments/wanted.py",
    "isolation/judging.py",
)


@cache
def texts() -> list[tuple[str, str]]:
    """Return the sentences of the package that name a command or an option, each with its place."""
    package = Path(zenml_pin.__file__).parent
    found = []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        text = path.read_text()
        if name.startswith(_OTHERS) or not _MENTION.search(text):
            continue
        found += [(f"{name}:{line}", words) for line, words in _sentences(ast.parse(text))]
    return found


def _sentences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield texts that are not docstrings; what an f-string puts in is "X"."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value
        else:
            todo += ast.iter_child_nodes(node)


@cache
def parsers() -> dict[str, CommandParser]:
    """Return the parser of each command, and under "store gc" that of a command of a command."""
    found: dict[str, CommandParser] = {}

    def add(prefix: str, parser: CommandParser) -> None:
        found[prefix] = parser
        for action in parser._actions:
            if isinstance(action.choices, dict):
                for name, inner in action.choices.items():
                    add(f"{prefix} {name}".strip(), inner)

    parser = make_parser()
    assert isinstance(parser, CommandParser)
    add("", parser)
    return found


@pytest.mark.slow
def test_commands_of_hints_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """A whole command line is one that the parser takes; the name of a command alone is that of one that exists."""
    lines = [(place, line) for place, text in texts() for line in _COMMAND.findall(text)]
    assert len(lines) > 30

    for place, line in lines:
        assert _is_known(shlex.split(line)[1:]), f"{place}: '{line}': {capsys.readouterr().err}"


def _is_known(words: list[str]) -> bool:
    if " ".join(words) in parsers() or words in (["help", "TOPIC"], ["COMMAND", "--help"]):
        return True
    try:
        parse_arguments(words)
    except SystemExit as end:
        return end.code == 0
    return True


@pytest.mark.slow
def test_options_of_hints_exist() -> None:
    """Each is one of a command here; those of other programs stand in quotes with their program."""
    options = {option for parser in parsers().values() for option in parser._option_string_actions}
    named = [(place, option) for place, text in texts() for option in _OPTION.findall(_QUOTED.sub("", text))]
    assert len(named) > 50

    assert [(place, option) for place, option in named if option not in options] == []


@pytest.mark.git
def test_what_a_partial_clone_lacks_comes_by_what_the_hint_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that can fetch names its option, which works; another one names only the command of git."""
    repo = init(tmp_path / "repo", bare=True)
    configure(repo, "uploadpack", "allowFilter", "true")
    old = make_commit(repo, {"steps": {"made.py": "class T:\n    v = 1\n"}})
    new = make_commit(repo, {"steps": {"made.py": "class T:\n    v = 2\n"}}, base=old)
    subprocess.run(
        ["git", "clone", "-q", "--bare", "--filter=blob:none", f"file://{repo.path}", "clone"],
        cwd=tmp_path,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
        check=True,
    )
    monkeypatch.chdir(tmp_path / "clone")

    for words in (
        ["diff", f"steps.made.T@{old}", new],
        ["cat", f"steps.made.T@{old}"],
        ["pin", f"steps.made.T@{old}"],
    ):
        code, _, err = run(capsys, *words)
        assert code != 0
        assert "run 'git fetch --refetch --no-filter' there" in err
        assert ("use --fetch" in err) == (words[0] != "pin")
        if words[0] != "pin":
            assert run(capsys, *words, "--fetch")[2] == ""
