"""What import statements bind: each case runs once as a plain import and once from a pin, with one outcome."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.support.importing.normal_values import without_pins_and_paths
from tests.support.repositories import Repo, commit

PACKAGES: dict[str, Any] = {
    "a": {
        "__init__.py": "N = 'a'\n_hidden = 1\n",
        "b.py": "N = 'a.b'\n_hidden = 1\n",
        "c.py": "__all__ = ['N', '_shown']\nN = 'a.c'\n_shown = 2\nunseen = 3\n",
        "deep": {"__init__.py": "N = 'a.deep'\n", "er.py": "from .. import N as up\nfrom ..b import N\n"},
    },
    "shadow": {"__init__.py": "import shadow.b\nb = 5\nc = 6\n", "b.py": "", "c.py": ""},
    "early": {"__init__.py": "b = 5\n", "b.py": "N = 'early.b'\n"},
    "starred": {"__init__.py": "__all__ = ['sub', 'N']\nN = 'starred'\n", "sub.py": "N = 'starred.sub'\n"},
    "lazy": {
        "__init__.py": "def __getattr__(name):\n    if name == 'late': return 7\n    raise AttributeError(name)\n"
    },
    "swapped.py": "import sys\nclass Other: N = 'swapped'\nsys.modules[__name__] = Other()\n",
    "p": {
        "__init__.py": "",
        "q.py": "import p.r\nimport p.r as r\nN = 'q'\ndef get(): return p.r.N, r.N\n",
        "r.py": "import p.q\nimport p.q as q\nfrom p import q as again\nN = 'r'\ndef get(): return p.q.N, q is again\n",
    },
    "knot": {
        "__init__.py": "",
        "one.py": "from knot.two import x\n",
        "two.py": "from knot.one import y\nx = 1\n",
    },
    "broken.py": "N = 1\n1 / 0\n",
    "raises.py": "import missing_library_of_nobody\n",
}


def read_cases(name: str) -> dict[str, str]:
    """Return the module texts of a file, each below a line "== its name"."""
    text = Path(__file__).with_name(name).read_text()
    parts = f"\n{text}".split("\n== ")[1:]
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


CASES = read_cases("bindings.txt")
NESTED = read_cases("bindings_in_a_package.txt")


def outcome(load: Any, name: str) -> Any:
    """Return a case's R, or what it raised."""
    try:
        return without_pins_and_paths(load(name).R)
    except Exception as error:
        return (
            type(error).__name__,
            without_pins_and_paths(str(error)),
            without_pins_and_paths(getattr(error, "name", None)),
        )


def both(repo: Repo, files: dict[str, Any], name: str) -> tuple[Any, Any]:
    """Return a module's outcome as a plain import, and from a pin."""
    commit_id = commit(repo, files)
    before = set(sys.modules)
    sys.path.insert(0, repo.path)
    plain = outcome(importlib.import_module, name)
    sys.path.remove(repo.path)
    roots = {name.partition(".")[0] for name in files}
    for loaded in set(sys.modules) - before:
        if loaded.partition(".")[0].removesuffix(".py") in {root.removesuffix(".py") for root in roots}:
            del sys.modules[loaded]
    importlib.invalidate_caches()
    for path in repo.path, f"{repo.path}/a":
        sys.path_importer_cache.pop(path, None)
    pinned = outcome(lambda name: zenml_pin.import_module(name, commit_id, repo=repo.path), name)
    return plain, pinned


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_statement_binds_what_a_plain_import_binds(repo: Repo, text: str) -> None:
    """There is one outcome: the same values, names, types and messages."""
    plain, pinned = both(repo, {**PACKAGES, "case.py": text}, "case")

    assert pinned == plain


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_statement_in_a_package_binds_what_a_plain_import_binds(repo: Repo, text: str) -> None:
    """There is one outcome, relative imports included."""
    files = {**PACKAGES, "a": {**PACKAGES["a"], "case.py": text}}

    plain, pinned = both(repo, files, "a.case")

    assert pinned == plain
