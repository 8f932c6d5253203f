"""Lines that are read without argparse: the result is argparse's, or argparse reads them."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from zenml_pin.cli.examples import EXAMPLES
from zenml_pin.cli.parser import make_parser
from zenml_pin.cli.plain_words import (
    COMMANDS,
    NeedsArgparseError,
    declare,
    read_plain_words,
)

LINES = [line for lines in EXAMPLES.values() for line in lines]


def by_argparse(words: list[str]) -> dict[str, Any] | None:
    """Return what argparse makes of a line; None where it refuses it."""
    try:
        return vars(make_parser([words[0]]).parse_args(words))
    except SystemExit:
        return None


def plain(words: list[str]) -> dict[str, Any] | None:
    """Return what is read without argparse; None where it is left to argparse."""
    arguments = read_plain_words(words)
    return None if arguments is None else vars(arguments)


@pytest.mark.parametrize("line", LINES)
def test_examples_are_read_as_argparse_reads_them(line: str) -> None:
    """Those that are read without it."""
    words = shlex.split(line)[1:]

    values = plain(words)

    assert values is None or values == by_argparse(words)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "check",
            "check --staged",
            "check pipelines/a.yaml b.yaml --format json",
            "check --documents a --documents b",
        ),
        *(
            "status",
            "status trainers data",
            "runs",
            "runs first --failed --sort seconds",
            "pipelines --format json",
        ),
        *(
            "load a.B@v1 --source-root src",
            "-q status",
            "runs --last 3",
            "pin a.B",
            "store gc",
            "status -- -x",
            "help",
            "completion bash",
        ),
    ],
)
def test_usual_lines_need_no_argparse(line: str) -> None:
    """Those of hooks and prompts; numbers and what has further commands do."""
    words = line.split()
    rest = ("-q", "runs --last", "pin", "store gc", "status --", "help", "completion")

    assert (plain(words) is None) == line.startswith(rest)


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A command with some of its options, values that may fit, and words, in any order."""
    command = draw(st.sampled_from(COMMANDS))
    try:
        options = sorted(declare(command).options)
    except NeedsArgparseError:
        options = []
    word = st.sampled_from(
        ["a", "b.C@v1", "text", "json", "never", "3", "", "-", "--", "-x", "--no-such", "a b"]
    )
    return [command, *draw(st.lists(st.sampled_from(options) | word if options else word, max_size=5))]


@settings(max_examples=150)
@given(lines())
def test_any_line_is_read_as_argparse_reads_it(words: list[str]) -> None:
    """Or is left to argparse, with all mistakes and help."""
    values = plain(words)

    assert values is None or values == by_argparse(words)
