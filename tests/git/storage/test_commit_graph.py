"""git's commit graph: what it says is what the commits say, and a graph that is damaged, stale or false is not used."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import struct
from pathlib import Path

import pytest

from tests.support.repositories import Repo, commit, get_head, git, init
from zenml_pin.audit.history.tracing import versions
from zenml_pin.errors import PinError
from zenml_pin.git.repository import GitRepository
from zenml_pin.git.storage.changed_paths import PathFilter
from zenml_pin.git.storage.commit_graph import CommitGraph, GraphError, read_graph

pytestmark = pytest.mark.git

STEP = "class A:\n    value = {}\n"


def grow(repo: Repo, seed: int, count: int = 40) -> None:
    """Add commits, merges of three parents among them."""
    chance = random.Random(seed)
    ids = [commit(repo, {"trainers": {"step.py": STEP.format(0)}, "README.md": "0\n"})]
    for number in range(count):
        folder = chance.choice(["trainers", "trainers/deep", "docs", "naïve"])
        merged = chance.sample(ids, min(len(ids), chance.choice([0, 0, 0, 1, 2])))
        parents = [ids[-1], *(name for name in merged if name != ids[-1])]
        files: dict[str, object] = {f"{number % 5}.py": STEP.format(number)}
        if folder == "trainers":
            files["step.py"] = STEP.format(number)
        for part in reversed(folder.split("/")):
            files = {part: files}
        ids.append(commit(repo, files, base=ids[-1], parent=parents))  # type: ignore[arg-type]


def write_graph(repo: Repo, *options: str) -> None:
    git("commit-graph", "write", "--reachable", *options, cwd=repo.path)


@pytest.fixture
def history(tmp_path: Path) -> Repo:
    """A repository with merges, and with a graph that has filters."""
    repo = init(tmp_path / "repo")
    grow(repo, 1)
    write_graph(repo, "--changed-paths")
    return repo


def graph_of(repo: Repo) -> CommitGraph:
    graph = GitRepository.open(repo.path).commit_graph
    assert graph is not None
    return graph


def parents_of(repo: Repo) -> dict[str, list[str]]:
    """Return what git says without the graph: each commit's tree and parents."""
    lines = git("-c", "core.commitGraph=false", "log", "--all", "--format=%H %T %P", cwd=repo.path).split(
        "\n"
    )
    return {line.split()[0]: line.split()[1:] for line in lines if line}


@pytest.mark.quick(every=4)
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("layers", [1, 3])
def test_graph_says_what_the_commits_say(tmp_path: Path, object_format: str, layers: int) -> None:
    """Tree and parents of every commit, in one file and in a chain of files."""
    repo = init(tmp_path / "repo", object_format=object_format)
    for layer in range(layers):
        grow(repo, layer, 15)
        write_graph(repo, *(["--split=no-merge"] if layers > 1 else []))
    if layers > 1:
        chain = Path(repo.objects, "info", "commit-graphs", "commit-graph-chain").read_text()
        assert len(chain.split()) == layers
    expected = parents_of(repo)

    graph = graph_of(repo)

    assert graph.count == len(expected)
    for name, (tree, *parents) in expected.items():
        position = graph.find(name)
        assert position is not None
        row = graph.commit_at(position)
        assert (graph.id_at(position), row.tree) == (name, tree)
        assert [graph.id_at(parent) for parent in row.parents] == parents
    assert graph.find("f" * len(name)) is None


@pytest.mark.slow
def test_filters_never_miss_a_path_that_changed(history: Repo) -> None:
    """git's own list of the changed paths is the judge; some paths that did not change may seem to."""
    graph = graph_of(history)
    log = git("log", "--first-parent", "-m", "--name-only", "--format=:%H", "-z", cwd=history.path)
    missed, spared = [], 0
    for part in log.split(":")[1:]:
        name, _, rest = part.partition("\0")
        changed = {path.strip("\n") for path in rest.split("\0") if path.strip("\n")}
        position = graph.find(name)
        assert position is not None
        folders = {path.rpartition("/")[0] for path in changed} - {""}
        missed += [path for path in changed | folders if not graph.may_change(position, PathFilter([path]))]
        spared += not graph.may_change(position, PathFilter(["not/there.py"]))

    assert missed == []
    assert spared > 30


def damaged(data: bytes, seed: int) -> bytes:
    """Return a file with one byte changed, or cut off."""
    chance = random.Random(seed)
    at = chance.randrange(len(data))
    return (
        data[:at]
        if seed % 3 == 0
        else data[:at] + bytes([data[at] ^ 1 + chance.randrange(255)]) + data[at + 1 :]
    )


@pytest.mark.slow
def test_damaged_graph_counts_as_absent(history: Repo) -> None:
    """Its checksum shows every change of a byte."""
    path = Path(history.objects, "info", "commit-graph")
    good = path.read_bytes()
    path.chmod(0o644)
    for seed in range(60):
        path.write_bytes(damaged(good, seed))

        assert read_graph([history.objects], "sha1") is None


@pytest.mark.slow
def test_graph_with_a_false_checksum_of_its_own_never_hangs(history: Repo) -> None:
    """Whoever writes a graph can also write its checksum: `versions` ends, and generations decrease in every row."""
    path = Path(history.objects, "info", "commit-graph")
    good = path.read_bytes()[:-20]
    path.chmod(0o644)
    rows = 0
    for seed in range(100):
        false = damaged(good, 3 * seed + 1)
        path.write_bytes(false + hashlib.sha1(false).digest())
        graph = read_graph([history.objects], "sha1")

        with contextlib.suppress(PinError):
            assert versions("trainers.step.A", repo=history.path).versions
        for position in range(graph.count if graph is not None else 0):
            assert graph is not None
            with contextlib.suppress(GraphError, struct.error):
                row = graph.commit_at(position)
                rows += 1
                assert row.generation > max([0, *map(graph.generation_at, row.parents)])
    assert rows > 1000


@pytest.mark.slow
def test_versions_are_the_same_with_and_without_a_graph(history: Repo) -> None:
    """Those that `git log` names."""
    with_graph = versions("trainers.step.A", repo=history.path)
    git("config", "core.commitGraph", "false", cwd=history.path)
    without = versions("trainers.step.A", repo=history.path)

    names = git("log", "--first-parent", "--format=%H", "--", "trainers", cwd=history.path).split()
    assert with_graph.to_dict() == without.to_dict()
    assert [version.commit.id for version in with_graph.versions] == names


@pytest.mark.slow
def test_graph_that_lacks_the_newest_commits_is_used_for_the_others(history: Repo) -> None:
    """As after every commit."""
    commit(history, {"trainers": {"step.py": STEP.format("new")}}, base=get_head(history))

    names = git("log", "--first-parent", "--format=%H", "--", "trainers", cwd=history.path).split()
    assert [version.commit.id for version in versions("trainers.step.A", repo=history.path).versions] == names


@pytest.mark.slow
def test_graph_of_other_commits_is_not_believed(history: Repo, tmp_path: Path) -> None:
    """A graph that was copied from another repository names none of the commits."""
    other = init(tmp_path / "other")
    grow(other, 7)
    write_graph(other, "--changed-paths")
    path = Path(history.objects, "info", "commit-graph")
    path.chmod(0o644)
    path.write_bytes(Path(other.objects, "info", "commit-graph").read_bytes())

    names = git(
        "-c",
        "core.commitGraph=false",
        "log",
        "--first-parent",
        "--format=%H",
        "--",
        "trainers",
        cwd=history.path,
    )
    assert [
        version.commit.id for version in versions("trainers.step.A", repo=history.path).versions
    ] == names.split()


@pytest.mark.quick(every=3)
@pytest.mark.parametrize("reason", ["shallow", "setting", "fifo"])
def test_graph_that_git_would_not_use_is_not_used(history: Repo, reason: str) -> None:
    """In a shallow clone its parents may not exist."""
    if reason == "shallow":
        Path(history.gitdir, "shallow").write_text(f"{get_head(history)}\n")
    elif reason == "setting":
        git("config", "core.commitGraph", "false", cwd=history.path)
    else:
        path = os.path.join(history.objects, "info", "commit-graph")
        os.remove(path)
        os.mkfifo(path)

    assert GitRepository.open(history.path).commit_graph is None
