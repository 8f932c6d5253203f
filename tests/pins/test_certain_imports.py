"""The imports that certainly stop a load; the judge is the load itself."""

from __future__ import annotations

import pytest

import zenml_pin
from tests.support.repositories import Files, Repo, commit, put_commit, put_entries
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.certain_imports import find_refusal

A = "class A: pass\n"
MODELS: Files = {"__init__.py": "", "base.py": "X = 1\n"}

# The text of steps/a.py, and what the refusal says. The commit has the package `models`.
STOPS = {
    "submodule of a package": ("import models.gone\n", "steps/a.py:1 imports 'models.gone'"),
    "from a submodule": ("from models.gone import X\n", "steps/a.py:1 imports 'models.gone'"),
    "alias": ("import models.gone as gone\n", "steps/a.py:1 imports 'models.gone'"),
    "below a module": ("import models.base.gone\n", "steps/a.py:1 imports 'models.base.gone'"),
    "relative": ("\nfrom .gone import X\n", "steps/a.py:2 imports 'steps.gone'"),
    "relative to the parent": ("from ..models.gone import X\n", "steps/a.py:1 imports '..models.gone': it is above"),
    "in a class body": ("class B:\n    import models.gone\n", "steps/a.py:2 imports"),
    "in a try that only ends": ("try:\n    import models.gone\nfinally:\n    pass\n", "steps/a.py:2"),
    "in a module that it imports": ("import steps.broken\n", "steps/broken.py:1 imports 'models.gone'"),
    "in the parent of one": ("import package.part\n", "package/__init__.py:1 imports 'package._version'"),
    "in a submodule of a from-import": ("from steps import broken\n", "steps/broken.py:1 imports"),
}  # fmt: skip
# These load.
LOADS = {
    "all there": "import models.base\nfrom models import base\nfrom .b import Y\n",
    "attribute": "from models.base import X\n",
    "caught": "try:\n    import models.gone\nexcept ImportError:\n    pass\n",
    "branch": "if not A:\n    import models.gone\n",
    "for type checkers": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import models.gone\n",
    "in a function": "def f():\n    import models.gone\n",
    "put into sys.modules": "import sys, types\nsys.modules[__package__ + '.gone'] = types.ModuleType('gone')\n"
    "import steps.gone\n",
    "put into modules": "from sys import modules\nimport types\nmodules['steps.gone'] = types.ModuleType('gone')\n"
    "import steps.gone\n",
    "put into modules of a renamed sys": "import sys as s, types\ns.modules['models.gone'] = types.ModuleType('gone')\n"
    "import models.gone\n",
    "attribute of a package": "from attributes import broken\n",
    "library": "import json.decoder\n",
    "suppressed": "import contextlib\nwith contextlib.suppress(ImportError):\n    from models.gone import X\n",
    "suppressed in a class": "import contextlib\nwith contextlib.suppress(ImportError):\n    class B:\n"
    "        import models.gone\n",
    "suppressed in a module": "import contextlib\nwith contextlib.suppress(ImportError):\n    import steps.broken\n",
    "suppressed before it": "import contextlib\nwith contextlib.suppress(ZeroDivisionError):\n    1 / 0\n"
    "    import models.gone\n",
    "own context manager": "class Ignore:\n    def __enter__(self): pass\n    def __exit__(self, *error): return True\n"
    "with Ignore():\n    import models.gone\n",
    "own finder": "import steps.finder\nimport models.made\n",
    "loop": "for x in ():\n    import models.gone\n",
}
# Makes `models.made`, and removes itself then.
FINDER = """
import importlib.machinery, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.endswith("models.made"):
            sys.meta_path.remove(self)
            return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): pass
    def exec_module(self, module): pass
sys.meta_path.insert(0, Finder())
"""
AROUND: Files = {
    "models": MODELS,
    "package": {"__init__.py": "from ._version import version\n", "part.py": ""},
    "attributes": {"__init__.py": "broken = 1\n", "broken.py": "import models.gone\n"},
}


def refusal_of(repo: Repo, commit_id: str) -> str | None:
    """Return what stops the load of steps/a.py, in words."""
    with GitRepository.open(repo.path) as repository:
        refusal = find_refusal(CommitTree(repository.objects, commit_id), ("",), "steps/a.py", repo.path)
    return None if refusal is None else refusal.describe()


def steps(text: str) -> Files:
    """Return a commit's files, with a text before the class in steps/a.py."""
    own: Files = {
        "a.py": text + A,
        "b.py": "Y = 1\n",
        "broken.py": "import models.gone\n",
        "finder.py": FINDER,
    }
    return {**AROUND, "steps": own}


@pytest.mark.parametrize(("text", "words"), STOPS.values(), ids=STOPS)
def test_import_that_stops_the_load_is_found(repo: Repo, text: str, words: str) -> None:
    """With file and line; and the load is refused there."""
    commit_id = commit(repo, steps(text))

    refusal = refusal_of(repo, commit_id)

    assert refusal is not None
    assert refusal.startswith(words)
    with pytest.raises(zenml_pin.PinnedImportError):
        zenml_pin.load(f"steps.a.A@{commit_id}", repo=repo.path)


@pytest.mark.parametrize("text", LOADS.values(), ids=LOADS)
def test_code_that_loads_is_not_refused(repo: Repo, text: str) -> None:
    """An import that may not run, or whose error may be caught, does not count."""
    commit_id = commit(repo, steps(f"A = 1\n{text}"))

    assert refusal_of(repo, commit_id) is None
    assert zenml_pin.load(f"steps.a.A@{commit_id}", repo=repo.path).__name__ == "A"


def test_submodule_of_git_and_native_code_are_named(repo: Repo) -> None:
    """The reason says what is there instead of a module."""
    text = "import shared.lib\n"
    head = commit(repo, {"steps": {"a.py": text + A, "n.abi3.so": b"\x7fELF"}})
    with GitRepository.open(repo.path) as repository:
        folder = CommitTree(repository.objects, head).get("steps").id
    linked = put_commit(repo, put_entries(repo, [(0o160000, "shared", head), (0o40000, "steps", folder)]))

    assert refusal_of(repo, linked) == (
        "steps/a.py:1 imports 'shared': it is a submodule, whose files are in another repository"
    )
    native = commit(repo, {"steps": {"a.py": f"from . import n\n{A}", "n.abi3.so": b"\x7fELF"}})
    assert refusal_of(repo, native) == "steps/a.py:1 imports 'steps.n': it is native code"


@pytest.mark.slow
def test_long_chain_of_imports_is_followed(repo: Repo) -> None:
    """A thousand modules, each of which imports the next, and the last one a module that is missing."""
    chain: dict[str, str] = {f"m{n}.py": f"import chain.m{n + 1}\n" for n in range(1000)}
    files: Files = {"steps": {"a.py": f"import chain.m0\n{A}"}, "chain": {"__init__.py": "", **chain}}
    commit_id = commit(repo, files)

    assert refusal_of(repo, commit_id) == (
        "chain/m999.py:1 imports 'chain.m1000': the commit has no such module"
    )
