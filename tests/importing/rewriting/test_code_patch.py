"""Relabelling makes the same code as the rewriter; where that is not certain, it leaves the text to the rewriter."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from importlib.util import decode_source
from pathlib import Path

import pytest

from tests.support.importing.library_files import LIBRARY_FILES, ROOT
from tests.support.importing.two_versions import World
from tests.support.thorough import usually
from zenml_pin.importing.rewriting.code_patch import find_names, relabel
from zenml_pin.importing.rewriting.import_scan import import_roots, needs_parsing
from zenml_pin.importing.rewriting.imports import Rewriter
from zenml_pin.importing.rewriting.route import PINNED, PLAIN, Route

RELABELLED = {
    "dotted": "from a.b import x",
    "several": "from a.b import x\nfrom a.c import y as z, w\nfrom b import q",
    "one name": "from a import x",
    "star": "from a.b import *",
    "in a function": "def f():\n    from a.b import x\n    return x",
    "in a class in a function": "def f():\n    class A:\n        from a import x\n        from a.b import y",
    "in a lambda's neighbour": "g = lambda: 1\nfrom a.b import x",
    "blanks": "from a . b import x",
    "the name elsewhere, where it is dotted": "from a.b import x\na = 1\nprint(a, x.a)",
    "an alias of that name": "from a.b import a",
    "in a docstring, after from": "'''from a import x'''\nfrom a import x",
    "continued": "from a.b \\\n    import x",
    "in brackets": "from a.b import (\n    x,\n    y,\n)",
    "beside one's own modules": "from a.b import x\nfrom .c.d import y",
}
LEFT = {
    "import": "import a",
    "import dotted": "import a.b",
    "import as": "import a.b as c",
    "import among others": "import os, a",
    "the name is a variable too": "from a import x\na = 1",
    "the name is an attribute too": "from a import x\nx.a",
    "the name is bound": "from a import a",
    "the name in a text": "from a import x\nprint('a')",
    "letters beyond ASCII": "from a.b import x\né = 1",
    "a name that a class would mangle": "class A:\n    from __a import x",
    "a name that a class has mangled": "from _A__a import x\nclass A:\n    y = __a",
    "one's own module of that name": "from a.b import x\nfrom .a.b import y",
    "one's own module of that name alone": "from a.c import x\nfrom . a.b import y",
    "a comment that seems to go on": "# from b \\\nfrom a import x",
}


def rewritten(text: str, routed: dict[str, Route]) -> object:
    """Return the code that the syntax tree gives."""
    tree = ast.parse(text)
    Rewriter(ROOT, 100, lambda root: routed.get(root) or Route(PLAIN)).rewrite(tree, calls=False)
    return compile(tree, "x.py", "exec", dont_inherit=True)


def relabelled(text: str, routed: dict[str, Route]) -> object:
    """Return the code that relabelling gives; None if it leaves the text to the rewriter."""
    names = find_names(text, routed)
    return names and relabel(compile(text, "x.py", "exec", dont_inherit=True), ROOT, names)


@pytest.mark.parametrize("target", ["a", "src.a"])
@pytest.mark.parametrize("text", RELABELLED.values(), ids=RELABELLED)
def test_code_is_the_rewriters(text: str, target: str) -> None:
    """Equal to the last position in a line."""
    routed = {"a": Route(PINNED, target)}

    assert relabelled(text, routed) == rewritten(text, routed)


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_what_is_not_certain_is_left_to_the_rewriter(text: str) -> None:
    """A name without a dot in the code could belong to a variable."""
    assert relabelled(text, dict.fromkeys(["a", "__a", "_A__a"], Route(PINNED, "a"))) is None


def check_file(path: Path) -> int:
    """Compare both ways for each imported root, as if it were first-party; return the number of comparisons."""
    try:
        text = decode_source(path.read_bytes())
        compile(text, "x.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return 0
    compared = 0
    for root in import_roots(text) - {"__future__"} if not needs_parsing(text, 100) else ():
        routed = {root: Route(PINNED, root)}
        code = relabelled(text, routed)
        assert code is None or code == rewritten(text, routed), (path, root)
        compared += code is not None
    return compared


def test_code_of_library_files_is_the_rewriters() -> None:
    """A sample of the standard library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert sum(map(check_file, LIBRARY_FILES[::80])) > 2


@pytest.mark.slow
def test_code_of_many_library_files_is_the_rewriters() -> None:
    """Every twentieth file of the standard library, or every fourth."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert sum(map(check_file, LIBRARY_FILES[:: usually(20, 4)])) > usually(15, 75)


def test_code_with_constant_slices_is_the_same_for_each_pin(build: Callable[..., World]) -> None:
    """From Python 3.14 on a slice is a constant, which only the newest formats of marshal can hold."""
    text = "from helper import value\nx = (value[0:2], 'abcdef'[1:3], [1, 2, 3][::2])\n"
    files = {
        "plain.py": text,
        "rewritten.py": "import helper, importlib\n" + text,
        "helper.py": "value = 'VERSION'\n",
    }
    world = build(files)

    for name in ("plain", "rewritten"):
        assert world.module(name).x == ("v1", "bc", [1, 3])
        assert world.module(name, world.second).x == ("v2", "bc", [1, 3])
