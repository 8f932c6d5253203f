"""Syntax trees without ast: the same trees in the same order."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from zenml_pin.base import syntax_tree

STANDARD = sorted(Path(os.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", STANDARD[::12], ids=lambda path: path.name)
def test_trees_are_those_of_ast(path: Path) -> None:
    """The nodes of a module of the standard library, and their order; `ast` is the oracle."""
    text = path.read_bytes()
    module, expected = syntax_tree.parse(text), ast.parse(text)

    assert ast.dump(module, include_attributes=True) == ast.dump(expected, include_attributes=True)
    assert list(syntax_tree.walk(expected)) == list(ast.walk(expected))
    assert all(
        list(syntax_tree.iter_child_nodes(node)) == list(ast.iter_child_nodes(node))
        for node in ast.walk(expected)
    )
    assert syntax_tree.unparse(module) == ast.unparse(expected)


@pytest.mark.parametrize("text", [b"x =", b"x = '\0'", b"# coding: nonsense\nx = 1", b"\xff"])
def test_what_cannot_be_parsed_is_the_same_error(text: bytes) -> None:
    """Its kind and its message."""
    with pytest.raises((SyntaxError, ValueError)) as expected:
        ast.parse(text)
    with pytest.raises(type(expected.value)) as caught:
        syntax_tree.parse(text)

    assert str(caught.value) == str(expected.value)
