"""zenml-pin run, pipelines, steps and runs."""

from __future__ import annotations

import io
import os
import re
import sys
import traceback
from pathlib import Path

import pytest

from tests.support.pipeline_project import Project, trainer
from tests.support.repositories import commit, get_head, tag, write
from zenml_pin.cli import main
from zenml_pin.errors import StepFailedError
from zenml_pin.steps import RandomSplit

SCRIPT = """\
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline
from trainers.step import MyTrainer

if __name__ == "__main__":
    pipeline = TrainingPipeline(name="from a script").add_datasource(MemoryDatasource([1]))
    print(pipeline.add_trainer(MyTrainer()).run().output("model").slope)
"""


@pytest.fixture
def saved(project: Project) -> Project:
    """A pipeline of slope 1, whose document is committed and tagged, and then one of slope 2."""
    project.pipeline(enable_cache=False).run()
    text = Path("pipelines/mine.yaml").read_text()
    tag(
        project.repo,
        "v1",
        commit(project.repo, {"pipelines": {"mine.yaml": text}}, base=get_head(project.repo)),
    )
    project.commit_trainer(2.0)
    write(project.repo, {"pipelines": {"mine.yaml": text}})
    project.pipeline(enable_cache=False).run()
    return project


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Return exit code, stdout, and stderr without the lines that tell the steps of a run."""
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, re.sub(r"^\[\d/\d\] .*\n", "", err, flags=re.MULTILINE)


RUNS = {
    "name": (["mine"], 2),
    "name and number": (["mine", "--number", "1"], 1),
    "file": (["pipelines/mine.yaml"], 1),
    "file of a revision": (["pipelines/mine.yaml", "--rev", "v1"], 1),
    "name of a revision": (["mine", "--rev", "v1"], 1),
}


@pytest.mark.quick(every=5)
@pytest.mark.parametrize(("arguments", "number"), RUNS.values(), ids=RUNS)
def test_run_a_document(
    saved: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], number: int
) -> None:
    """The output has the run, each step with its pin, and the metrics; in a pipe there is nothing else."""
    code, out, err = run(capsys, "run", *arguments)

    lines = dict(line.split(None, 1) for line in out.splitlines() if not line.startswith("metric"))
    assert (code, err) == (0, "")
    assert lines["pipeline"] == f"mine ({number})"
    assert "trainers.step.MyTrainer@" in lines["training"]
    assert ("metric       mse 0.0" in out) == (number == 2)
    assert saved.repository.get_runs()[-1].id == lines["run"]


def test_run_takes_a_revision_when_the_file_is_gone(
    saved: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The document of the commit is written again, because a run needs a document."""
    for name in saved.documents():
        os.unlink(os.path.join("pipelines", name))

    assert run(capsys, "run", "mine", "--rev", "v1")[0] == 0
    assert saved.documents() == ["mine.yaml"]


def test_run_a_script(saved: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From any folder, with the source root on its path; the run is recorded in the script's own workspace."""
    head = commit(saved.repo, {"scripts": {"go.py": SCRIPT}}, base=get_head(saved.repo))
    sys.path.remove(saved.repo.path)
    os.chdir(tmp_path)

    code, out, err = run(capsys, "run", saved.repo.join("scripts", "go.py"))

    assert (code, out, err) == (0, "2.0\n", "")
    last = saved.repository.get_runs("from a script")[-1]
    assert last.steps[1].source == f"trainers.step.MyTrainer@{head}"


def test_run_a_script_from_elsewhere(
    saved: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script is not in a workspace: -C says which source root and which record to use."""
    (tmp_path / "go.py").write_text(SCRIPT)
    sys.path.remove(saved.repo.path)
    os.chdir("/")

    code, out, err = run(capsys, "-C", saved.repo.path, "run", str(tmp_path / "go.py"))

    assert (code, out, err) == (0, "2.0\n", "")
    [last] = saved.repository.get_runs("from a script")
    assert last.steps[1].source == f"trainers.step.MyTrainer@{get_head(saved.repo)}"


def test_run_a_script_that_requires_pins(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The option reaches the run() of the script."""
    write(saved.repo, {"go.py": SCRIPT})
    saved.edit_trainer(3.0)

    code, out, err = run(capsys, "run", "go.py", "--require-pins")

    assert (code, out) == (1, "")
    assert "step.py (modified)" in err


@pytest.mark.quick(every=3)
@pytest.mark.parametrize(("text", "code"), [("import sys; sys.exit(3)", 3), ("1 / 0", 1), ("x = 1", 0)])
def test_a_script_keeps_its_exit_code(
    saved: Project, capsys: pytest.CaptureFixture[str], text: str, code: int
) -> None:
    """Its exit code becomes ours."""
    write(saved.repo, {"go.py": text})

    assert run(capsys, "run", "go.py")[0] == code


def test_a_dirty_folder_is_refused(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 1, unless an option allows it."""
    saved.edit_trainer(3.0)

    code, out, err = run(capsys, "run", "mine")

    assert (code, out) == (1, "")
    assert "step.py (modified)" in err
    assert run(capsys, "run", "--allow-dirty", "mine")[0] == 0


def test_a_failed_step_exits_with_one(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The message says which step, and why."""
    text = trainer(1.0).replace("return Line(1.0)", "raise ValueError('no rows')")
    commit(saved.repo, {"trainers": {"__init__.py": "", "step.py": text}})
    saved.pipeline("failing", saved.trainer_class()()).save()

    code, out, err = run(capsys, "run", "failing")

    assert (code, out) == (1, "")
    assert "step 'training' of pipeline 'failing' failed: ValueError: no rows" in err


BAD = {
    "unknown name": (["run", "mind"], "near misses: mine"),
    "unknown number": (["run", "mine", "--number", "7"], "it has 1, 2"),
    "missing file": (["run", "nowhere.yaml"], "nowhere.yaml"),
    "missing script": (["run", "nowhere.py"], "no script"),
    "unknown revision": (["run", "mine", "--rev", "v9"], "v9"),
    "runs of nothing": (["runs", "mind"], "near misses: mine"),
}


@pytest.mark.quick(every=6)
@pytest.mark.parametrize(("arguments", "fact"), BAD.values(), ids=BAD)
def test_unreadable_input_exits_with_two(
    saved: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], fact: str
) -> None:
    """One error, with a remedy."""
    code, out, err = run(capsys, *arguments)

    assert (code, out) == (2, "")
    assert fact in err


def test_lists(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each item, with tabs between fields; ids are full."""
    head = get_head(saved.repo)

    assert run(capsys, "pipelines")[1].splitlines() == [
        "mine\t1\ttraining\tpinned\tpipelines/mine.yaml",
        "mine\t2\ttraining\tpinned\tpipelines/mine-2.yaml",
    ]
    assert f"trainers.step.MyTrainer@{head}\tmine (2)" in run(capsys, "steps")[1].splitlines()
    rows = [line.split("\t") for line in run(capsys, "runs", "mine")[1].splitlines()]
    assert [row[1:4] for row in rows] == [["succeeded", "mine", "1"], ["succeeded", "mine", "2"]]
    assert "mse=0 " in rows[1][-1] + " "


def test_steps_name_a_pipeline_once(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Also one that has a class as a step and as an argument."""
    source = f"trainers.step.MyTrainer@{get_head(saved.repo)}"
    text = f"version: '1'\nsteps: {{training: {{args: {{other: {source}}}, source: {source}}}}}\n"
    write(saved.repo, {"pipelines": {"twice.yaml": text}})

    labels = [
        line.partition("\t")[2] for line in run(capsys, "steps")[1].splitlines() if line.startswith(source)
    ]

    assert labels == ["mine (2), twice"]


def test_a_broken_document_is_a_finding(saved: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are still listed."""
    write(saved.repo, {"pipelines": {"broken.yaml": "pipeline: ["}})

    code, out, err = run(capsys, "pipelines")

    assert (code, len(out.splitlines())) == (1, 2)
    assert err.startswith("warning: ")
    assert "broken.yaml" in err


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_progress_on_a_terminal(saved: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each step on stderr; -q turns it off."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    assert main(["run", "mine"]) == 0
    shown = terminal.getvalue()
    assert main(["-q", "run", "mine"]) == 0

    assert "[3/4] training" in shown
    assert terminal.getvalue() == shown


FAILING = """\
from zenml_pin.steps import BaseTrainerStep


class Failing(BaseTrainerStep):
    def run_fn(self, splits):
        return splits["nothing here"]
"""


def test_a_failing_step_shows_its_line(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The traceback starts in the step's own code, below the error."""
    commit(project.repo, {"failing.py": FAILING})
    project.pipeline(step=project.trainer_class("Failing", "failing")()).save()

    code, out, err = run(capsys, "run", "mine")

    assert (code, out) == (1, "")
    assert err.startswith(
        "error: step 'training' of pipeline 'mine' failed: KeyError: 'nothing here'\nTraceback"
    )
    assert 'return splits["nothing here"]' in err
    assert "executor.py" not in err


def test_python_shows_the_frames_of_the_step_first(project: Project) -> None:
    """A traceback has the step's own frames, then the caller's line; none of what runs steps."""
    commit(project.repo, {"failing.py": FAILING})
    pipeline = project.pipeline(step=project.trainer_class("Failing", "failing")())

    with pytest.raises(StepFailedError) as caught:
        pipeline.run()

    text = "".join(traceback.format_exception(caught.value))
    frames = re.findall(r'File "([^"]*)"', text)
    assert "failing.py" in frames[0]
    assert frames[1] == __file__
    assert [Path(frame).name for frame in frames[2:]] == ["base.py"]


def test_hostile_keys_are_printed_as_escapes(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The key of a step cannot move the cursor."""
    project.pipeline().add_step("x\x1b[2J", RandomSplit({"train": 1.0})).save()

    code, out, _ = run(capsys, "run", "mine")

    assert code == 0
    assert "\x1b" not in out
    assert r"x\x1b[2J" in out


def test_hints_name_the_option(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A hint on the command line names an option, not a keyword argument."""
    project.pipeline().save()
    project.edit_trainer(3.0)

    code, _, err = run(capsys, "run", "mine")

    assert code == 1
    assert "--allow-dirty" in err
    assert "allow_dirty=True" not in err
