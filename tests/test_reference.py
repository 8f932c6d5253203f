"""The reference is the output of `--help` and `pydoc`: complete, and readable at 80 columns."""

from __future__ import annotations

import argparse
import inspect
import pydoc
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

import zenml_pin
from zenml_pin.cli.parser import make_parser

VERBS = ("attach", "checkout", "import_module", "load", "pin", "ship", "status", "unload")


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the main parser and the parser of each command."""
    parser = make_parser()
    yield "zenml-pin", parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


PARSERS = dict(parsers())


@pytest.mark.parametrize("name", PARSERS)
def test_help_reads_well_at_80_columns(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It describes the command and every argument; the terminal folds no line."""
    monkeypatch.setenv("COLUMNS", "80")
    parser = PARSERS[name]

    text = parser.format_help()

    assert max(map(len, text.splitlines())) <= 80
    assert parser.description
    assert parser.description.endswith(".")
    groups = (argparse._SubParsersAction,)
    assert [action.dest for action in parser._actions if not action.help and type(action) not in groups] == []


def test_help_lists_every_command_with_what_it_does() -> None:
    """In one list, in the order in which a user meets them."""
    text = PARSERS["zenml-pin"].format_help()

    listed = re.findall(r"^    ([a-z]+) +\S", text[text.index("commands:") :], re.MULTILINE)
    assert listed == list(PARSERS)[1:]


@pytest.mark.parametrize("name", VERBS)
def test_pydoc_describes_every_argument(name: str) -> None:
    """`pydoc zenml_pin.load` describes the function, each argument, and the errors that it raises."""
    verb = getattr(zenml_pin, name)

    text = pydoc.plain(pydoc.render_doc(verb))

    assert "Args:" in text
    for argument in inspect.signature(verb).parameters:
        assert f" {argument}: " in text[text.index("Args:") :]


def test_pydoc_of_the_package_begins_with_its_names() -> None:
    """It lists the names by purpose, and says where the errors are listed."""
    text = pydoc.plain(pydoc.render_doc(zenml_pin))

    front = text[: text.index("PACKAGE CONTENTS")]
    names = {name for name in zenml_pin.__all__ if not name.endswith(("Error", "Warning", "__"))}
    assert [name for name in sorted({*names, "PinError"}) if name not in front] == []
    assert max(map(len, front.splitlines())) <= 120


def test_pydoc_of_the_package_begins_with_the_calls() -> None:
    """The first page shows the real signature of each call and a description below it."""
    text = pydoc.plain(pydoc.render_doc(zenml_pin))
    # A long signature takes two lines.
    first = re.sub(r",\n +(?=\w+=)", ", ", text).splitlines()[:60]

    shown = {
        line.strip(): after.strip() for line, after in pairwise(first) if re.match(r"^ {8}\w+\(.*\)$", line)
    }
    assert set(shown) == {f"{name}{plain_signature(getattr(zenml_pin, name))}" for name in VERBS}
    for purpose in shown.values():
        assert re.fullmatch(r"[A-Z].{20,}\.", purpose)


def plain_signature(verb: Callable[..., object]) -> str:
    """Return the signature of a call without its types."""
    signature = inspect.signature(verb)
    parameters = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty))


@pytest.mark.parametrize("name", zenml_pin.__all__[1:])
def test_every_public_name_has_a_docstring(name: str) -> None:
    """Its first line says what it is."""
    first = (getattr(zenml_pin, name).__doc__ or "").splitlines()[0]

    assert len(first) > 20
    assert first.endswith(".")
