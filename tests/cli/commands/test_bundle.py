"""zenml-pin bundle, verify, run BUNDLE, run --bundle, pin --bundle, and -C BUNDLE."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import zenml_pin
from tests.bundles.conftest import Forget
from tests.support.pipeline_project import Project
from tests.support.repositories import commit, get_head, tag
from zenml_pin import Bundle
from zenml_pin.cli import main
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.pipelines import TrainingPipeline

NAME = "trainers.step.MyTrainer"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process."""
    code = main(arguments)
    return code, *capsys.readouterr()


def test_bundle_sources(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """By full id, by revision, and without a pin, which means HEAD; the output lists the content."""
    first = get_head(project.repo)
    tag(project.repo, "v1")
    second = project.commit_trainer(2.0)

    code, out, err = run(capsys, "bundle", f"{NAME}@v1", NAME, f"{NAME}@{first}", "-o", "x.bundle")

    size = os.path.getsize("x.bundle")
    assert (code, err) == (0, "")
    assert out == f"x.bundle: {size} bytes\n{NAME}@{first}\n{NAME}@{second}\n"
    assert len(Bundle.open("x.bundle").verify().commits) == 2


def test_bundle_refuses_uncommitted_code(
    project: Project,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1, and no file is written."""
    project.edit_trainer(9.0)

    code, out, err = run(capsys, "bundle", NAME, "-o", "x.bundle")

    assert (code, out) == (1, "")
    assert err.startswith("error: 'trainers' has 1 uncommitted change")
    assert not os.path.exists("x.bundle")


def test_bundle_reports_unpinned_classes(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """The document is bundled; the exit code is 1, because its code is not complete."""
    project.edit_trainer(9.0)
    with pytest.warns(zenml_pin.UnpinnedWarning):
        project.pipeline().save()

    code, _, err = run(capsys, "bundle", "pipelines/mine.yaml", "-o", "x.bundle")

    assert code == 1
    assert err == f"warning: '{NAME}' is unpinned, so its code is not in the bundle\n"


def test_verify_lists_the_content(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Commit by commit, in words and as JSON."""
    project.pipeline().save()
    head = get_head(project.repo)
    run(capsys, "bundle", "pipelines/mine.yaml", "-o", "x.bundle")

    code, out, err = run(capsys, "verify", "x.bundle")

    assert (code, err) == (0, "")
    assert f"commit  {head}\nauthor  Ada Lovelace <ada@example.org>\ndate    2021-01-11 12:00:00 +0000" in out
    assert f"class   {NAME}@{head}\n" in out
    assert "file    pipelines/mine.yaml\n" in out
    code, out, err = run(capsys, "verify", "x.bundle", "--format", "json")
    assert json.loads(out)["commits"][0]["id"] == head


def test_status_in_a_bundle(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no working tree, which is what the command looks at."""
    run(capsys, "bundle", NAME, "-o", "x.bundle")
    path = os.path.abspath("x.bundle")

    assert run(capsys, "-C", "x.bundle", "status") == (
        *(2, ""),
        f"error: bundle '{path}' has no worktree to compare\nhint: name a clone with -C (or repo=)\n",
    )


def test_verify_reports_missing_and_damaged_objects(
    project: Project,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 1 if something is missing, 2 if the file cannot be read."""
    run(capsys, "bundle", NAME, "-o", "x.bundle")
    data = Path("x.bundle").read_bytes()
    head = get_head(project.repo).encode()

    Path("less.bundle").write_bytes(data.replace(head + b" refs", b"1" * 40 + b" refs"))
    code, out, _ = run(capsys, "verify", "less.bundle")
    assert code == 1
    assert "missing what refs/zenml-pin/" in out
    for name, content in {"cut.bundle": data[:-1], "x.txt.bundle": b"no bundle"}.items():
        Path(name).write_bytes(content)
        code, out, err = run(capsys, "verify", name)
        assert (code, out) == (2, "")
        assert err.startswith("error: bundle '")


PARALLEL = """
from joblib import Parallel, delayed


def square(number):
    return number * number


def train(data):
    return sum(Parallel(2)(delayed(square)(number) for number in range(4)))
"""


@pytest.mark.slow
def test_processes_of_a_step_find_the_code_of_the_bundle(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """joblib's workers import the step's own functions; a program that opens a bundle is told what they need."""
    pytest.importorskip("joblib")
    commit(project.repo, {"flow": {"__init__.py": "", "steps.py": PARALLEL}})
    step = zenml_pin.load(zenml_pin.pin("flow.steps.train"))
    TrainingPipeline(name="many").add_datasource(MemoryDatasource([1])).add_trainer(step).save()
    run(capsys, "bundle", "pipelines/many.yaml", "-o", str(tmp_path / "x.bundle"))
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    os.chdir(tmp_path)
    shutil.rmtree(project.repo.path)
    code = (
        "from zenml_pin import Bundle\nfrom zenml_pin.pipelines.bundled import take_document\n"
        "from zenml_pin.pipelines.repository import Repository\nrepository = Repository('.')\n"
        "document = take_document(Bundle.open('../x.bundle'), repository.workspace)\n"
        "repository.load(document).run()\n"
    )

    done = [
        subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
        for words, folder in zip(
            (["-m", "zenml_pin", "run", "../x.bundle"], ["-c", code]), folders, strict=True
        )
    ]

    assert done[0].returncode == 0, done[0].stderr
    assert "training     flow.steps.train@" in done[0].stdout
    assert "BrokenProcessPool" in done[1].stderr
    assert "list the repository or bundle in ZENML_PIN_PATH" in done[1].stderr


@pytest.mark.slow
def test_run_a_bundle_in_an_empty_folder(
    project: Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In its own process, without git and without a repository; runs and artifacts are in that folder's store."""
    project.pipeline().save()
    away = tmp_path / "away"
    away.mkdir()
    run(capsys, "bundle", "pipelines/mine.yaml", "-o", str(tmp_path / "x.bundle"))
    os.chdir(tmp_path)
    shutil.rmtree(project.repo.path)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "zenml_pin", "run", "../x.bundle"],
        cwd=away,
        env={"PATH": "/nowhere", "HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "pipeline     mine (1)\ndocument     pipelines/mine.yaml\n" in done.stdout
    assert sorted(os.listdir(away)) == [".zenml", "pipelines"]
    os.chdir(away)
    code, out, _ = run(capsys, "runs")
    assert code == 0
    assert "succeeded" in out


def test_run_one_of_several(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """By its name; a revision works only with a repository."""
    for name in ("one", "two"):
        project.pipeline(name).save()
    run(capsys, "bundle", "pipelines/one.yaml", "pipelines/two.yaml", "-o", "x.bundle")

    code, _, err = run(capsys, "run", "x.bundle")
    assert (code, err.splitlines()[-1]) == (2, "hint: name one of them: one, two")
    code, out, _ = run(capsys, "run", "x.bundle", "--pipeline", "two")
    assert code == 0
    assert "pipeline     two (1)" in out
    code, _, err = run(capsys, "run", "x.bundle", "--rev", "HEAD")
    assert code == 1
    assert "choose a document of a repository" in err


@pytest.mark.slow
def test_run_and_pin_write_bundles_beside_documents(
    project: Project,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only the options `run --bundle` and `pin --bundle` write one."""
    project.pipeline().save()
    run(capsys, "run", "mine")
    assert os.listdir("pipelines") == ["mine.yaml"]

    assert run(capsys, "run", "mine", "--bundle")[0] == 0
    assert Bundle.open("pipelines/mine.bundle").verify().commits[0].id == get_head(project.repo)

    second = project.commit_trainer(2.0)
    code, out, _ = run(capsys, "pin", "--update", "pipelines/mine.yaml", "--bundle", "--dry-run")
    assert Bundle.open("pipelines/mine.bundle").verify().commits[0].id != second
    code, out, _ = run(capsys, "pin", "--update", "pipelines/mine.yaml", "--bundle")
    assert code == 0
    assert out.splitlines()[-1].startswith("pipelines/mine.bundle: ")
    assert Bundle.open("pipelines/mine.bundle").verify().commits[0].id == second

    code, _, err = run(capsys, "pin", NAME, "--bundle")
    assert code == 1
    assert f"zenml-pin bundle {NAME} -o FILE" in err


def test_a_bundle_replaces_the_repository(
    project: Project,
    tmp_path: Path,
    empty: Path,
    forget: Forget,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`-C x.bundle` with load, cat and ls; it resolves short ids, but does not trust refs."""
    commit(
        project.repo,
        {"trainers": {"notes.txt": "in the folder\n"}, "out.txt": "outside\n"},
        base=get_head(project.repo),
    )
    head = get_head(project.repo)
    run(capsys, "bundle", NAME, "-o", str(tmp_path / "x.bundle"))
    shutil.rmtree(project.repo.path)
    os.chdir(empty)
    forget()

    code, out, err = run(capsys, "-C", "../x.bundle", "load", f"{NAME}@{head[:8]}")
    assert (code, err) == (0, "")
    assert f"commit  {head}\n" in out
    assert run(capsys, "-C", "../x.bundle", "cat", f"{head[:8]}:trainers/notes.txt")[1] == "in the folder\n"
    assert "trainers/step.py" in run(capsys, "-C", "../x.bundle", "ls", f"{NAME}@{head}")[1]

    code, _, err = run(capsys, "-C", "../x.bundle", "cat", f"{head}:out.txt")
    assert code == 2
    assert "which is 'out.txt', is missing from" in err
    code, _, err = run(capsys, "-C", "../x.bundle", "ls")
    assert code == 2
    assert "are not trusted" in err
    code, _, err = run(capsys, "-C", "../x.bundle", "status")
    assert code == 2
    assert os.getcwd() == str(empty)


def test_the_bundle_option_of_git_repositories_is_refused_plainly(
    empty: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`-C` with a file that is not a bundle, and without a folder."""
    os.chdir(empty)
    Path("bad.bundle").write_bytes(b"")

    assert run(capsys, "-C", "bad.bundle", "ls")[0] == 2
    code, _, err = run(capsys, "-C", "none.bundle", "ls")
    assert (code, err) == (2, "error: No such file or directory: 'none.bundle'\n")
