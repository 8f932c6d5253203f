"""versions follows a class whose module was renamed or moved, as `git log --follow` follows a file."""

from __future__ import annotations

import pytest

from tests.support.repositories import Files, Repo, commit, git
from zenml_pin.audit.formats.versions_text import render
from zenml_pin.audit.history.tracing import versions

STEP = "class MyTrainer:\n    epochs = {}\n" + "".join(
    f"    value_{number} = {number}\n" for number in range(20)
)
OTHER = "class Other:\n    pass\n"


def replay(repo: Repo, *trees: Files) -> list[str]:
    """Commit whole trees, one after the other."""
    return [commit(repo, tree) for tree in trees]


def summary(repo: Repo, name: str) -> list[tuple[str, str, bool | None]]:
    return [(v.commit.id, v.what, v.class_changed) for v in versions(name, repo=repo.path).versions]


def test_folder_that_was_renamed_is_followed(repo: Repo) -> None:
    """The commit is "renamed from", and the older versions have the older folder."""
    first, second, third, fourth = replay(
        repo,
        {"old": {"step.py": STEP.format(1)}},
        {"old": {"step.py": STEP.format(2)}},
        {"new": {"step.py": STEP.format(2)}},
        {"new": {"step.py": STEP.format(3)}},
    )

    assert summary(repo, "new.step.MyTrainer") == [
        (fourth, "changed, class changed", True),
        (third, "renamed from old.step, same class", False),
        (second, "changed, class changed", True),
        (first, "added", True),
    ]


@pytest.mark.git
def test_file_that_was_renamed_and_edited_is_followed_as_git_does(repo: Repo) -> None:
    """`git log --follow` names the same commits for a class that is alone in its file."""
    ids = replay(
        repo,
        {"trainers": {"first.py": STEP.format(1)}},
        {"trainers": {"first.py": STEP.format(2)}, "other.py": OTHER},
        {"trainers": {"second.py": STEP.format(3)}, "other.py": OTHER},
        {"deep": {"er": {"second.py": STEP.format(4)}}, "other.py": OTHER},
        {"deep": {"er": {"second.py": STEP.format(5)}}},
    )

    found = [name for name, _, _ in summary(repo, "deep.er.second.MyTrainer")]

    log = git("log", "--follow", "--format=%H", "--", "deep/er/second.py", cwd=repo.path)
    assert found == log.split() == ids[::-1]


def test_class_that_moved_into_a_new_file_is_followed(repo: Repo) -> None:
    """Its old file stays, without the class."""
    both = STEP.format(1) + OTHER
    replay(repo, {"a": {"all.py": both}}, {"a": {"all.py": OTHER}, "b": {"mine.py": STEP.format(1)}})

    assert [what for _, what, _ in summary(repo, "b.mine.MyTrainer")] == [
        "renamed from a.all, same class",
        "added",
    ]


def test_class_of_the_same_name_elsewhere_is_another_class(repo: Repo) -> None:
    """The other file still has its own, so the new class is new."""
    replay(
        repo,
        {"a": {"step.py": STEP.format(1)}},
        {"a": {"step.py": STEP.format(2)}, "b": {"step.py": STEP.format(1)}},
    )

    assert [what for _, what, _ in summary(repo, "b.step.MyTrainer")] == ["added"]


def test_two_files_that_could_be_the_old_one_are_not_guessed(repo: Repo) -> None:
    """Both had a class of that name, and neither has the file's name or text."""
    replay(
        repo,
        {"a": {"x.py": STEP.format(1), "y.py": STEP.format(2)}},
        {"b": {"z.py": STEP.format(3)}},
    )

    assert [what for _, what, _ in summary(repo, "b.z.MyTrainer")] == ["added"]


@pytest.mark.git
def test_copies_keep_apart_when_their_parent_is_renamed(repo: Repo) -> None:
    """Each is followed to the folder of its own name, as `git show -M` pairs them; edited files too."""
    ids = replay(
        repo,
        {"steps": {"a": {"made.py": STEP.format(1)}, "b": {"made.py": STEP.format(1)}}},
        {"train": {"a": {"made.py": STEP.format(1)}, "b": {"made.py": STEP.format(1)}}},
        {"jobs": {"a": {"made.py": STEP.format(2)}, "b": {"made.py": STEP.format(3)}}},
    )

    whats = [what for _, what, _ in summary(repo, "jobs.b.made.MyTrainer")]

    shown = git("show", "-M", "--format=", "--name-status", ids[1], cwd=repo.path)
    assert "R100\tsteps/b/made.py\ttrain/b/made.py" in shown
    assert whats == [
        "renamed from train.b.made, class changed",
        "renamed from steps.b.made, same class",
        "added",
    ]


def test_file_that_this_python_cannot_parse_is_followed(repo: Repo) -> None:
    """It was moved and edited in one commit; the line that opens the class is enough."""
    newer = "class this is newer than any Python\n"
    replay(
        repo,
        {"old": {"step.py": newer + STEP.format(1)}},
        {"new": {"step.py": newer + "# moved\n" + STEP.format(1)}},
    )

    assert [what for _, what, _ in summary(repo, "new.step.MyTrainer")] == [
        "renamed from old.step, same class",
        "added",
    ]


def test_file_that_only_imports_the_class_now_is_its_older_one(repo: Repo) -> None:
    """A word of the class in it, as here in a method, does not define it."""
    rest = "class Other:\n    class MyTrainer: pass\n"
    imports = "from b.mine import MyTrainer\n"
    replay(
        repo,
        {"a": {"all.py": STEP.format(1) + rest}},
        {"a": {"all.py": imports + rest}, "b": {"mine.py": STEP.format(1)}},
    )

    assert [what for _, what, _ in summary(repo, "b.mine.MyTrainer")] == [
        "renamed from a.all, same class",
        "added",
    ]


def test_old_name_says_where_the_class_is_now(repo: Repo) -> None:
    """It ends with "deleted to", in the text and as data."""
    _, second = replay(repo, {"old": {"step.py": STEP.format(1)}}, {"new": {"step.py": STEP.format(1)}})

    trace = versions("old.step.MyTrainer", repo=repo.path)

    assert (trace.versions[0].commit.id, trace.versions[0].what) == (second, "deleted, renamed to new.step")
    assert trace.versions[0].to_dict()["renamed_to"] == "new.step"
    assert "    deleted, renamed to new.step\n" in render(trace)


def test_pins_of_the_older_name_are_shown_with_their_version(repo: Repo) -> None:
    """Documents of that time name the class as it was."""
    first, _ = replay(repo, {"old": {"step.py": STEP.format(1)}}, {"new": {"step.py": STEP.format(2)}})
    head = "pipeline: {name: one, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}\n"
    document = f"{head}steps:\n  training: {{source: old.step.MyTrainer@{first}}}\n"
    commit(repo, {"new": {"step.py": STEP.format(2)}, "pipelines": {"one.yaml": document}})

    trace = versions("new.step.MyTrainer", repo=repo.path)

    assert [[pin.label for pin in version.pins] for version in trace.versions] == [[], ["one training"]]
    assert trace.elsewhere == ()


def test_folder_that_moved_there_and_back_is_followed_both_times(repo: Repo) -> None:
    """The walk takes each name in its own time."""
    replay(
        repo,
        {"a": {"step.py": STEP.format(1)}},
        {"b": {"step.py": STEP.format(1)}},
        {"a": {"step.py": STEP.format(1)}},
    )

    assert [what for _, what, _ in summary(repo, "a.step.MyTrainer")] == [
        "renamed from b.step, same class",
        "renamed from a.step, same class",
        "added",
    ]
