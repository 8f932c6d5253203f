"""Bundles beside documents, and documents in bundles: a pipeline runs where its repository has lost its code,
or where there never was a repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import zenml_pin
from tests.bundles.conftest import Forget
from tests.support.pipeline_project import ROWS, Project, trainer
from tests.support.repositories import commit, get_head, git, snapshot, write
from zenml_pin import Bundle, Repository
from zenml_pin.backends import ProcessesBackend
from zenml_pin.base.atomic import TEMPORARY_PREFIX
from zenml_pin.errors import CommitNotFoundError, UncommittedChangesError, UnknownNameError
from zenml_pin.pipelines.bundled import bundle_documents, documents_in, take_document, write_beside
from zenml_pin.pipelines.documents.document import load_document
from zenml_pin.workspace.config import get_workspace_at


def slope(run: Any) -> float:
    """Return the slope that the trainer of a run learnt."""
    return float(run.output("model").slope)


# A bundle beside its document


@pytest.mark.parametrize("way", ["run", "save"])
def test_a_bundle_is_written_beside_the_document(project: Project, way: str) -> None:
    """Only with the option; for git, it is not a change in the folder of a class."""
    pipeline = project.pipeline()
    if way == "run":
        pipeline.run()
        assert os.listdir("pipelines") == ["mine.yaml"]
        pipeline.run(bundle=True)
    else:
        assert pipeline.save(bundle=True) == os.path.abspath("pipelines/mine.yaml")

    assert sorted(os.listdir("pipelines")) == ["mine.bundle", "mine.yaml"]
    [carried] = Bundle.open("pipelines/mine.bundle").verify().commits
    assert [str(source) for source in carried.sources] == [
        f"trainers.step.{name}@{get_head(project.repo)}" for name in ("Line", "MyTrainer")
    ]
    assert zenml_pin.status("pipelines").clean


def test_a_bundle_that_is_up_to_date_is_not_written_again(project: Project) -> None:
    """The same pins give the same bytes, another pin gives others, and no partial file remains."""
    project.pipeline().run(bundle=True)
    before = snapshot("pipelines")
    project.pipeline().run(bundle=True)
    assert snapshot("pipelines") == before

    Path("pipelines/mine.bundle").write_bytes(b"not a bundle")
    project.pipeline().run(bundle=True)

    assert Bundle.open("pipelines/mine.bundle").verify().is_sound
    assert not [name for name in os.listdir("pipelines") if name.startswith(TEMPORARY_PREFIX)]


def test_a_pipeline_without_a_pin_has_no_bundle(project: Project) -> None:
    """It would be empty."""
    project.edit_trainer(3.0)
    with pytest.warns(zenml_pin.UnpinnedWarning):
        path = project.pipeline().save(bundle=True)

    assert write_beside(load_document(path)) is None
    assert os.listdir("pipelines") == ["mine.yaml"]


def lose_history(project: Project) -> str:
    """Replace a repository's history by a new commit with the same files, and return its id."""
    files = {"trainers": {"__init__.py": "", "step.py": trainer(5.0)}}
    os.remove(os.path.join(project.repo.gitdir, "refs", "heads", "main"))
    shutil.rmtree(project.repo.objects)
    os.makedirs(project.repo.objects)
    return commit(project.repo, files, parent=None)


def test_a_pin_outlives_its_commit(project: Project, forget: Forget) -> None:
    """Through `load`, by name and by the pinned name, in this repository and from a folder below it."""
    project.pipeline().run(bundle=True)
    old = get_head(project.repo)
    lose_history(project)
    os.rename("pipelines/mine.bundle", "mine.bundle")
    forget()
    with pytest.raises(CommitNotFoundError):
        Repository().get_pipeline_by_name("mine")
    os.rename("mine.bundle", "pipelines/mine.bundle")

    assert slope(Repository().get_pipeline_by_name("mine").run()) == 1.0
    forget()
    os.chdir("trainers")
    assert zenml_pin.load(f"trainers.step.MyTrainer@{old}").__module__.startswith(f"zenml_pin.at.g{old}")
    forget()
    assert zenml_pin.import_module("trainers.step", old).MyTrainer


def test_uncommitted_changes_count_for_a_pin_in_a_bundle(project: Project, forget: Forget) -> None:
    """A bundle in the pipelines folder belongs to the repository."""
    project.pipeline().run(bundle=True)
    old = get_head(project.repo)
    lose_history(project)
    forget()
    project.edit_trainer(7.0)

    with pytest.raises(UncommittedChangesError, match=r"step\.py"):
        zenml_pin.load(f"trainers.step.MyTrainer@{old}")
    assert zenml_pin.load(f"trainers.step.MyTrainer@{old}", allow_dirty=True).__name__ == "MyTrainer"


def test_code_from_a_bundle_runs_no_file_of_the_working_tree(project: Project, forget: Forget) -> None:
    """P3, for a commit that no repository has any more."""
    old = commit(project.repo, {"m.py": "class A:\n    def late(self):\n        import stranger\n"})
    Bundle.create(f"m.A@{old}", "pipelines/kept.bundle")
    lose_history(project)
    forget()
    write(project.repo, {"stranger.py": "raise RuntimeError('the working tree ran')\n"})
    sys.path.insert(0, project.repo.path)
    cls: Any = zenml_pin.load(f"m.A@{old}", allow_dirty=True)

    with pytest.raises(ImportError, match="would run the working tree's file"):
        cls().late()


@pytest.mark.slow
def test_a_run_in_another_process_finds_the_bundle(project: Project, forget: Forget) -> None:
    """A new worker process uses the bundle that this process found."""
    project.pipeline(enable_cache=False).run(bundle=True)
    lose_history(project)
    forget()

    run = Repository().get_pipeline_by_name("mine").run(ProcessesBackend())

    assert slope(run) == 1.0


@pytest.mark.slow
@pytest.mark.git
def test_a_pin_survives_a_squash_merge_and_gc(project: Project, forget: Forget) -> None:
    """The pinned commit is in no history any more, and `git gc --prune=now` has deleted it."""
    path = project.repo.path
    git("checkout", "-qb", "topic", cwd=path)
    pinned = project.commit_trainer(4.0)
    project.pipeline().run(bundle=True)
    git("add", "pipelines", cwd=path)
    git("commit", "-qm", "the pipeline", cwd=path)
    git("checkout", "-q", "main", cwd=path)
    git("merge", "-q", "--squash", "topic", cwd=path)
    git("commit", "-qm", "topic, squashed", cwd=path)
    git("branch", "-qD", "topic", cwd=path)
    git("reflog", "expire", "--expire=now", "--all", cwd=path)
    git("gc", "-q", "--prune=now", cwd=path)
    with pytest.raises(subprocess.CalledProcessError):
        git("cat-file", "-e", pinned, cwd=path)
    forget()

    pipeline = Repository().get_pipeline_by_name("mine")

    assert slope(pipeline.run()) == 4.0
    assert project.documents() == ["mine.yaml"]
    assert zenml_pin.load(f"trainers.step.MyTrainer@{pinned}").__name__ == "MyTrainer"
    # It can be made again, from its own content.
    before = Path("pipelines/mine.bundle").read_bytes()
    os.rename("pipelines/mine.bundle", "pipelines/kept.bundle")
    pipeline.save(bundle=True)
    assert Path("pipelines/mine.bundle").read_bytes() == before


# A document in a bundle


def test_a_pipeline_travels_with_its_document_and_data(
    project: Project,
    tmp_path: Path,
    empty: Path,
    forget: Forget,
) -> None:
    """It runs in an empty folder, with the result of the first run; the store there has the data and the run."""
    project.pipeline().run()
    result = bundle_documents(["pipelines/mine.yaml"], to=str(tmp_path / "x.bundle"))
    assert [source.name for source in result.pins] == ["MyTrainer"]
    assert result.unpinned == ()
    forget()
    shutil.rmtree(project.repo.path)
    os.chdir(empty)

    bundle = Bundle.open(tmp_path / "x.bundle")
    repository = Repository(empty)
    run = repository.load(take_document(bundle, repository.workspace)).run()

    assert slope(run) == 1.0
    assert run.output("data") == ROWS
    assert sorted(os.listdir(empty)) == [".zenml", "pipelines"]
    assert len(Repository(empty).get_runs()) == 1


def test_several_pipelines_are_distinguished_by_name(project: Project, empty: Path) -> None:
    """Without a name, a bundle must have exactly one."""
    for name in ("one", "two"):
        project.pipeline(name).save()
    both = bundle_documents(["pipelines/one.yaml", "pipelines/two.yaml"]).bundle
    none = Bundle.create(f"trainers.step.MyTrainer@{get_head(project.repo)}")
    workspace = get_workspace_at(str(empty))

    assert [document.name for document in documents_in(both)] == ["one", "two"]
    assert take_document(both, workspace, "two").name == "two"
    with pytest.raises(UnknownNameError) as caught:
        take_document(both, workspace)
    assert caught.value.hint == "name one of them: one, two"
    with pytest.raises(UnknownNameError, match="no pipeline is named 'three'"):
        take_document(both, workspace, "three")
    with pytest.raises(UnknownNameError) as caught:
        take_document(none, workspace)
    assert "bundle the pipeline's document" in caught.value.hint


def test_unpinned_source_is_reported(project: Project) -> None:
    """Its code cannot travel."""
    project.edit_trainer(3.0)
    with pytest.warns(zenml_pin.UnpinnedWarning):
        path = project.pipeline().save()

    result = bundle_documents([path])

    assert [str(source) for source in result.unpinned] == ["trainers.step.MyTrainer"]
    assert [document.name for document in documents_in(result.bundle)] == ["mine"]


def test_data_that_the_store_has_lost_is_an_error(project: Project) -> None:
    """An error now is better than one where the bundle is opened."""
    path = project.pipeline().save()
    shutil.rmtree(".zenml/local_store/artifacts")

    with pytest.raises(UnknownNameError, match="no artifact is named"):
        bundle_documents([path])
