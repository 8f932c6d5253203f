"""The pytest plugin, in a pytest of its own: off until asked for, a test for each source, a repository for tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.support.repositories import Repo, commit, init, snapshot, write
from zenml_pin.errors import PinError
from zenml_pin.integrations.pytest_plugin import PinnedRepository

STEP = """from zenml_pin.steps import BaseTrainerStep


class Mine(BaseTrainerStep):
    def run_fn(self):
        pass
"""
DOCUMENT = """version: '1'
pipeline: {{name: mine, type: training, source: zenml_pin.pipelines.TrainingPipeline@zenml_0.1.0}}
steps:
  training:
    source: {}
    args: {{}}
"""


@pytest.fixture
def repo(pytester: pytest.Pytester) -> Repo:
    """An empty repository in the folder that the inner pytest starts in."""
    return init(pytester.path)


def run(pytester: pytest.Pytester, *arguments: str) -> tuple[int, str]:
    """Return exit code and output of a pytest that has no plugins but its own and ours."""
    options = ["-p", "no:xdist", "-p", "no:cacheprovider", "-rA"]
    done = pytester.runpytest_inprocess(*options, *arguments)
    return done.ret, done.stdout.str() + done.stderr.str()


@pytest.fixture
def commit_id(repo: Repo) -> str:
    """A commit with a step, beside two documents: one pins it, one does not."""
    commit_id = commit(repo, {"trainers": {"__init__.py": "", "step.py": STEP}})
    commit(
        repo,
        {
            "pipelines": {
                "good.yaml": DOCUMENT.format(f"trainers.step.Mine@{commit_id}"),
                "bad.yaml": DOCUMENT.format("trainers.step.Mine"),
            },
            "other.yaml": "a: 1\n",
            "test_mine.py": "def test_mine():\n    pass\n",
        },
        base=commit_id,
    )
    return commit_id


@pytest.mark.slow
def test_every_source_is_a_test(pytester: pytest.Pytester, repo: Repo, commit_id: str) -> None:
    """A pinned source passes; an unpinned one fails at its line with the rule and the remedy, and no traceback."""
    code, output = run(pytester, "--zenml-pin")

    assert code == 1
    assert "PASSED pipelines/good.yaml::steps.training.source" in output
    assert "PASSED pipelines/good.yaml::pipeline.source" in output
    assert "FAILED pipelines/bad.yaml::steps.training.source" in output
    assert "pipelines/bad.yaml:5:13: ZP001 " in output
    assert "Traceback" not in output
    assert "other.yaml" not in output
    assert "4 passed, 1 failed" in output or "1 failed, 4 passed" in output


@pytest.mark.slow
def test_plugin_is_off_until_asked_for(pytester: pytest.Pytester, repo: Repo, commit_id: str) -> None:
    """Without the switch no document is looked at; the configuration can switch it on."""
    code, output = run(pytester)
    assert (code, "bad.yaml" in output) == (0, False)

    write(repo, {"pytest.ini": "[pytest]\nzenml_pin = true\n"})
    code, output = run(pytester)
    assert (code, "FAILED pipelines/bad.yaml::steps.training.source" in output) == (1, True)


@pytest.mark.slow
def test_document_that_cannot_be_read_fails(pytester: pytest.Pytester, repo: Repo, commit_id: str) -> None:
    """The document itself is the test then; it names line and column."""
    write(repo, {"pipelines": {"broken.yaml": "a: [\n"}})

    code, output = run(pytester, "--zenml-pin", "pipelines/broken.yaml")

    assert code == 1
    assert "FAILED pipelines/broken.yaml::document" in output
    assert "ZP009" in output
    assert "INTERNALERROR" not in output


@pytest.mark.slow
def test_file_that_is_named_is_tested_wherever_it_lies(
    pytester: pytest.Pytester, repo: Repo, commit_id: str
) -> None:
    """A document outside a pipelines folder is one when its user says so."""
    write(repo, {"elsewhere": {"mine.yaml": DOCUMENT.format(f"trainers.step.Mine@{commit_id}")}})

    code, output = run(pytester, "--zenml-pin", "elsewhere/mine.yaml")

    assert (code, "PASSED elsewhere/mine.yaml::steps.training.source" in output) == (0, True)


def test_outside_a_repository_nothing_is_collected(pytester: pytest.Pytester) -> None:
    """YAML files there are no documents, and no error."""
    pytester.mkdir("pipelines")
    (pytester.path / "pipelines" / "mine.yaml").write_text("a: 1\n")

    code, output = run(pytester, "--zenml-pin")

    assert (code, "mine.yaml" in output) == (5, False)


@pytest.mark.slow
def test_repository_that_cannot_be_read_is_said_in_a_line(
    pytester: pytest.Pytester, repo: Repo, commit_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Or one that is not there, for a document that is named."""
    alone = tmp_path_factory.mktemp("alone") / "mine.yaml"
    alone.write_text("a: 1\n")
    code, output = run(pytester, "--zenml-pin", str(alone))
    assert (code, "no git repository at or above" in output, "def " in output) == (2, True, False), output

    Path(repo.gitdir, "HEAD").write_text("nothing\n")
    code, output = run(pytester, "--zenml-pin")
    assert (code, "contains no commit id" in output, "def " in output) == (2, True, False), output


@pytest.mark.slow
def test_users_tests_get_a_repository(pytester: pytest.Pytester) -> None:
    """Committed and loaded in one test, with commit ids that are the same in every run."""
    (pytester.path / "test_mine.py").write_text(
        "import zenml_pin\n\n"
        "def test_both(pinned_repository):\n"
        "    first = pinned_repository.commit({'steps': {'made.py': 'class Made:\\n    value = 1\\n'}})\n"
        "    pinned_repository.commit({'steps': {'made.py': 'class Made:\\n    value = 2\\n'}})\n"
        "    source = zenml_pin.pin('steps.made.Made', repo=pinned_repository.path)\n"
        "    assert zenml_pin.load(f'steps.made.Made@{first}', repo=pinned_repository.path).value == 1\n"
        "    assert zenml_pin.load(source, repo=pinned_repository.path).value == 2\n"
        "    print('\\nsaid', first)\n"
    )

    answers = {
        line for _ in range(2) for line in run(pytester, "-s")[1].splitlines() if line.startswith("said")
    }
    assert len(answers) == 1


def test_repository_is_made_of_paths_or_folders_of_texts_or_bytes(
    pinned_repository: PinnedRepository,
) -> None:
    """However it is written, it is one commit, whose folder is clean."""
    nested = pinned_repository.commit({"steps": {"a.py": "class A: pass\n", "data": {"x": b"\0\xff"}}})
    flat = PinnedRepository(pinned_repository.path)
    same = flat.commit({"steps/a.py": b"class A: pass\n", "steps": {"data/x": b"\0\xff"}})

    assert zenml_pin.status("", repo=flat.path).clean
    with zenml_pin.checkout(nested, repo=flat.path) as old, zenml_pin.checkout(same, repo=flat.path) as new:
        assert list(old.entries("")) == list(new.entries(""))
        assert new.read_bytes("steps/data/x") == b"\0\xff"


def test_commit_is_all_that_lies_in_the_folder(pinned_repository: PinnedRepository) -> None:
    """What an earlier commit had goes away with it, and what was only written stays."""
    pinned_repository.commit({"steps": {"a.py": "", "old/b.py": ""}, "a.txt": ""})
    pinned_repository.write({"new.txt": ""})
    pinned_repository.commit({"steps": {"a.py": "x = 1\n"}, "a.txt": {"is": "a folder"}})

    root = pinned_repository.path
    assert sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*") if ".git" not in path.parts
    ) == [
        "a.txt",
        "a.txt/is",
        "new.txt",
        "steps",
        "steps/a.py",
    ]
    assert [change.path for change in zenml_pin.status("", repo=root).changes] == ["new.txt"]


@pytest.mark.slow
def test_classes_of_one_test_are_not_those_of_the_next(pytester: pytest.Pytester) -> None:
    """Though the same files are the same commit, each test runs their code, and sees what it did alone."""
    (pytester.path / "test_mine.py").write_text(
        "import pytest, zenml_pin\n\n"
        "@pytest.mark.parametrize('_', [1, 2])\n"
        "def test_twice(_, pinned_repository):\n"
        "    first = pinned_repository.commit({'steps/made.py': 'class Made: seen = []'})\n"
        "    made = zenml_pin.load(f'steps.made.Made@{first}', repo=pinned_repository.path)\n"
        "    made.seen.append(1)\n"
        "    assert made.seen == [1]\n"
    )

    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=2)


@pytest.mark.parametrize("path", ["../x.py", "/x.py", "a//x.py", "steps/./x.py", ".git/hooks/pre-commit"])
def test_repository_is_not_left_by_its_paths(
    path: str, pinned_repository: PinnedRepository, tmp_path: Path
) -> None:
    """Such a path is refused before anything is written."""
    before = snapshot(tmp_path)

    with pytest.raises(PinError, match="cannot be committed"):
        pinned_repository.commit({"a.py": "", path: "x = 1\n"})

    assert snapshot(tmp_path) == before


@pytest.mark.slow
def test_plugin_starts_with_next_to_nothing() -> None:
    """It is loaded into every pytest of its environment, so it imports none of what it may need."""
    script = (
        "import sys, pytest; before = set(sys.modules); import zenml_pin.integrations.pytest_plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == (
        "['zenml_pin', 'zenml_pin.integrations', 'zenml_pin.integrations.pytest_plugin']"
    )
