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


def told(found: tuple[Version, ...]) -> list[tuple[str, str, bool | None]]:
    return [(held.commit.id, held.kind.value, held.class_changed) for held in found]


def document(repo: Repo, name: str, *pins: str) -> None:
    """Write a document with steps that pin the class."""
    lines = [f"  s{place}: {{source: {NAME}@{pin}}}\n" for place, pin in enumerate(pins)]
    head = f"pipeline: {{name: {name}, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}\n"
    write(repo, {"pipelines": {f"{name}.yaml": head + "steps:\n" + "".join(lines)}})


def test_versions_are_the_commits_where_the_folder_changes(repo: Repo) -> None:
    """Newest first; a commit that leaves the folder alone is none. The class's own changes are told apart."""
    first = commit(repo, {"trainers": {"step.py": STEP}}, message="the first\n\nbody\n")
    commit(repo, {"README.md": "x"}, base=first)
    third = commit(repo, {"trainers": {"helper.py": ""}}, base=get_head(repo))
    fourth = commit(repo, {"trainers": {"step.py": STEP.replace("1", "2")}}, base=third)

    found = versions(NAME, repo=repo.path)

    assert told(found.versions) == [
        (fourth, "changed", True),
        (third, "changed", False),
        (first, "added", True),
    ]
    assert (found.commits, found.is_complete) == (4, True)
    assert (
        found.versions[-1].subject,
        found.versions[-1].unit.folder if found.versions[-1].unit else "",
    ) == (
        "the first",
        "trainers",
    )


def test_deleted_folder_that_came_back(repo: Repo) -> None:
    """Deletion and return are versions too."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"README.md": ""})
    third = commit(repo, {"trainers": {"step.py": STEP}})

    assert told(versions(NAME, repo=repo.path).versions) == [
        (third, "added", True),
        (second, "deleted", None),
        (first, "added", True),
    ]


def test_merge_is_one_step(repo: Repo) -> None:
    """What a branch brought arrives with its merge; its own commits are not on the line."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    side = commit(repo, {"trainers": {"a.py": ""}}, base=first, parent=first)
    side = commit(repo, {"trainers": {"b.py": ""}}, base=side, parent=side)
    main = commit(repo, {"README.md": ""}, base=first, parent=first)
    merge = commit(repo, {"README.md": ""}, base=side, parent=[main, side])

    found = versions(NAME, repo=repo.path).versions

    assert told(found) == [(merge, "changed", False), (first, "added", True)]
    assert [held.to_dict()["is_merge"] for held in found] == [True, False]


def test_source_root_that_moved(repo: Repo) -> None:
    """The folder is found where the commit's own source roots have it."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"src": {"trainers": {"step.py": STEP}}})
    third = commit(
        repo,
        {"py": {"trainers": {"step.py": STEP}}, "setup.cfg": "[zenml_pin]\nsource_roots = py\n"},
    )

    found = versions(NAME, repo=repo.path).versions

    assert told(found) == [(third, "moved", False), (second, "moved", False), (first, "added", True)]
    assert [held.unit.folder for held in found if held.unit] == ["py/trainers", "src/trainers", "trainers"]


def test_module_in_the_root_has_its_file_for_a_unit(repo: Repo) -> None:
    """Beside modules do not count."""
    first = commit(repo, {"step.py": "class A: pass\n", "other.py": ""})
    commit(repo, {"step.py": "class A: pass\n", "other.py": "x"})

    assert told(versions("step.A", repo=repo.path).versions) == [(first, "added", True)]


def test_pins_belong_to_the_version_they_lie_in(repo: Repo) -> None:
    """A pin of a later commit with the same folder counts, and one of another branch with the same tree."""
    first = commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"README.md": "x"}, base=first)
    third = commit(repo, {"trainers": {"step.py": STEP.replace("1", "3")}}, base=second)
    other = put_commit(repo, put_tree(repo, {}), [first])
    twin = commit(repo, {"NEWS": "x"}, base=third, parent=first, checkout=False)
    set_ref(repo, "refs/heads/main", third)
    document(repo, "mine", first, second, other)
    document(repo, "yours", third, twin, "a" * 40)

    found = versions(NAME, rev=third, repo=repo.path)

    pins = [
        [(held.pipeline, held.step, held.commit_id) for held in version.pins] for version in found.versions
    ]
    assert pins == [
        [("yours", "s0", third), ("yours", "s1", twin)],
        [("mine", "s1", second), ("mine", "s0", first)],
    ]
    assert [held.commit_id for held in found.elsewhere] == [other, "a" * 40]
    assert found.elsewhere[0].path == "pipelines/mine.yaml"


def test_shallow_history_says_that_it_ends(repo: Repo) -> None:
    """The oldest commit here may have changed nothing."""
    commit(repo, {"trainers": {"step.py": STEP}})
    second = commit(repo, {"README.md": ""}, base=get_head(repo))
    third = commit(repo, {"README.md": "x"}, base=second)
    os.remove(repo.loose(second))
    write(repo, {".git": {"shallow": third + "\n"}})

    found = versions(NAME, repo=repo.path)

    assert told(found.versions) == [(third, "oldest here", True)]
    assert not found.is_complete


def test_class_that_never_was_is_an_error(repo: Repo) -> None:
    """So is a revision that names nothing."""
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


@pytest.mark.git
def test_versions_are_those_of_git_log(repo: Repo) -> None:
    """Over a random history with merges, deletions and links: the commits of `git log --first-parent -- FOLDER`."""
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

    found = versions(NAME, repo=repo.path).versions

    log = git("log", "--first-parent", "--format=%H", "--", "trainers", cwd=repo.path).split()
    assert len(log) > 20
    # git's folder without the module is no version of the module.
    assert {held.commit.id for held in found} <= set(log)
    gone = [name for name in log if name not in {held.commit.id for held in found}]
    for name in gone:
        assert "step.py" not in git("ls-tree", "--name-only", name, "trainers/", cwd=repo.path)
