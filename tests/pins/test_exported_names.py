"""The names in `__all__` as far as a text shows them; the judge is Python, which runs the text."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from tests.support.repositories import Repo, commit
from zenml_pin import Source
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.code_id import code_id
from zenml_pin.pins.exported_names import exports

# The text of a package's `__init__`, whose `__all__` is ["mn"] when it has run.
UNKNOWN = {
    "imported": "from all_names import __all__\n",
    "imported by another name": "from all_names import names as __all__\n",
    "for": "for __all__ in [['mn']]: pass\n",
    "with": "import contextlib\nwith contextlib.nullcontext(['mn']) as __all__: pass\n",
    "match": "match ['mn']:\n    case __all__: pass\n",
    "starred match": "match ['mn']:\n    case [*__all__]: pass\n",
    "walrus": "(__all__ := ['mn'])\n",
    "tuple target": "__all__, x = ['mn'], 1\n",
    "starred target": "x, *__all__ = 1, 'mn'\n",
    "second name": "__all__ = x = []\nx.append('mn')\n",
    "alias": "__all__ = []\nx = __all__\nx.append('mn')\n",
    "global": "def f():\n    global __all__\n    __all__ = ['mn']\nf()\n",
    "changed in a function": "__all__ = []\ndef f(): __all__.append('mn')\nf()\n",
    "method of it as an argument": "__all__ = []\nset(map(__all__.append, ['mn']))\n",
    "given to a function": "__all__ = []\n(lambda names: names.append('mn'))(__all__)\n",
    "globals": "globals()['__all__'] = ['mn']\n",
    "globals, read and changed": "__all__ = []\nglobals()['__all__'].append('mn')\n",
    "globals, keyword": "globals().update(__all__=['mn'])\n",
    "globals, name in pieces": "globals()['__al' + 'l__'] = ['mn']\n",
    "frame": "import sys\nsys._getframe().f_globals['__al' + 'l__'] = ['mn']\n",
    "vars": "vars()['__al' + 'l__'] = ['mn']\n",
    "exec": "exec('__al' + 'l__ = [\"mn\"]')\n",
    "exec of builtins": "import builtins\nbuiltins.exec('__al' + 'l__ = [\"mn\"]')\n",
    "eval": "eval(compile('__al' + 'l__ = [\"mn\"]', '', 'exec'))\n",
    "own module": "import sys\nm = sys.modules[__name__]\nm.__dict__.update({'__al' + 'l__': ['mn']})\n",
    "setattr": "import sys\nsetattr(sys.modules[__name__], '__all__', ['mn'])\n",
    "module getattr": "def __getattr__(name):\n    if name[2:5] == 'all': return ['mn']\n    raise AttributeError\n",
    "module getattr, branch": "if not 1:\n    __all__ = ['a']\n__getattr__ = lambda name: ['mn']\n",
    "split": "__all__ = 'mn'.split()\n",
    "sum of texts": "__all__ = ['m' + 'n']\n",
    "percent": "__all__ = ['%sn' % 'm']\n",
    "slice": "__all__ = ['xmn'[1:]]\n",
    "slice of a list": "__all__ = ['x', 'mn'][1:]\n",
    "join": "__all__ = [''.join(['m', 'n'])]\n",
    "lower": "__all__ = ['MN'.lower()]\n",
    "replace": "__all__ = ['m_n'.replace('_', '')]\n",
    "other letters": "__\uff41ll__ = ['m' + 'n']\n",
    "comprehension": "__all__ = [n for n in ('mn',)]\n",
    "dict": "__all__ = list({'mn': 1})\n",
    "insert": "__all__ = []\n__all__.insert(0, 'mn')\n",
    "slice assignment": "__all__ = []\n__all__[:] = ['mn']\n",
    "starred": "x = ['mn']\n__all__ = [*x]\n",
}  # fmt: skip
# What may be imported: names that are removed or in another branch are among it.
KNOWN = {
    "none": ("import sys\n", ()),
    "list": ("__all__ = ['a', 'b']\n", ("a", "b")),
    "tuple": ("__all__ = 'a', 'b'\n", ("a", "b")),
    "pieces of one text": ("__all__ = ['a' 'b']\n", ("ab",)),
    "annotated": ("__all__: list[str] = ['a']\n", ("a",)),
    "sum": ("__all__ = ['a'] + ['b', 'c'] + ['d']\n", ("a", "b", "c", "d")),
    "sum with itself": ("__all__ = ['a']\n__all__ = __all__ + ['b']\n", ("a", "b")),
    "more": ("__all__ = ['a']\n__all__ += ['b']\n__all__ += ('c',)\n", ("a", "b", "c")),
    "methods": ("__all__ = []\n__all__.append('a')\n__all__.extend(['b'])\n__all__.remove('a')\n", ("a", "b")),
    "branches": ("try:\n    __all__ = ['a']\nexcept NameError:\n    __all__ = ['b']\n", ("a", "b")),
    "read": ("__all__ = ['a']\nfor n in __all__:\n    assert n in __all__, __all__[0]\nlen(__all__)\n", ("a",)),
    "dir": ("__all__ = ['a']\ndef __dir__():\n    return __all__\n", ("a",)),
    "getattr": ("__all__ = ['a']\ndef __getattr__(name): raise AttributeError(name)\n", ("a",)),
    "getattr of a class": ("class A:\n    def __getattr__(self, name): return 1\n", ()),
    "globals that are read": ("x = globals()['__name__']\n", ()),
}  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_all_that_a_text_does_not_list_is_unknown(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever binds the name, or makes the texts in it; Python finds "mn" there."""
    monkeypatch.setitem(sys.modules, "all_names", names := ModuleType("all_names"))
    monkeypatch.setattr(names, "names", ["mn"], raising=False)
    monkeypatch.setattr(names, "__all__", ["mn"], raising=False)
    module = ModuleType("package_under_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    exec(text, module.__dict__)

    assert module.__all__ == ["mn"]
    assert exports(text.encode()) is None


@pytest.mark.parametrize(("text", "names"), KNOWN.values(), ids=KNOWN)
def test_listed_names_are_known(text: str, names: tuple[str, ...]) -> None:
    """They are all names that `__all__` has when Python has run the text."""
    module = ModuleType("package_under_test")

    exec(text, module.__dict__)

    assert exports(text.encode()) == names
    assert set(getattr(module, "__all__", ())) <= set(names)


def test_letters_of_a_text_are_not_names_that_are_known() -> None:
    """`__all__ = "mn"` names the modules "m" and "n"."""
    assert exports(b"__all__ = 'mn'\n") is None
    assert exports(b"__all__ = []\n__all__ += 'mn'\n") is None


def test_unknown_all_may_import_every_module_of_its_package(repo: Repo) -> None:
    """Two commits that differ in such a module have two code ids."""
    files = {"__init__.py": "from .names import __all__\n", "names.py": "__all__ = ['q']\n"}
    step = {"step.py": "from pk import *\nclass A: v = q.v\n"}
    ids = [commit(repo, {"steps": step, "pk": {**files, "q.py": f"v = {n}\n"}}) for n in (1, 2)]

    with GitRepository.open(repo.path) as repository:
        first, second = [code_id(Source.parse(f"steps.step.A@{item}"), repository) for item in ids]

    assert first != second
