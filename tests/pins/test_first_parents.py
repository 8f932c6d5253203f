"""The first-parent walk finds at each commit the unit that a look at that commit alone finds."""

from __future__ import annotations

import random

import pytest

from tests.support.repositories import Repo, commit, nest
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.first_parents import find_unit, iter_units

SETUP = "[zenml_pin]\nsource_roots = {}\n"
# What a commit may write, by path; None deletes it.
CHANGES: list[tuple[str, str | None]] = [
    ("pkg/step.py", "1\n"),
    ("pkg/step.py", "2\n"),
    ("pkg/step.py", None),
    ("pkg/other.py", "1\n"),
    ("pkg/other.py", "2\n"),
    ("pkg/__init__.py", ""),
    ("pkg/__init__.py", None),
    ("pkg/step/__init__.py", "1\n"),
    ("pkg/step/__init__.py", None),
    ("pkg/step.abi3.so", "x"),
    ("pkg/step.abi3.so", None),
    ("pkg.py", "1\n"),
    ("pkg.py", None),
    ("src/pkg/step.py", "1\n"),
    ("src/pkg/step.py", None),
    ("src/__init__.py", ""),
    ("src/__init__.py", None),
    ("setup.cfg", SETUP.format("pkg")),
    ("setup.cfg", SETUP.format(". pkg")),
    ("setup.cfg", SETUP.format("src .")),
    ("setup.cfg", None),
    ("pkg/pkg/step.py", "1\n"),
    ("pkg/pkg/step.py", None),
]


@pytest.mark.quick(every=6)
@pytest.mark.parametrize("module", ["pkg.step", "pkg", "src.pkg.step"])
@pytest.mark.parametrize("seed", range(2))
def test_walk_finds_what_each_commit_has(repo: Repo, seed: int, module: str) -> None:
    """However files, folders, native code and source roots come and go: most steps are taken without a look-up."""
    chance = random.Random(seed)
    files = {"pkg/step.py": "1\n", "README": "x"}
    ids = [commit(repo, nest(files))]
    for _ in range(40):
        path, text = chance.choice(CHANGES)
        files.pop(path, None)
        if text is not None:
            files[path] = text
        ids.append(commit(repo, nest(files), parent=ids[-1]))

    with GitRepository.open(repo.path) as repository:
        steps = list(iter_units(repository.objects, ids[-1], module))

        assert [step.id for step in steps] == ids[::-1]
        for step in steps:
            assert step.unit == find_unit(CommitTree(repository.objects, step.id), module)
