"""`sys.modules` in pinned code: a first-party name means the commit's module, every other name what it always means."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, write

FILES = {
    "shop": {
        "__init__.py": "",
        "goods.py": "VALUE = 'commit'\n",
        "late.py": "VALUE = 'commit'\n",
    },
}


def run(repo: Repo, text: str) -> ModuleType:
    """Import a module with a text from a commit; the working tree has other goods, which are imported."""
    commit_id = commit(repo, {**FILES, "shop": {**FILES["shop"], "look.py": text}})
    write(repo, {"shop": {"goods.py": "VALUE = 'working tree'\n"}})
    return zenml_pin.import_module("shop.look", commit_id, repo=repo.path)


@pytest.fixture(autouse=True)
def working_tree(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of the working tree is loaded under the plain name."""
    plain = ModuleType("shop.goods")
    vars(plain)["VALUE"] = "working tree"
    monkeypatch.setitem(sys.modules, "shop.goods", plain)


READS = {
    "subscript": "FOUND = sys.modules['shop.goods']",
    "get": "FOUND = sys.modules.get('shop.goods')",
    "default": "FOUND = sys.modules.setdefault('shop.goods', None)",
    "variable": "loaded = sys.modules\nFOUND = loaded['shop.goods']",
    "argument": "from operator import getitem\nFOUND = getitem(sys.modules, 'shop.goods')",
    "in a function": "def find(): return sys.modules['shop.goods']\nFOUND = find()",
    "under another name": "import sys as _sys\nFOUND = _sys.modules['shop.goods']",
    "in a text": "exec(\"FOUND = sys.modules['shop.goods']\")",
    "over two lines": "FOUND = (sys\n    .modules['shop.goods'])",
    "from": "from sys import modules\nFOUND = modules['shop.goods']",
    "from, renamed": "from sys import (path,\n  modules as m)\nFOUND = m['shop.goods']",
    "from, in a function": "def find():\n    from sys import modules\n    return modules['shop.goods']\nFOUND = find()",
    "from, in a class": "class A:\n    from sys import modules\nFOUND = A.modules['shop.goods']",
    "from, all": "from sys import *\nFOUND = modules['shop.goods']",
    "from, in a text": "exec(\"from sys import modules\\nFOUND = modules['shop.goods']\")",
    "sys renamed": "import sys as s, os\nFOUND = s.modules['shop.goods']",
    "sys renamed in a function": "def find():\n    import sys as s\n    return s.modules['shop.goods']\nFOUND = find()",
    "sys from a module": "from os import sys as s\nFOUND = s.modules['shop.goods']",
    "sys assigned": "s = sys\nFOUND = s.modules['shop.goods']",
    "sys in a named expression": "FOUND = (s := sys).modules and s.modules['shop.goods']",
    "sys as an attribute": "import os\nFOUND = os.sys.modules['shop.goods']",
    "sys by its name": "from importlib import import_module as get\nFOUND = get('sys').modules['shop.goods']",
    "getattr": "FOUND = getattr(sys, 'modules')['shop.goods']",
    "vars": "FOUND = vars(sys)['modules']['shop.goods']",
    "__dict__": "FOUND = sys.__dict__['modules']['shop.goods']",
}


@pytest.mark.parametrize("text", READS.values(), ids=READS)
def test_first_party_name_gives_the_commits_module(repo: Repo, text: str) -> None:
    """As in a checkout, where there is no other."""
    # Where all imports are lazy, the module is imported when its name is used.
    module = run(repo, f"import sys\nimport shop.goods\nshop.goods\n{text}\n")

    assert module.FOUND.VALUE == "commit"
    assert module.FOUND is sys.modules[module.FOUND.__name__]


def test_module_that_is_not_loaded_is_missing(repo: Repo) -> None:
    """The error has the name as it is written; the working tree's module does not answer."""
    text = "import sys\nHAS = 'shop.goods' in sys.modules\ntry:\n    sys.modules['shop.goods']\n"

    module = run(repo, f"{text}except KeyError as error:\n    SAID = error.args\n")

    assert (module.HAS, module.SAID) == (False, ("shop.goods",))


def test_module_that_code_puts_in_is_imported_from_the_pin(repo: Repo) -> None:
    """As `six.moves` is; no plain name is added."""
    text = (
        "import sys, types\nmoves = types.ModuleType('shop.moves')\nmoves.VALUE = 'put in'\n"
        "sys.modules['shop.moves'] = moves\nimport shop.moves\nfrom shop.moves import VALUE\n"
    )

    module = run(repo, text)

    assert module.VALUE == "put in"
    assert "shop.moves" not in sys.modules


def test_change_of_a_plain_name_stays_in_the_pin(repo: Repo) -> None:
    """Deleting and replacing mean the commit's module; the working tree's stays."""
    plain = sys.modules["shop.goods"]
    text = "import sys, shop.goods\ndel sys.modules['shop.goods']\nsys.modules.pop('shop.goods', None)\n"

    module = run(repo, f"{text}sys.modules.update({{'shop.late': sys}})\nimport shop.late as late\n")

    assert module.late is sys
    assert sys.modules["shop.goods"] is plain


def test_other_names_and_listings_are_the_real_ones(repo: Repo) -> None:
    """Libraries, the module itself, and all that goes over the names."""
    text = (
        "import sys, json\nOWN = sys.modules[__name__]\nJSON = sys.modules['json'] is json\n"
        "COUNT = len(list(sys.modules)) == len(sys.modules) == len(dict(sys.modules)) == len({**sys.modules})\n"
        "IS_DICT = isinstance(sys.modules, dict)\nSAME = sys.modules is sys.modules\n"
        "LISTED = [name for name in sys.modules if sys.modules[name] is not None]\n"
        "ALL = set(sys.modules.keys()) == set(sys.modules.copy())\nNAMED = __name__ in list(sys.modules)\n"
    )

    module = run(repo, text)

    assert module.OWN is module
    assert "shop.goods" not in module.LISTED
    assert all((module.JSON, module.COUNT, module.IS_DICT, module.SAME, module.ALL, module.NAMED))


def test_attribute_of_that_name_elsewhere_is_left_alone(repo: Repo) -> None:
    """`self.modules` is not `sys.modules`."""
    text = "class sys_like:\n    modules = {'shop.goods': 1}\nFOUND = sys_like.modules['shop.goods']\n"

    assert run(repo, text).FOUND == 1


def test_module_put_in_by_another_name_of_sys_is_found(repo: Repo) -> None:
    """Old code makes a module in this way, and imports it afterwards."""
    made = "import types\nmodules['shop.made'] = types.ModuleType('made')\nimport shop.made as FOUND\n"

    module = run(repo, f"from sys import modules\n{made}")

    assert module.FOUND.__name__ == "made"
    assert "shop.made" not in sys.modules


def test_expressions_of_the_same_form_keep_their_value(repo: Repo) -> None:
    """Only what is `sys.modules` when the code runs is replaced."""
    text = (
        "import sys as s\nclass A:\n    modules = 1\nFOUND = [getattr(A, 'modules'), vars(A)['modules']]\n"
        "s = A\nFOUND += [s.modules]\ns.modules = 2\ndel s.modules\nFOUND += [getattr(s, 'modules', 3)]\n"
    )

    assert run(repo, text).FOUND == [1, 1, 1, 3]
