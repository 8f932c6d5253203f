"""versions: the commits where the code of a class changes, and which pipelines pin each."""

from __future__ import annotations

import json
import os
import random

import pytest

from tests.support.repositories import (
    Files,
    Repo,
    branch,
    commit,
    get_head,
    git,
    put_commit,
    put_tree,
    set_ref,
    write,
)
from zenml_pin.audit.history.tracing import versions
from zenml_pin.audit.history.version import Version, VersionKind
from zenml_pin.errors import PinnedModuleNotFoundError, RevisionError

NAME = "trainers.step.MyTrainer"
STEP = "class MyTrainer:\n    epochs = 1\n"


def summary(trace: tuple[Version, ...]) -> list[tuple[str, str, bool | None]]:
    return [(version.commit.id, version.kind.value, version.class_changed) for version in trace]


def document(repo: Repo, name: str, *pins: str) -> None:
    """Write a document with steps that pin the class."""
    lines = [f"  s{number}: {{source: {NAME}@{pin}}}\n" for number, pin in enumerate(pins)]
    head = f"pipeline: {{name: {name}, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}\n"
    write(repo, {"pipelines": {f"{name}.yaml": head + "steps:\n" + "".join(lines)}})


def test_versions_are_the_commits_where_the_folder_changes(repo: Repo) -> None:
    """Newest first; a commit that does not change the folder does not count. Changes of the class itself are marked."""
    first = commit(repo, {"trainers": {"step.py": STEP}}, message="the first\n\nbody\n")
    commit(repo, {"README.md": "x"}, base=first)
    third = commit(repo, {"trainers": {"helper.py": ""}}, base=get_head(repo))
    fourth = commit(repo, {"trainers": {"step.py": STEP.replace("1", "2")}}, base=third)

    trace = versions(NAME, repo=repo.path)

    assert summary(trace.versions) == [
        (fourth, "changed", True),
        (third, "changed", False),
        (first, "added", True),
    ]
    assert (trace.commits, trace.is_complete) == (4, True)
    assert (
        trace.versions[-1].subject,
        trace.versions[-1].unit.folder if trace.versions[-1].unit else "",
    ) == (
        "the first",
        "trainers",
    )


def test_deleted_folder_that_came_back(repo: Repo) -> None:
    """Deletion and return are versions too."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"README.md": ""})
    third = commit(repo, {"trainers": {"step.py": STEP}})

    assert summary(versions(NAME, repo=repo.path).versions) == [
        (third, "added", True),
        (second, "deleted", None),
        (first, "added", True),
    ]


def test_merge_is_one_step(repo: Repo) -> None:
    """The changes of a branch arrive with its merge; the branch's own commits are not listed."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    side = commit(repo, {"trainers": {"a.py": ""}}, base=first, parent=first)
    side = commit(repo, {"trainers": {"b.py": ""}}, base=side, parent=side)
    main = commit(repo, {"README.md": ""}, base=first, parent=first)
    merge = commit(repo, {"README.md": ""}, base=side, parent=[main, side])

    trace = versions(NAME, repo=repo.path).versions

    assert summary(trace) == [(merge, "changed", False), (first, "added", True)]
    assert [version.to_dict()["is_merge"] for version in trace] == [True, False]


def test_source_root_that_moved(repo: Repo) -> None:
    """The commit's own source roots say where the folder is."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"src": {"trainers": {"step.py": STEP}}})
    third = commit(
        repo,
        {"py": {"trainers": {"step.py": STEP}}, "setup.cfg": "[zenml_pin]\nsource_roots = py\n"},
    )

    trace = versions(NAME, repo=repo.path).versions

    assert summary(trace) == [(third, "moved", False), (second, "moved", False), (first, "added", True)]
    assert [version.unit.folder for version in trace if version.unit] == [
        "py/trainers",
        "src/trainers",
        "trainers",
    ]


def test_module_in_the_root_has_its_file_as_unit(repo: Repo) -> None:
    """Other modules in the root do not count."""
    first = commit(repo, {"step.py": "class A: pass\n", "other.py": ""})
    commit(repo, {"step.py": "class A: pass\n", "other.py": "x"})

    assert summary(versions("step.A", repo=repo.path).versions) == [(first, "added", True)]


def test_pins_belong_to_the_version_of_their_commit(repo: Repo) -> None:
    """A pin of a later commit with the same folder counts; so does one on another branch with the same tree."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"README.md": "x"}, base=first)
    third = commit(repo, {"trainers": {"step.py": STEP.replace("1", "3")}}, base=second)
    other = put_commit(repo, put_tree(repo, {}), [first])
    twin = commit(repo, {"NEWS": "x"}, base=third, parent=first, checkout=False)
    set_ref(repo, "refs/heads/main", third)
    document(repo, "mine", first, second, other)
    document(repo, "yours", third, twin, "a" * 40)

    trace = versions(NAME, rev=third, repo=repo.path)

    pins = [[(pin.pipeline, pin.step, pin.commit_id) for pin in version.pins] for version in trace.versions]
    assert pins == [
        [("yours", "s0", third), ("yours", "s1", twin)],
        [("mine", "s1", second), ("mine", "s0", first)],
    ]
    assert [pin.commit_id for pin in trace.elsewhere] == [other, "a" * 40]
    assert trace.elsewhere[0].path == "pipelines/mine.yaml"


def test_shallow_history_says_that_it_ends(repo: Repo) -> None:
    """The oldest commit here may not be the one that changed it."""
    commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"README.md": ""}, base=get_head(repo))
    third = commit(repo, {"README.md": "x"}, base=second)
    os.remove(repo.loose(second))
    write(repo, {".git": {"shallow": third + "\n"}})

    trace = versions(NAME, repo=repo.path)

    assert summary(trace.versions) == [(third, "oldest here", True)]
    assert not trace.is_complete


def test_class_that_never_existed_is_an_error(repo: Repo) -> None:
    """So is a revision that does not name a commit."""
    commit(repo, {"trainers": {"step.py": STEP}})

    with pytest.raises(PinnedModuleNotFoundError, match="first-parent history"):
        versions("trainers.step.Other", repo=repo.path)
    with pytest.raises(RevisionError):
        versions(NAME, rev="v9", repo=repo.path)


def test_versions_are_plain_data(repo: Repo) -> None:
    """`to_dict` survives JSON."""
    commit(repo, {"trainers": {"step.py": STEP}})

    data = versions(NAME, repo=repo.path).to_dict()

    assert json.loads(json.dumps(data)) == data
    assert data["versions"][0]["kind"] == VersionKind.ADDED.value


@pytest.mark.slow
@pytest.mark.git
def test_versions_are_those_of_git_log(repo: Repo) -> None:
    """In a random history with merges, deletions and links: the commits of `git log --first-parent -- FOLDER`."""
    chance = random.Random(7)
    tips = [commit(repo, {"trainers": {"step.py": STEP}})]
    for number in range(120):
        base = tips[-1]
        files: Files = {chance.choice(["README.md", "a.txt"]): str(number)}
        if chance.random() < 0.4:
            files = {"trainers": {"deep": {chance.choice("xyz"): str(chance.randrange(3))}}}
        if chance.random() < 0.1:
            files = {"trainers": None}
        if chance.random() < 0.2:
            files = {"trainers": {"step.py": STEP}}
        parents = [base, *([chance.choice(tips)] if chance.random() < 0.2 else [])]
        tips.append(commit(repo, files, base=base, parent=parents, checkout=False))
    branch(repo, "main", tips[-1])

    trace = versions(NAME, repo=repo.path).versions

    log = git("log", "--first-parent", "--format=%H", "--", "trainers", cwd=repo.path).split()
    assert len(log) > 20
    # git lists a commit where the folder lacks the module; that is not a version of the module.
    assert {version.commit.id for version in trace} <= set(log)
    gone = [name for name in log if name not in {version.commit.id for version in trace}]
    for name in gone:
        assert "step.py" not in git("ls-tree", "--name-only", name, "trainers/", cwd=repo.path)
