"""Modules: what a text defines and why it cannot be imported, from the symbol table and from the syntax tree."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, strategies as st

import tests
import zenml_pin
from tests.support.thorough import usually
from zenml_pin.audit.facts.modules import Modules
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.memory_source import MemorySource
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.pins.definitions import Definitions, parse_quietly

GUARD = 'if __name__ == "__main__":\n    class A: pass\n'
TEXTS = {
    "plain": b"class A: pass\n",
    "decorated": b"@first\n@second(\n)\nclass A(B, metaclass=C):\n    class Inner: pass\n",
    "branches": b"try:\n    class A: pass\nexcept E:\n    with x:\n        class B: pass\n",
    "loops": b"for y in z:\n    class A: pass\nelse:\n    class B: pass\nwhile x:\n    class C: pass\n",
    "match": b"match x:\n    case 1:\n        class A: pass\n",
    "function": b"def f():\n    class A: pass\n",
    "imported": b"from m import A, b as B\nimport c\n",
    "assigned": b"A = B = f()\nC: type = D\nE = 3\n(F, [G]) = x\nfor H in x: pass\n",
    "star": b"from m import *\n",
    "dynamic": b"def __getattr__(name): ...\n",
    "guarded": GUARD.encode(),
    "guarded, else": GUARD.encode() + b"else:\n    class B: pass\n",
    "before a guard": b"class A: pass\n" + GUARD.encode() + b"class B: pass\n",
    "behind a guard": GUARD.encode() + b"class A: pass\n",
    "one line": b'if "__main__" == __name__: pass\nclass A: "__main__"\n',
    "carriage returns": b"class B: pass\r" + GUARD.encode().replace(b"\n", b"\r"),
    "both ends": b"class B: pass\r\n" + GUARD.encode().replace(b"\n", b"\r\n"),
    "continued": b'if __name__ \\\n  == "__main__":\n    class A: pass\n',
    "names in normal form": "class \uff21: pass\n".encode(),
    "latin-1": b"# coding: latin-1\nclass A\xe9: pass\n",
    "utf-7": b"# coding: utf-7\nclass A+AF8-: pass\n",
    "mark": b"\xef\xbb\xbfclass A: pass\n",
    "warns": b"class A: x = '\\d' is 1\n",
    "empty": b"",
}
if sys.version_info >= (3, 12):
    TEXTS["parameters"] = b"class A[T]: pass\ntype B = int\n"
BROKEN = {
    "syntax": b"class A: pass\nclass (",
    "indentation": b"class A:\npass\n",
    "bytes": b"class A: pass\nx = '\xff'\n",
    "coding": b"# coding: nonsense\nclass A: pass\n",
    "null": b"class A: pass\nx = '\0'\n",
    "nested": b"-" * 100_000 + b"1\n",
}
# The parser accepts these; the compiler does not.
REFUSED = {
    "nonlocal": b"class A: pass\nnonlocal x\n",
    "duplicate": b"class A: pass\ndef f(x, x): pass\n",
    "star": b"class A: pass\ndef f():\n    from m import *\n",
    "future": b"from __future__ import nonsense\nclass A: pass\n",
}
NAMES = ("A", "B", "C", "D", "E", "F", "G", "H", "A_", "Inner", "\u00c4")


def tree_of(data: bytes) -> CommitTree:
    """Return a commit with one file, step.py."""
    source = MemorySource()
    root = source.add("tree", b"100644 step.py\0" + bytes.fromhex(source.add("blob", data)))
    text = f"tree {root}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nfirst\n"
    return CommitTree(Objects(source), source.add("commit", text.encode()))


def defined(data: bytes, names: tuple[str, ...]) -> list[bool]:
    """Return for each name whether a text may define it as a class."""
    tree, modules = tree_of(data), Modules()
    return [modules.defines(tree, ("",), "step.py", name) for name in names]


def by_tree(data: bytes, names: tuple[str, ...]) -> list[bool]:
    """Return what the text's tree says. A star import from a library may give any name."""
    definitions = Definitions.of(data)
    return [definitions.may_give(name) or bool(definitions.stars) for name in names]


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_symbol_table_and_tree_agree(data: bytes) -> None:
    """A class below the guard of a script does not count in either."""
    assert defined(data, NAMES) == by_tree(data, NAMES)
    assert Modules().fault(tree_of(data), "step.py") == ""
    assert Modules().definitions(tree_of(data), "step.py") == Definitions.of(data)


@pytest.mark.slow
@given(st.lists(st.sampled_from(sorted(TEXTS.values())), max_size=4))
def test_they_agree_on_joined_texts(parts: list[bytes]) -> None:
    """A guard before, between and after classes; a text that does not compile defines nothing."""
    data = b"".join(parts)
    fault = Modules().fault(tree_of(data), "step.py")

    assert fault or defined(data, NAMES) == by_tree(data, NAMES)


@pytest.mark.parametrize(
    "module",
    [
        json,
        importlib,
        pytest.param(zenml_pin, marks=pytest.mark.slow),
        pytest.param(tests, marks=pytest.mark.slow),
    ],
    ids=["json", "importlib", "here", "tests"],
)
def test_they_agree_on_real_modules(module: ModuleType) -> None:
    """This package, its tests, and some of the standard library; of large packages some files, or all."""
    paths = sorted(Path(str(module.__file__)).parent.rglob("*.py"))
    for path in paths[:: usually(4, 1) if len(paths) > 100 else 1]:
        data = path.read_bytes()
        definitions = Definitions.of(data)
        names = (*definitions.classes, *definitions.others, "Nonsense")

        assert defined(data, names) == by_tree(data, names), path


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_parsed_says_why(data: bytes) -> None:
    """In Python's words, with the line if there is one."""
    fault = Modules().fault(tree_of(data), "step.py")

    with pytest.raises((SyntaxError, ValueError, MemoryError)) as caught:
        parse_quietly(data)
    error = caught.value
    reason = f"{error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error) or "MemoryError"
    assert fault.endswith(reason)
    assert defined(data, NAMES) == [False] * len(NAMES)


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_only_the_compiler_refuses_is_a_fault(data: bytes) -> None:
    """It can be parsed, but importing it would fail."""
    with pytest.raises(SyntaxError) as caught:
        compile(data, os.devnull, "exec", dont_inherit=True)

    fault = Modules().fault(tree_of(data), "step.py")

    assert fault.endswith(f"line {caught.value.lineno}: {caught.value.msg}")
