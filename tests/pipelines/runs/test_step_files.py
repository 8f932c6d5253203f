"""Files as artifacts: a step returns a file of its output folder, and later steps get a copy of it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head
from tests.support.run_command import run
from zenml_pin.backends import LocalBackend, ProcessesBackend
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.errors import StepFailedError
from zenml_pin.pipelines import Run, TrainingPipeline, reproduce
from zenml_pin.pipelines.comparison.artifacts import compare_artifacts
from zenml_pin.pipelines.comparison.result import Sameness
from zenml_pin.pipelines.runs import step_files
from zenml_pin.pipelines.runs.artifacts import FileContent, artifact_id
from zenml_pin.pipelines.runs.show_file import show_file

STEPS = """\
import os
import pathlib
from zenml_pin.steps import BaseDeployerStep, BaseEvaluatorStep, BaseTrainerStep

# The smallest picture.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501010027"
    "18e3660000000049454e44ae426082"
)


class Table(BaseTrainerStep):
    def run_fn(self, data, output_dir):
        assert os.listdir(output_dir) == []
        path = output_dir / "table.tar.gz"
        path.write_text("\\n".join(map(str, data)))
        return path


class Lines(BaseEvaluatorStep):
    def run_fn(self, model):
        lines = model.read_text().splitlines()
        # A copy of its own: a change of it changes nothing for others.
        model.write_text("changed")
        return {"lines": len(lines), "name": model.name}


class Plot(BaseDeployerStep):
    def run_fn(self, model, output_dir=None):
        assert model.read_text() == "1\\n2"
        path = output_dir / "plot.PNG"
        path.write_bytes(PNG)
        return path


class Wrong(BaseTrainerStep):
    def __init__(self, how="folder"):
        self.how = how

    def run_fn(self, data, output_dir):
        path = output_dir / "here"
        if self.how == "folder":
            path.mkdir()
        elif self.how == "link":
            path.symlink_to("/etc/hostname")
        elif self.how == "pipe":
            os.mkfifo(path)
        elif self.how == "inside":
            path.write_text("x")
            return {"here": path}
        elif self.how == "text":
            path.write_text("x")
            return str(path)
        elif self.how == "elsewhere":
            return pathlib.Path("/data/table.csv")
        elif self.how == "kill":
            path.write_text("x")
            os.kill(os.getpid(), 9)
        return path
"""


@pytest.fixture
def steps(project: Project) -> Project:
    """A project with steps that write files."""
    commit(project.repo, {"trainers": {"__init__.py": "", "files.py": STEPS}}, base=get_head(project.repo))
    return project


def pipeline(project: Project, trainer: Any = None) -> TrainingPipeline:
    """Build a pipeline that makes a table, counts its lines and plots it."""

    def step(name: str, **options: Any) -> Any:
        return project.trainer_class(name, "trainers.files")(**options)

    training = TrainingPipeline(name="files").add_datasource(MemoryDatasource([1, 2]))
    if trainer is not None:
        return training.add_trainer(step("Wrong", how=trainer))
    training.add_trainer(step("Table")).add_evaluator(step("Lines"))
    return training.add_deployment(step("Plot"))


@pytest.mark.quick(every=2)
@pytest.mark.parametrize("backend", [LocalBackend, ProcessesBackend])
def test_a_file_is_kept_by_its_hash_with_its_suffix(steps: Project, backend: Any) -> None:
    """Every later step gets a copy of its own; the store's file cannot be written."""
    finished = pipeline(steps).run(backend())

    table, plot = finished.output("model"), finished.output("deployment")
    assert finished.metrics == {"lines": 2, "name": "model.tar.gz"}
    assert table.read_text() == "1\n2"
    sha256 = hashlib.sha256(b"1\n2").hexdigest()
    assert finished.steps[1].output == f"{sha256}.file.tar.gz"
    assert artifact_id(finished._artifacts.get(finished.steps[1].output)) == finished.steps[1].output
    assert table.name == f"{sha256}.file.tar.gz"
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert table.stat().st_mode & 0o222 == 0


def test_files_are_reproduced(steps: Project) -> None:
    """Each is compared with the recorded one by its bytes, and is an input of later steps again."""
    reproduction = reproduce(pipeline(steps).run())

    assert [step.outcome for step in reproduction.steps] == [Sameness.IDENTICAL.value] * 4


def test_a_file_is_taken_from_the_cache(steps: Project) -> None:
    """Like every other output; a deployer always runs."""
    first, second = pipeline(steps).run(), pipeline(steps).run()

    assert [step.cached for step in second.steps] == [False, True, True, False]
    assert second.outputs["model"] == first.outputs["model"]


def test_the_folder_is_gone_when_the_step_has_ended(
    steps: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it failed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()

    pipeline(steps).run()
    with pytest.raises(StepFailedError):
        pipeline(steps, "folder").run()

    assert os.listdir(tmp_path / "tmp") == []


REFUSED = {
    "folder": "returned 'here', a folder",
    "nothing": "returned 'here' in its output folder, which does not exist",
    "link": "returned 'here', a link out of its output folder",
    "pipe": "returned 'here', a special file",
    "inside": "returned a dict with paths in its output folder",
    "text": "returned a str with paths in its output folder",
}


@pytest.mark.parametrize(("how", "message"), REFUSED.items(), ids=REFUSED)
def test_what_is_not_a_file_is_refused(steps: Project, how: str, message: str) -> None:
    """By its name; the hint says what to return."""
    with pytest.raises(StepFailedError, match=message) as caught:
        pipeline(steps, how).run()

    assert "pathlib.Path" in caught.value.hint


def test_a_path_of_another_place_is_a_value(steps: Project) -> None:
    """As before: nothing is read."""
    assert pipeline(steps, "elsewhere").run().output("model") == Path("/data/table.csv")


@pytest.mark.slow
def test_what_a_killed_step_left_is_removed(
    steps: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By `store gc`, which leaves the folders of steps that run."""
    (tmp_path / "tmp").mkdir()
    script = "from zenml_pin import Repository\nRepository().get_pipeline_by_name('files').run()\n"
    pipeline(steps, "kill").save()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=False)
    assert done.returncode == -9
    [left] = os.listdir(tmp_path / "tmp")

    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path / "tmp")
    try:
        with step_files.StepFolder() as folder:
            kept = folder.output_dir()
            code, out, _ = run(capsys, "store", "gc")
            assert kept.is_dir()
    finally:
        tempfile.tempdir = before

    assert (code, f"leftover     {tmp_path / 'tmp' / left}" in out) == (0, True)
    assert os.listdir(tmp_path / "tmp") == []


@pytest.fixture
def finished(steps: Project) -> Run:
    """A run with a table and a picture."""
    return pipeline(steps).run()


def test_a_picture_is_shown_and_another_file_named(finished: Run) -> None:
    """The picture is a part of the page."""
    artifacts, (data, table, _, plot) = finished._artifacts, [step.output for step in finished.steps]

    picture = show_file(artifacts, plot, "plot <1>")
    assert picture is not None
    assert picture.startswith('<img src="data:image/png;base64,iVBORw0KGgo')
    assert 'alt="plot &lt;1&gt;"' in picture
    assert show_file(artifacts, table) == "<span>file, tar.gz, 3 bytes</span>"
    assert show_file(artifacts, data) is None
    html = finished._repr_html_()
    assert html.count("<img ") == 1
    assert 'alt="deployment of deployer"' in html
    assert "<strong>training</strong> <span>file, tar.gz, 3 bytes</span>" in html


def test_a_file_leaves_the_store_with_its_suffix(
    finished: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`store`, `export` and `artifact` know it."""
    table = finished.steps[1].output or ""

    listed = run(capsys, "store")[1]
    run(capsys, "store", "export", finished.id, "-o", str(tmp_path / "run"))
    run(capsys, "store", "artifact", table, "-o", str(tmp_path / "table"))
    run(capsys, "store", "gc", "--keep-runs", "1")

    assert f"{table}\tfile\t3 bytes" in listed
    assert sorted(os.listdir(tmp_path / "run" / "outputs"))[1:] == [
        "02-training.model.tar.gz",
        "03-evaluator.metrics.json",
        "04-deployer.deployment.PNG",
    ]
    assert (tmp_path / "table").read_text() == "1\n2"
    assert finished.output("model").read_text() == "1\n2"


def test_files_are_compared_by_their_bytes(finished: Run) -> None:
    """Nothing opens them: they are the same or different."""
    table = finished._artifacts.get(finished.steps[1].output or "")
    other = FileContent.of(b"1\n3", "file.tar.gz")

    same, different = (compare_artifacts(table, one, is_json=False) for one in (table, other))

    assert (same.sameness, different.sameness) == (Sameness.IDENTICAL, Sameness.DIFFERENT)
    assert [str(one) for one in different.differences] == [
        "recorded 3 bytes, now 3 bytes, other from byte 2 on"
    ]
