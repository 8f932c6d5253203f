"""Rewriting: which files it must parse, and what it leaves unchanged."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Callable
from importlib.util import decode_source
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import example, given, strategies as st

from tests.support.importing.library_files import LIBRARY_FILES, ROOT
from tests.support.importing.two_versions import World
from tests.support.thorough import usually
from zenml_pin.importing.rewriting.import_scan import import_roots, needs_parsing
from zenml_pin.importing.rewriting.imports import Rewriter
from zenml_pin.importing.rewriting.names import VIEWS
from zenml_pin.importing.rewriting.route import PLAIN, Route


def roots_by_parsing(tree: ast.AST) -> set[str]:
    """Return the first part of every absolute import."""
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            roots.add((node.module or "").partition(".")[0])
    return roots


def check_file(path: Path) -> bool:
    """Compare one file's rewriting with plain compilation; return whether the file is Python."""
    try:
        text = decode_source(path.read_bytes())
        tree = ast.parse(text)
        plain = compile(text, "x.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return False
    assert roots_by_parsing(tree) <= import_roots(text)
    rewriter = Rewriter(ROOT, 100, lambda root: Route(PLAIN))
    rewriter.rewrite(tree)
    code = compile(tree, "x.py", "exec", dont_inherit=True)
    if rewriter.changed:
        assert needs_parsing(text, 100)
        # `import importlib.util` gets a temporary name, and the code then names each part of it.
        parts = {part for root in VIEWS for part in root.split(".")} | {"abc", "machinery"}
        new = {name for name in names_of(code) - names_of(plain) if "zenml_pin" not in name}
        assert new <= parts
    else:
        assert code == plain
    return True


def names_of(code: object) -> set[str]:
    """Return every name in a code object and in the code objects inside it."""
    names: set[str] = set()
    todo: list[object] = [code]
    while todo:
        one = todo.pop()
        if isinstance(one, CodeType):
            names |= {*one.co_names, *one.co_varnames, *one.co_freevars}
            todo += one.co_consts
    return names


@pytest.mark.filterwarnings("ignore")
def test_sample_of_the_standard_library_is_compiled_as_written() -> None:
    """Code that is not routed compiles as a plain import compiles it."""
    sample = LIBRARY_FILES[::176]

    assert sum(check_file(path) for path in sample) > 0.9 * len(sample)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(0, 16, usually(4, 1)))
@pytest.mark.filterwarnings("ignore")
def test_standard_library_is_compiled_as_written(part: int) -> None:
    """A quarter of the standard library with its tests, or every file."""
    files = LIBRARY_FILES[part::16]

    checked = sum(check_file(path) for path in files)

    print(f"{checked} of {len(files)} files")
    assert checked > 0.95 * len(files)


SPACES = st.sampled_from([" ", "\t", "  ", " \\\n ", "\f ", "\\\n\t"])
NAMES = st.sampled_from(
    [
        "a",
        "helper",
        "été",
        "e\u0301te\u0301",  # decomposed: Python reads it as its composed form
        "ﬁle",  # a ligature: Python reads it as "file"
        "हिन्दी",  # vowel signs are letters to Python, not to a regular expression's \w
        "l·l",  # a middle dot may continue a name
        "x℘",
        "_x1",
        "ªb",
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> str:
    """An import statement in an unusual position, with unusual spaces."""

    def space() -> str:
        return draw(SPACES)

    def maybe() -> str:
        return draw(st.one_of(st.just(""), SPACES))

    dotted = f"{maybe()}.{maybe()}".join(draw(st.lists(NAMES, min_size=1, max_size=3)))
    if draw(st.booleans()):
        others = draw(st.lists(NAMES, max_size=2))
        alias = f"{space()}as{space()}{draw(NAMES)}" if draw(st.booleans()) else ""
        names = f"{maybe()},{maybe()}".join([dotted + alias, *others])
        statement = f"import{space()}{names}"
    else:
        inner = draw(st.sampled_from(["x", "(x)", "(\n x,\n y)", "*", "x as y, z"]))
        statement = f"from{space()}{dotted}{space()}import{maybe() if inner[0] in '(*' else space()}{inner}"
    before = draw(
        st.sampled_from(
            [
                *("", "if 1: ", "x = 1; ", "x = 1;", "try: pass\nfinally: ", "'''\n''';", "\f"),
                # A text may contain a lookalike of a statement; a comment ends where a statement would continue.
                *("if 'import b': ", "if 'from b': ", "# \\\n", "# import b \\\n", "x = 1 # from b.\\\n"),
                *("x = '#' + \\\n''; ", "x = 1 \\\n# \\\n"),
            ]
        )
    )
    return before + statement + draw(st.sampled_from(["", "\n", ";", " # import c", "; pass"]))


@pytest.mark.slow
@given(statements())
@example("from हिन्दी import x")
@example("# C:\\data\\\nimport a")
@example("# from b \\\nfrom a import c")
@example("if 'import b': import a")
def test_no_import_is_overlooked(text: str) -> None:
    """Whatever the spaces, the position and the letters are, the scan finds an absolute import's root."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError:
        return

    assert roots_by_parsing(tree) <= import_roots(text)


@pytest.mark.parametrize(
    "text", ["from .a import x", "from . import x", "from .\\\n.a import x", "yield_from = 1"]
)
def test_relative_imports_have_no_root(text: str) -> None:
    """They need no routing."""
    assert roots_by_parsing(ast.parse(text)) == set()
    assert "x" not in import_roots(text)


def test_relative_import_above_the_pin_is_reported() -> None:
    """A statement that leaves the pin must be parsed, however its dots are written."""
    assert needs_parsing("from . \\\n . import x", 1)
    assert needs_parsing("from... import x", 2)
    assert not needs_parsing("from .. import x", 2)


def test_deep_chain_of_elif_is_rewritten() -> None:
    """A generated file may be nested as deep as it is long."""
    text = "if x == 0: import a\n" + "".join(f"elif x == {n}: import a\n" for n in range(1, 500))
    limit = sys.getrecursionlimit()
    tree = ast.parse(text)

    Rewriter(ROOT, 1, lambda root: Route("pinned", root)).rewrite(tree)

    assert sys.getrecursionlimit() == limit
    assert sum(isinstance(node, ast.Delete) for node in ast.walk(tree)) == 500


ANNOTATED = (
    "def f(x: compile, *a: 'exec', y: list[eval] = eval) -> exec: pass\n"
    "class C:\n    z: compile = compile\n"
    "w: type(compile) = exec\n"
)


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_names_in_annotations_are_as_they_are_written(build: Callable[..., World], future: str) -> None:
    """They are shown in help and signatures; what is called in one still goes into the pin."""
    import inspect

    text = f"{future}{ANNOTATED}def g(x: __import__('helper').T): pass\n"
    world = build({"made.py": text, "helper.py": "class T: v = 'VERSION'\n"})
    module = world.module("made")

    assert str(inspect.signature(module.f)).count("__zenml_pin") == 0
    assert "zenml_pin" not in repr(module.C.__annotations__)
    if not future:
        assert module.g.__annotations__["x"].v == "v1"
        assert module.f.__annotations__["x"] is compile
