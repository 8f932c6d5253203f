"""The trace of uncommitted code: HEAD and the files that were not as in HEAD. git is the judge of patch and tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit, get_head, init, write
from zenml_pin.errors import CommitNotFoundError, UnpinnedWarning
from zenml_pin.git.repository import GitRepository
from zenml_pin.pipelines.runs import uncommitted, worktree_trace
from zenml_pin.pipelines.runs.run import Run
from zenml_pin.pipelines.runs.uncommitted import Uncommitted
from zenml_pin.workspace.config import init_workspace

SPLIT = """\
from zenml_pin.steps import BaseSplitStep


class Half(BaseSplitStep):
    def run_fn(self, data):
        return {"train": data[:10], "eval": data[10:]}
"""
BINARY = bytes(range(256)) * 3


def run_edited(project: Project) -> Run:
    """Run a trainer that is edited, has a new helper beside it, and lost a file."""
    folder = {"__init__.py": "", "step.py": trainer(1.0), "old.py": "x = 1\n", "run.sh": "echo\n"}
    commit(project.repo, {"trainers": folder, "other.py": "y = 1\n", "tools": {"here.py": "n = 1\n"}})
    imports = "import tools.here\nimport tools.there\nfrom trainers.helper import SLOPE\n"
    text = imports + trainer(1.0).replace("Line(1.0)", "Line(SLOPE)")
    write(project.repo, {"tools": {"here.py": "n = 2\n", "there.py": "m = 1\n", "away.py": "m = 2\n"}})
    files = {"step.py": text, "helper.py": "SLOPE = 2.0", "té st.py": "\n"}
    write(project.repo, {"trainers": files, "other.py": "y = 2\n", "away.py": "z = 1\n"})
    root = Path(project.repo.path, "trainers")
    (root / "weights.bin").write_bytes(BINARY)
    (root / "old.py").unlink()
    (root / "run.sh").chmod(0o755)
    with pytest.warns(UnpinnedWarning, match="stays unpinned"):
        return project.pipeline().run()


def trace_of(run: Run) -> Uncommitted:
    """Return the trace of a run that has one."""
    assert run.uncommitted is not None
    return run.uncommitted


def test_a_run_of_committed_code_has_no_trace(project: Project) -> None:
    """Its pins say everything."""
    assert project.pipeline().run().uncommitted is None


def test_a_trace_names_head_and_the_files_of_the_code(project: Project) -> None:
    """Also untracked and deleted ones; not files that the code does not import."""
    trace = trace_of(run_edited(project))

    assert trace.head == get_head(project.repo)
    assert trace.sources == ("trainers.step.MyTrainer",)
    assert {file.path: file.kind for file in trace.files} == {
        "tools/here.py": "modified",
        "tools/there.py": "untracked",
        "trainers/helper.py": "untracked",
        "trainers/old.py": "deleted",
        "trainers/run.sh": "modified",
        "trainers/step.py": "modified",
        "trainers/té st.py": "untracked",
        "trainers/weights.bin": "untracked",
    }


@pytest.mark.git
def test_git_makes_the_same_files_of_the_patch(project: Project, tmp_path: Path) -> None:
    """`git apply` of the patch to HEAD gives each file, its mode and its bytes; the tree has the id that git gives."""
    trace = trace_of(run_edited(project))
    clone = str(tmp_path / "clone")

    def git(*command: str, text: bytes = b"") -> str:
        done = subprocess.run(["git", *command], input=text, capture_output=True, check=True)
        return done.stdout.decode()

    git("clone", "-q", project.repo.path, clone)
    git("-C", clone, "apply", "--index", "-", text=trace.patch().encode("utf-8", "surrogateescape"))

    there = Path(clone, "trainers")
    assert (there / "weights.bin").read_bytes() == BINARY
    assert (there / "helper.py").read_text() == "SLOPE = 2.0"
    assert not (there / "old.py").exists()
    with GitRepository.open(project.repo.path) as repository:
        assert trace.tree(repository.objects).commit.tree == git("-C", clone, "write-tree").strip()


def test_the_tree_of_a_trace_is_what_ran(project: Project) -> None:
    """Files that were as in HEAD come from there; the working tree may have changed since."""
    trace = trace_of(run_edited(project))
    write(project.repo, {"trainers": {"helper.py": "SLOPE = 9.0\n"}})

    with GitRepository.open(project.repo.path) as repository:
        tree = trace.tree(repository.objects)
        assert tree.read("trainers/helper.py") == b"SLOPE = 2.0"
        assert tree.read("other.py") == b"y = 1\n"
        assert tree.find("trainers/old.py") is None
        assert tree.commit.parents == (trace.head,)


def test_a_patch_needs_no_commit_and_a_tree_does(project: Project) -> None:
    """HEAD of then may be gone after a rebase: the patch is still complete."""
    trace = trace_of(run_edited(project))
    gone = Uncommitted("1" * 40, "sha1", trace.sources, trace.files, (), trace._texts)

    assert gone.patch() == trace.patch()
    with GitRepository.open(project.repo.path) as repository, pytest.raises(CommitNotFoundError):
        gone.tree(repository.objects)


def test_a_repository_without_a_commit_has_a_trace_of_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one warning for all of its classes, not one for each."""
    new = Project(init(tmp_path / "new"))
    step = "import newtools.helper\n" + trainer(3.0)
    files = {"newtrainers": {"__init__.py": "", "step.py": step}, "newtools": {"helper.py": "", "not.py": ""}}
    write(new.repo, {**files, "newsplits": {"step.py": SPLIT}})
    init_workspace(new.repo.path)
    monkeypatch.chdir(new.repo.path)
    monkeypatch.syspath_prepend(new.repo.path)
    split, own = (
        new.trainer_class("Half", "newsplits.step"),
        new.trainer_class("MyTrainer", "newtrainers.step"),
    )
    pipeline = new.pipeline(step=own()).add_split(split())

    with pytest.warns(UnpinnedWarning) as caught:
        run = pipeline.run()

    [warning] = caught.list
    assert "2 sources stay unpinned" in str(warning.message)
    assert "'newtrainers.step.MyTrainer'" in str(warning.message)
    trace = trace_of(run)
    assert trace.head is None
    assert [file.path for file in trace.files] == [
        "newsplits/step.py",
        "newtools/helper.py",
        "newtrainers/__init__.py",
        "newtrainers/step.py",
    ]
    with GitRepository.open(new.repo.path) as repository:
        assert trace.tree(repository.objects).read("newsplits/step.py").decode() == SPLIT


def test_contents_are_bounded(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too long is named, with the reason; the others are kept."""
    monkeypatch.setattr(worktree_trace, "LONGEST_FILE", 500)
    trace = trace_of(run_edited(project))

    [file] = [file for file in trace.files if file.left_out]
    assert (file.path, file.left_out) == ("trainers/weights.bin", "it has more than 500 bytes")
    assert trace.patch().startswith("# trainers/weights.bin (untracked): it has more than 500 bytes\n")
    assert uncommitted.LONGEST_FILE > 500
