"""Removed classes: the walk through a history skips what did not change, and never changes an answer."""

from __future__ import annotations

import os
import random
import shutil

import pytest

import zenml_pin
from tests.support.repositories import Link, Repo, commit, get_head
from zenml_pin.errors import PinError, PinnedModuleNotFoundError
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.repository import GitRepository
from zenml_pin.importing.locate import find_path
from zenml_pin.importing.source_roots import source_roots
from zenml_pin.pins.pinning import defines
from zenml_pin.pins.removed_classes import Name, Removal, find_removals

TEXTS = [
    "class A: pass\n",
    "class B: pass\n",
    "from pkg.other import *\n",
    "from .other import *\n",
    "from other import *\n",
    "exec('A = int')\n",
    "def f():\n    global B\n",
    "print 'old'\n",
    "",
]
NAMES = [(module, name) for module in ("pkg.step", "pkg", "other", "pkg.sub.step") for name in "AB"]


def long_way(objects: Objects, head: str) -> dict[Name, Removal]:
    """Look each class up in each commit."""
    found: dict[Name, Removal] = {}
    newer, commit_id = head, head
    while True:
        tree = CommitTree(objects, commit_id)
        for module, name in NAMES:
            try:
                roots = source_roots(tree)
                path = find_path(tree, roots, module)
                has_class = path is not None and defines(tree, roots, path, name)
            except PinError:
                has_class = False
            if has_class:
                found.setdefault((module, name), Removal(newer, commit_id))
        if not tree.commit.parents:
            return found
        newer, commit_id = commit_id, tree.commit.parents[0]


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("seed", range(4))
def test_removals_are_those_of_the_long_way(repo: Repo, seed: int) -> None:
    """In random histories, with star imports, links, packages that come and go, and other source roots."""
    chance = random.Random(seed)
    step: dict[str, object] = {"step.py": chance.choice(TEXTS)}
    package: dict[str, object] = {"__init__.py": "", "step.py": chance.choice(TEXTS), "sub": step}
    root: dict[str, object] = {"README.md": "x", "pkg": package, "other.py": chance.choice(TEXTS)}
    for number in range(40):
        edit = chance.randrange(10)
        if edit < 2:
            package["step.py"] = chance.choice(TEXTS)
        elif edit == 2:
            package["other.py"] = chance.choice(TEXTS)
        elif edit == 3:
            root["other.py"] = chance.choice([*TEXTS, Link("pkg/step.py")])
        elif edit == 4:
            step["step.py"] = chance.choice([*TEXTS, Link("../step.py"), Link("../../other.py")])
        elif edit == 5:
            package["__init__.py"] = chance.choice(TEXTS)
        elif edit == 6:
            root["src"] = {"pkg": {"__init__.py": "", "step.py": chance.choice(TEXTS)}}
        elif edit == 7:
            root["setup.cfg"] = f"[zenml_pin]\nsource_roots = {chance.choice(['src', '.', 'src, .'])}\n"
        elif edit == 8:
            root.pop(chance.choice(["setup.cfg", "src", "pkg", "other.py"]), None)
        else:
            root["pkg"] = chance.choice([package, Link("src/pkg")])
        root["README.md"] = str(number)
        commit(repo, root)  # type: ignore[arg-type]
    commit(repo, {"README.md": "nothing is left"})

    with GitRepository.open(repo.path) as repository:
        found = find_removals(repository.objects, get_head(repo), NAMES)
        want = long_way(repository.objects, get_head(repo))

    assert found == want
    assert len(want) > 2


def test_an_unpinned_source_names_the_commit_that_removed_it(repo: Repo) -> None:
    """And the pin that still loads it, as the findings of `check` do."""
    last = commit(repo, {"gone": {"__init__.py": "", "step.py": "class Mine: pass\n"}})
    removing = commit(repo, {"notes.txt": ""})

    with pytest.raises(
        PinnedModuleNotFoundError, match=f"deleted in {removing}; the last .* {last}"
    ) as caught:
        zenml_pin.load("gone.step.Mine", repo=repo.path)

    assert caught.value.hint == f"pin it there: 'gone.step.Mine@{last}'"


def test_a_class_that_only_the_working_tree_lacks_was_not_removed(repo: Repo) -> None:
    """No commit removed it."""
    commit(repo, {"kept": {"__init__.py": "", "step.py": "class Mine: pass\n"}})
    shutil.rmtree(os.path.join(repo.path, "kept"))

    with pytest.raises(PinnedModuleNotFoundError, match="does not exist here"):
        zenml_pin.load("kept.step.Mine", repo=repo.path)
