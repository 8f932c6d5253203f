"""Shapes of trees: an import search that uses what the process knows finds what a search of every file finds."""

from __future__ import annotations

import random

import pytest

from tests.support.repositories import Repo, commit, nest
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.import_closure import find_closure, find_known_closure
from zenml_pin.pins.tree_shape import shape_of

TEXTS = [
    "import pkg.other\n",
    "from . import helper\n",
    "from .helper import *\n",
    "from pkg import *\n",
    "from .. import missing\nimport numpy\n",
    "if x:\n    from pkg.sub import helper\nelse:\n    import lib.deep\n",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lib\nelse:\n    import pkg.other\n",
    "print 'old'\n",
    "try:\n    import lib\nexcept ImportError:\n    import pkg\nfinally:\n    import lib.deep\n",
    "def f():\n    with x:\n        import pkg.sub.late\n",
    "__all__ = ['helper', 'other']\n",
    "from . import helper\n__path__.append(x)\n",
    "import pkg\npkg.__all__ = x\n",
    "import pkg.other; import pkg.helper\n",
    "import pkg.other\nimport pkg.helper\n",
    "",
]
PATHS = ["pkg/__init__.py", "pkg/other.py", "pkg/helper.py", "pkg/sub/__init__.py", "pkg/sub/helper.py"]
PATHS += ["pkg/sub/step.py", "pkg/sub/late.py", "lib/deep.py", "lib/native.so", "lib.py", "src/lib.py"]
# Some of these take the place of others: a package that of a module, native code that of both.
MORE = [
    "pkg/other/__init__.py",
    "pkg/helper/__init__.py",
    "pkg/sub/late/__init__.py",
    "lib/__init__.py",
    "pkg/free.py",
]
MORE += [
    "pkg/other.cpython-99-x.so",
    "pkg/sub/helper.so",
    "lib/deep/x.py",
    "pkg/missing.py",
    "missing.pyc",
    "late.py",
]
MORE += [
    "pkg/sub/__init__.cpython-99-x.so",
    "pkg/data.txt",
    "pkg/sub/extra/__init__.py",
    "pkg/sub/extra/more.py",
]


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("seed", range(6))
def test_search_with_a_shape_finds_the_same(repo: Repo, seed: int) -> None:
    """In random histories whose files come, go and change."""
    chance = random.Random(seed)
    files = {"pkg/sub/step.py": TEXTS[1], "README.md": "x"}
    found = 0
    with GitRepository.open(repo.path) as repository:
        for _ in range(30):
            path = chance.choice(PATHS)
            if chance.random() < 0.2 and path != "pkg/sub/step.py":
                files.pop(path, None)
            else:
                # Lines above move the statements; a shared line may become two.
                files[path] = "\n" * chance.randrange(3) + chance.choice(TEXTS)
            tree = CommitTree(repository.objects, commit(repo, nest(files)))
            for unit in ("pkg/sub", "lib.py"):
                known = find_known_closure(tree, source_roots(tree), unit)

                assert known == find_closure(tree, source_roots(tree), unit)
                found += len(known.links)
    assert found > 60


@pytest.mark.quick(every=8)
@pytest.mark.parametrize("seed", range(24))
def test_search_that_looks_for_names_finds_the_same(repo: Repo, seed: int) -> None:
    """In random histories where modules of names that are imported, and of others, come, go, and take other places."""
    chance = random.Random(seed)
    files = {path: chance.choice(TEXTS) for path in chance.sample(PATHS, 6)} | {"pkg/sub/step.py": TEXTS[5]}
    with GitRepository.open(repo.path) as repository:
        for _ in range(25):
            for _ in range(chance.randrange(1, 3)):
                path = chance.choice([*MORE, *MORE, *PATHS])
                if files.pop(path, None) is None and not {path.removesuffix(".py")} & set(files):
                    files[path] = chance.choice(TEXTS)
            files.setdefault("pkg/sub/step.py", chance.choice(TEXTS))
            tree = CommitTree(repository.objects, commit(repo, nest(files)))
            for unit in ("pkg/sub", "lib.py", "pkg"):
                known = find_known_closure(tree, source_roots(tree), unit)

                assert known == find_closure(tree, source_roots(tree), unit)


def test_shape_is_that_of_the_places_alone(repo: Repo) -> None:
    """A text may change; a module that appears, or a folder that becomes a package, changes it."""
    ids = [
        commit(repo, {"pkg": {"a.py": "1\n"}, "README.md": "x"}),
        commit(repo, {"pkg": {"a.py": "2\n"}, "README.md": "y", "docs": {}}),
        commit(repo, {"pkg": {"a.py": "2\n", "b.py": ""}}),
        commit(repo, {"pkg": {"a.py": "2\n", "__init__.py": ""}}),
        commit(repo, {"pkg": {"a.py": "2\n", "a.so": ""}}),
    ]
    with GitRepository.open(repo.path) as repository:
        shapes = [shape_of(CommitTree(repository.objects, name)) for name in ids]

    assert shapes[0] == shapes[1]
    assert len(set(shapes)) == 4
