"""Which tests of TYPE_CHECKING are false; the judge is Python, which runs the text."""

from __future__ import annotations

import builtins
import sys
import typing
from types import ModuleType
from typing import Any

import pytest

from zenml_pin.pins.text_facts import read_facts

FROM = "from typing import TYPE_CHECKING\n"
GUARDED = "if TYPE_CHECKING:\n    import guarded\n"
# Texts that import `guarded`.
TRUE = {
    "star import": f"{FROM}from settings_under_test import *\n{GUARDED}",
    "other import": f"{FROM}from settings_under_test import X as TYPE_CHECKING\n{GUARDED}",
    "walrus": f"{FROM}(TYPE_CHECKING := True)\n{GUARDED}",
    "for": f"{FROM}for TYPE_CHECKING in [1]: pass\n{GUARDED}",
    "with": f"{FROM}import contextlib\nwith contextlib.nullcontext(1) as TYPE_CHECKING: pass\n{GUARDED}",
    "except": f"{FROM}try:\n    1 / 0\nexcept Exception as TYPE_CHECKING:\n    if TYPE_CHECKING: import guarded\n",
    "match": f"{FROM}match 1:\n    case TYPE_CHECKING: pass\n{GUARDED}",
    "starred match": f"{FROM}match [1]:\n    case [*TYPE_CHECKING]: pass\n{GUARDED}",
    "mapping match": f"{FROM}match {{1: 1}}:\n    case {{**TYPE_CHECKING}}: pass\n{GUARDED}",
    "function": f"{FROM}def TYPE_CHECKING(): pass\n{GUARDED}",
    "class": f"{FROM}class TYPE_CHECKING: pass\n{GUARDED}",
    "parameter": f"{FROM}def f(TYPE_CHECKING=True):\n    if TYPE_CHECKING:\n        import guarded\nf()\n",
    "global": f"{FROM}def f():\n    global TYPE_CHECKING\n    TYPE_CHECKING = True\nf()\n{GUARDED}",
    "tuple": f"{FROM}TYPE_CHECKING, x = True, 1\n{GUARDED}",
    "annotated": f"{FROM}TYPE_CHECKING: bool = True\n{GUARDED}",
    "added to": f"TYPE_CHECKING = False\nTYPE_CHECKING += True\n{GUARDED}",
    "globals": f"{FROM}globals()['TYPE_CHECKING'] = True\n{GUARDED}",
    "globals, name in pieces": f"{FROM}globals()['TYPE_' + 'CHECKING'] = True\n{GUARDED}",
    "exec": f"{FROM}exec('TYPE_' + 'CHECKING = True')\n{GUARDED}",
    "other letters": f"{FROM}TYPE_\uff23HECKING = True\n{GUARDED}",
    "attribute of typing": f"import typing\ntyping.TYPE_CHECKING = True\n{FROM}{GUARDED}",
    "setattr": f"import typing\nsetattr(typing, 'TYPE_CHECKING', True)\n{FROM}{GUARDED}",
    "vars": f"import typing\nvars(typing).update(TYPE_CHECKING=True)\n{FROM}{GUARDED}",
    "other typing": "import typing\nclass typing: TYPE_CHECKING = 1\nif typing.TYPE_CHECKING:\n    import guarded\n",
    "parameter typing": "import typing\ndef f(typing):\n    if typing.TYPE_CHECKING:\n        import guarded\n"
    "class A: TYPE_CHECKING = 1\nf(A)\n",
}  # fmt: skip
FALSE = {
    "from typing": FROM + GUARDED,
    "alias": "from typing import TYPE_CHECKING as T\nif T:\n    import guarded\n",
    "typing": "import typing as t\nif t.TYPE_CHECKING:\n    import guarded\n",
    "set": "TYPE_CHECKING = False\n" + GUARDED,
    "either": f"try:\n    {FROM}except ImportError:\n    TYPE_CHECKING = False\n{GUARDED}",
    "other names": f"{FROM}import typing, os.path\nwith open(os.devnull) as file: pass\ndef f(x): pass\n{GUARDED}",
}


@pytest.fixture(autouse=True)
def _modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that texts import; `typing` is as before at the end."""
    monkeypatch.setattr(typing, "TYPE_CHECKING", False)
    settings = ModuleType("settings_under_test")
    vars(settings).update(TYPE_CHECKING=True, X=True)
    for module in (settings, ModuleType("guarded")):
        monkeypatch.setitem(sys.modules, module.__name__, module)


def imports_guarded(text: str) -> bool:
    """Tell whether a text's import of `guarded` counts."""
    return any("guarded" in statement.names for statement in read_facts(text.encode()).imports)


def runs(text: str) -> bool:
    """Tell whether Python imports `guarded` when it runs a text."""
    asked: list[str] = []

    def note(name: str, *rest: Any) -> object:
        asked.append(name)
        return builtins.__import__(name, *rest)

    own = {**vars(builtins), "__import__": note}
    exec(text, {"__builtins__": own, "__name__": "module_under_test"})
    return "guarded" in asked


@pytest.mark.parametrize("text", TRUE.values(), ids=TRUE)
def test_imports_count_under_a_name_that_something_else_may_bind(text: str) -> None:
    """Python runs them."""
    assert runs(text)
    assert imports_guarded(text)


@pytest.mark.parametrize("text", FALSE.values(), ids=FALSE)
def test_imports_for_type_checkers_do_not_count(text: str) -> None:
    """Python does not run them."""
    assert not runs(text)
    assert not imports_guarded(text)
