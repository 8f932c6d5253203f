"""Bindings: a text that is parsed part by part has the statements that it has as a whole."""

from __future__ import annotations

import ast
import random
import sysconfig
from pathlib import Path

import pytest

from zenml_pin.audit.comparison import bindings
from zenml_pin.audit.comparison.bindings import Binding, find_binding

TEXTS = {
    "a class, its methods and what follows": (
        "import a\n\n@a.b\nclass C:\n    x = 1\n\n    def f(self):\n        return 1\n\n    @a\n    def g(self): ...\n"
        "\n# the end\n\nC.y = 2\n"
    ),
    "a statement after a method": "class C:\n    x = 1\n\n    def f(self): ...\nC.y = 1\n\n    \ndef f(): ...\n",
    "a string with an example": (
        'class C:\n    """\n    Text\n\n    class C:\n        x = 1\n    """\n\n    def f(self): ...\n'
    ),
    "a class in a branch": (
        "if a:\n    class D: ...\n\n    class C:\n        x = 1\n\n    def g(): ...\n\nelse:\n    C = 1\n"
    ),
    "a branch that is continued": "try:\n    import a\n\n    def C(): ...\n\nexcept ImportError:\n    C = None\n",
    "a later assignment": "def C():\n    x = 1\n\n    def g(): ...\n\n    return g\n\nC = C()\n",
    "an import": "from ..a import b as C\n\n\ndef f():\n    import C\n",
    "brackets": "x = [\n\ndef\n]\n",
    "two spaces": "class C:\n  def f(self):\n    x = 1\n\n    def g(): ...\n  y = 2\n\ndef h(): ...\n",
    "twice": "class C:\n    x = 1\n\n    def f(self): ...\n\n\nclass C:\n    y = 2\n\n    def g(self): ...\n",
    "comments at the margin": "class C:\n    x = 1\n# no end\n\n    def f(self): ...\n# the end\n",
    "an encoding": "# coding: latin-1\nclass C:\n    x = 'ä'\n\n    def f(self): ...\n",
    "the main guard": "if __name__ == '__main__':\n    class C: ...\n\n    def f(): ...\n",
    "nothing": "",
    "only comments": "# a\n\n# b\n",
}


def _whole(text: str, name: str) -> Binding | None:
    return bindings._of_nodes(ast.parse(text.encode()).body, name)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_parts_have_what_the_whole_text_has(text: str) -> None:
    """The same lines, also where a part continues another one, and an error where the whole text is one."""
    try:
        expected = _whole(text, "C")
    except SyntaxError:
        with pytest.raises(SyntaxError):
            find_binding(text, "C")
        return
    assert find_binding(text, "C") == expected


def test_parts_of_the_standard_library_have_what_its_files_have() -> None:
    """Of some files, some definitions."""
    chance = random.Random(3)
    files = [
        path
        for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
        if path.stat().st_size < 20_000
    ]
    for path in chance.sample(files, 3):
        text = path.read_bytes().decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        names = [
            node.name for node in ast.parse(text).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))
        ]
        for name in chance.sample(names, min(2, len(names))):
            assert find_binding(text, name) == _whole(text, name)


def test_a_changed_method_is_all_that_is_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other parts are known from the text before."""
    methods = [f"    def f{number}(self):\n        return {number}\n\n" for number in range(50)]
    text = "class C:\n    x = 1\n\n" + "".join(methods) + "y = 1\n"
    find_binding(text, "C")
    parsed: list[str] = []
    parse = bindings._parse

    def note(part: str) -> ast.Module:
        parsed.append(part)
        return parse(part)

    monkeypatch.setattr(bindings, "_parse", note)

    changed = text.replace("return 7\n", "if 1:\n            return 7\n")

    assert find_binding(changed, "C") == _whole(changed, "C")
    assert len(parsed) == 1
