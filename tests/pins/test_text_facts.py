"""Facts about texts: a text that is parsed in parts has the facts of the whole text."""

from __future__ import annotations

import ast
import random
from ast import parse

import pytest

from zenml_pin.importing.rewriting.place_words import find_places
from zenml_pin.pins.text_facts import read_facts

PIECES = [
    "import a\n",
    "from . import b, c as d\n",
    "def f():\n    from e import *\n",
    "class A:\n    import g.h\n",
    "async def f():\n    import i\n",
    "@decorated\n",
    "@decorated(\n    1,\n\n\n)\n",
    "if x:\n",
    "if x:\n    import j\n\nelse:\n    import k\n",
    "try:\n    import m\n",
    "'''\n",
    '"""import n\n\ndef f():\n"""\n',
    "x = (\n",
    ")\n",
    "    import o\n",
    "x = 1 \\\n",
    "print 'old'\n",
    "# coding: latin-1\n",
    "s = '\u00e9'; import p\n",
    "exec(y)\n",
    "\f\n",
    "    def g(self):\n        import q\n",
    "    class B:\n        import r\n",
    "    async def h(self):\n        yield\n",
    "    @decorated\n    def g(self):\n        return 1\n",
    "    @decorated\n",
    "    def g(self):\n        pass\n    import t\n",
    "    def g(self):\n        pass\nelse:\n    import u\n",
    "    def g(self):\n        pass\nimport w\n",
    "class A:\n  y = 1\n",
    "class A:\n\tdef f(self): pass\n",
    "def f():\n    def g():\n        nonlocal z\n",
    "class A:\n    def f(self):\n        'a'\n",
    "with x:\n    import v\n",
    "if x: import aa\n",
    "y = 1;\\\n  import ab\n",
    "def f():\n    '''\n    >>> import ac\n    '''\n",
    "\ufefffrom ad import ae\n",
    "import af; x = (\n\n1)\n",
    "from ag import (\n    ah,\n\n    ai,\n)\n",
    "'''\n\nfrom aj import ak\n\nimport al\n\n'''\n",
    "where = __file__\n",
    "    def g(self):\n        return call(__name__)\n",
    "sys.modules[x] = y\n",
    "x = \uff47etfile(y)\n",
]


@pytest.mark.parametrize("seed", range(16))
def test_facts_are_those_of_the_whole_text(seed: int) -> None:
    """However pieces of code follow each other: strings and brackets that stay open, decorators, half statements."""
    chance = random.Random(seed)
    texts = ["\n\n".join(chance.choices(PIECES, k=chance.randrange(1, 8))) for _ in range(100)]
    # A text with this word is parsed as a whole.
    whole = [f"{text}\n\nTYPE_CHECKING\n" for text in texts]

    found = [read_facts(f"{text}\n\n".encode()) for text in texts]

    expected = [read_facts(text.encode()) for text in whole]
    assert [facts._fields()[:2] for facts in found] == [facts._fields()[:2] for facts in expected]
    assert [facts.error for facts in found] == [facts.error for facts in expected]
    assert [facts.changes_imports for facts in found] == ["sys.modules" in text for text in texts]
    for text, facts in zip(texts, found, strict=True):
        assert facts.speaks_of_places or find_places(text) is None
    assert not all(facts.speaks_of_places for facts in found if not facts.error)


def test_parts_keep_their_lines() -> None:
    """A statement's line is counted from the start of the text."""
    text = b"import a\n\n\ndef f():\n    import b\n\n\n@x\ndef g():\n    import c\n"

    found = read_facts(text)

    assert [(item.line, item.names) for item in found.imports] == [(1, ("a",)), (5, ("b",)), (10, ("c",))]


def test_new_method_leaves_the_others_unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that changes one method costs a parse of that method."""
    methods = [f"    def f{number}(self):\n        import m{number}\n" for number in range(20)]
    texts = [
        "class A:\n    x = 1\n\n" + "\n".join([*methods, last])
        for last in ("", "    def g(self): import n\n")
    ]
    read_facts(texts[0].encode())
    parsed: list[bytes] = []

    def count(text: bytes) -> ast.Module:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(ast, "parse", count)

    found = read_facts(texts[1].encode())

    assert [item.names for item in found.imports] == [*((f"m{number}",) for number in range(20)), ("n",)]
    assert len(parsed) <= 2


def test_key_of_another_dict_is_not_the_all_of_a_module() -> None:
    """Environments of several agents say with such a key that all of them are done."""
    texts = [
        b"done['__all__'] = True\n",
        b"done.update({'__all__': True})\n",
        b"sys.modules[x].__dict__['__all__'] = y\n",
    ]

    assert [read_facts(text).changes_packages for text in texts] == [False, False, True]


def test_only_the_path_of_sys_is_its_path() -> None:
    """Nodes of a graph, and walks through it, often have a list of that name."""
    texts = [
        b"class G:\n    def f(self, node):\n        self.path.append(node)\n",
        b"import sys as s\ndef f(self, node):\n    self.path.append(node)\n",
        b"import sys as s\n\ndef f():\n    s.path += ['lib']\n",
        b"from  sys import path\n",
    ]

    facts = [read_facts(text) for text in texts]

    assert [(one.uses_path, one.reaches) for one in facts] == [(False, False)] * 2 + [(True, True)] * 2


READ_ONLY = [
    "import sys\nself._modules[name] = layer\n",
    "# The path of sys\nself.submodules.update(sys)\n",
    "import sys\nself.modules[sys] = 1\nself.modules.update(x)\n",
    "import sys\nx = sys.modules[__name__]\nif 'a' in sys.modules and sys.modules['a', b]: pass\n",
    "import sys\nfor x in list(sys.modules.values()): len(sys.modules)\n",
    "import sys\nm = sys.modules\nx = m['a'] if 'a' in m else m.get('b')\n",
    "import sys\ndel sys.modules['a']\nsys.modules.pop('b')\n",
    '"As in sys.modules[x] = y, and in __path__ = [], lib.__all__ = []."\n',
    "# typing.TYPE_CHECKING = True\nif typing.TYPE_CHECKING: import a\n",
    "f(__package__, name)\n",
]


@pytest.mark.parametrize("text", READ_ONLY)
def test_text_that_only_reads_changes_no_module(text: str) -> None:
    """Layers of a network are also called modules; comments and docstrings run nothing."""
    facts = read_facts(text.encode())

    assert facts.error == ""
    assert (facts.reaches, facts.changes_packages) == (False, False)


ITS_PACKAGE = [
    "for x in __path__: print(__path__)\nx = pkgutil.iter_modules(path=__path__)\n",
    "__path__ = extend_path(__path__, __name__)\n",
    "path = getattr(module, '__path__', None)\nfind(path, package.__path__)\n",
    "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
    "__all__ = ['a', *b.__all__] + c.__all__\n__all__ += d.__all__\n__all__.extend(e.__all__)\n",
    "from b import __all__ as names\n__all__ = ['a'] + names\n__all__ += names\n",
]


@pytest.mark.parametrize("text", ITS_PACKAGE)
def test_text_that_only_reads_changes_no_package(text: str) -> None:
    """`extend_path` only adds the folders of the same package in other roots."""
    facts = read_facts(text.encode())

    assert (facts.error, facts.changes_packages) == ("", False)


@pytest.mark.parametrize("ending", ["", "print 'old'\n"], ids=["parsed", "not parsed"])
def test_text_that_cannot_be_parsed_is_searched_for_changes(ending: str) -> None:
    """It may be code of another Python."""
    facts = read_facts(f"import sys\nsys.modules['a'] = b\nlib.__all__ = []\n{ending}".encode())

    assert (facts.reaches, facts.changes_packages) == (True, True)
