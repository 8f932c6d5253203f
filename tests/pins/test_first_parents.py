"""The first-parent walk finds at each commit the unit that a look at that commit alone finds."""

from __future__ import annotations

import random

import pytest

from tests.support.repositories import Link, Repo, commit, git, nest
from zenml_pin.git.objects.commit_files import CommitTree
from zenml_pin.git.objects.commit_node import find_node
from zenml_pin.git.objects.object_store import Objects
from zenml_pin.git.objects.tree_rows import TreeRows
from zenml_pin.git.repository import GitRepository
from zenml_pin.pins.first_parents import UnitFinder, find_unit, iter_units

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


@pytest.mark.git
@pytest.mark.slow
@pytest.mark.parametrize("module", ["pkg.step", "pkg", "src.pkg.step"])
@pytest.mark.parametrize("seed", range(2, 4))
def test_walk_with_a_graph_finds_what_each_commit_has(repo: Repo, seed: int, module: str) -> None:
    """Also where a link among packaging files leads to a file that no filter speaks of."""
    chance = random.Random(seed)
    files: dict[str, object] = {"pkg/step.py": "1\n", "README": "x", "conf/setup.cfg": ""}
    ids = [commit(repo, nest(files))]
    for number in range(40):
        path, text = chance.choice(CHANGES) if number % 3 else (f"conf/{number}", "x")
        files.pop(path, None)
        if text is not None:
            files[path] = text
        if chance.random() < 0.1:
            files["setup.cfg"] = Link("conf/setup.cfg")
        if chance.random() < 0.1:
            files["conf/setup.cfg"] = SETUP.format(chance.choice(["pkg", "src", "."]))
        ids.append(commit(repo, nest(files), parent=ids[-1]))
    git("commit-graph", "write", "--reachable", "--changed-paths", cwd=repo.path)

    with GitRepository.open(repo.path) as repository:
        steps = list(iter_units(repository.objects, ids[-1], module, repository.commit_graph))

        assert repository.commit_graph is not None
        assert [step.id for step in steps] == ids[::-1]
        for step in steps:
            assert step.unit == find_unit(CommitTree(repository.objects, step.id), module)


def test_folders_are_not_opened_where_only_other_names_of_the_root_may_differ(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter that cannot exclude pyproject.toml costs the tree of the root."""
    read: list[str] = []
    rows_beside = Objects.rows_beside

    def note(self: Objects, tree_id: str, neighbour: TreeRows) -> TreeRows:
        read.append(tree_id)
        return rows_beside(self, tree_id, neighbour)

    ids = [commit(repo, {"pkg": {"sub": {"step.py": "1"}, "other.py": f"{number}"}}) for number in range(4)]
    with GitRepository.open(repo.path) as repository:
        finder = UnitFinder(repository.objects, "pkg.sub.step")
        nodes = [node for commit_id in ids if (node := find_node(repository.objects, commit_id))]
        units = [finder.find(node) for node in nodes[:2]]
        monkeypatch.setattr(Objects, "rows_beside", note)
        units.append(finder.find(nodes[2], [b"pyproject.toml"]))
        assert read == [nodes[2].tree]
        units.append(finder.find(nodes[3], [b"pkg"]))

        pkg = CommitTree(repository.objects, ids[3]).get("pkg").id
        assert read[1:] == [nodes[3].tree, pkg]
        assert set(units) == {find_unit(CommitTree(repository.objects, ids[0]), "pkg.sub.step")}
