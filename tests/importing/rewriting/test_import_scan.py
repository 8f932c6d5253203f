"""What a scan of the text reports without parsing: sometimes too much, never too little."""

from __future__ import annotations

import random
import re

import pytest

from zenml_pin.importing.rewriting.import_scan import (
    absolute_froms,
    has_calls,
    import_roots,
    needs_parsing,
    relative_roots,
)

CALLS = [
    "exec('x')",
    "x = eval",
    "a;exec (b)",
    "\nexec",
    "x.y(eval)",
    "f'{eval(x)}'",
    "evaluate; eval",
    "ｅｘｅｃ('x')",
]
OTHERS = [
    "re.compile('x')",
    "evaluate(x)",
    "medieval = 1",
    "_exec = 1",
    "exec_module(x)",
    "éexec = 1",
    "compileé = 1",
    "",
]


@pytest.mark.parametrize("text", CALLS)
def test_builtin_that_runs_a_text_is_reported(text: str) -> None:
    assert has_calls(text)


@pytest.mark.parametrize("text", OTHERS)
def test_name_that_contains_a_builtins_name_is_not_reported(text: str) -> None:
    """Such a file is compiled unchanged, which takes less than half the time."""
    assert not has_calls(text)


@pytest.mark.quick(every=8)
@pytest.mark.parametrize(
    "word", ["from", "from ", "from \\\n", "from a.", "from . ", "import ", "import :", "#\\\n", " \\\n"]
)
def test_text_of_many_words_is_scanned_once(word: str) -> None:
    """A list of words in a docstring, or a text that is made to take long; some ways to scan it took hours."""
    text = word * 200_000

    assert "b" not in import_roots(text)
    assert not needs_parsing(text, 200_000)


LAZY = {
    "lazy import a": {"a"},
    "x = 1;lazy import a, b.c as d": {"a", "b"},
    "if x: lazy\\\n \timport a": {"a"},
    "\tlazy from a.b import c": {"a"},
    "lazy\nimport a": {"a"},
    "not_lazy import a": set(),
}


@pytest.mark.parametrize(("text", "roots"), LAZY.items(), ids=LAZY)
def test_lazy_import_is_seen(text: str, roots: set[str]) -> None:
    """On every Python, since a text that this one cannot parse is scanned, too."""
    assert import_roots(text) == roots


@pytest.mark.parametrize(
    "text", ["__lazy_modules__ = []", "__lazy_import__('a')", "sys.set_lazy_imports_filter(f)"]
)
def test_what_decides_on_lazy_imports_is_seen(text: str) -> None:
    assert needs_parsing(text, 0)


NO_MODULES = {
    "a method": "import sys\nfor module in self.modules(): pass\n",
    "a comment": "import sys\n# modules are sys\n",
    "another from": "import sys\nfrom a import modules\n",
    "no sys": "x.modules\n'modules'\n",
    "a longer name": "import sys as s\ns.modules_of\nfrom a import b\n",
}


@pytest.mark.parametrize("text", NO_MODULES.values(), ids=NO_MODULES)
def test_text_without_sys_modules_needs_no_parsing(text: str) -> None:
    """Only what may be `sys.modules` costs time."""
    assert not needs_parsing(text, 0)


_GAP = r"(?:[ \t\f]|\\\n)"
_LETTER = r"(?:\w|[^\x00-\x7f])"
_FROM = re.compile(rf"from{_GAP}+({_LETTER}+)((?:{_GAP}*\.{_GAP}*{_LETTER}+)*){_GAP}+import\b")
_RELATIVE = re.compile(rf"from{_GAP}*(?:\.{_GAP}*)+(?=({_LETTER}*))")
_PIECES = ["from", "import", "a", "b1", "\u00e9", "_", ".", "..", " ", "\t", "\\\n", "\n", ",", "#", "\u00b7"]


def test_statements_are_those_that_patterns_find() -> None:
    """`re` finds the same in texts that are put together from a statement's pieces."""
    pieces = random.Random(810)

    for _ in range(3_000):
        text = "".join(pieces.choices(_PIECES, k=14))

        assert list(absolute_froms(text)) == [(root, bool(rest)) for root, rest in _FROM.findall(text)], text
        assert relative_roots(text) == set(_RELATIVE.findall(text)), text
