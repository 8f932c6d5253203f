"""Repository: ZenML's names for a workspace."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

import pytest

import zenml_pin
from tests.support.pipeline_project import Project
from tests.support.repositories import Repo, get_head, write
from zenml_pin import Repository
from zenml_pin.datasources import MemoryDatasource
from zenml_pin.errors import (
    ComponentError,
    DocumentError,
    NotARepositoryError,
    UncommittedChangesError,
    UnknownNameError,
)
from zenml_pin.steps import RandomSplit


@pytest.fixture
def filled(project: Project) -> Project:
    """Two versions of one pipeline, a copy with another name, and a broken file."""
    project.pipeline("mine").run()
    project.commit_trainer(2.0)
    project.pipeline("mine").run()
    project.pipeline("other").save()
    write(project.repo, {"pipelines": {"broken.yaml": "pipeline: [\n", "notes.txt": "", ".gitkeep": ""}})
    return project


def test_the_root_is_found_from_anywhere(filled: Project, tmp_path: Path) -> None:
    """From a subfolder and through a link; each root has one object."""
    inside = Path(filled.repo.path) / "notebooks" / "deep"
    inside.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(filled.repo.path)

    repository_object = Repository.get_instance(filled.repo.path)

    assert Repository.get_instance(inside) is repository_object
    assert Repository.get_instance(link / "notebooks") is repository_object
    assert Repository.get_instance() is repository_object
    assert os.fspath(repository_object) == os.path.realpath(filled.repo.path)


def test_another_path_is_another_repository(filled: Project, tmp_path: Path) -> None:
    """There is no singleton for the first folder."""
    assert Repository.get_instance(tmp_path).root != Repository.get_instance().root


def test_init_repo_makes_a_workspace(repo: Repo, tmp_path: Path) -> None:
    """Several times; outside git it is refused, with a remedy."""
    workspace_repository = Repository.init_repo(repo.path)

    assert Repository.init_repo(repo.path) is workspace_repository
    assert os.path.isfile(repo.join(".zenml", ".zenml_config"))
    with pytest.raises(NotARepositoryError) as caught:
        Repository.init_repo(tmp_path / "elsewhere")
    assert "git init" in caught.value.hint


def test_names_and_files_come_from_documents(filled: Project) -> None:
    """No code is loaded for them."""
    repository = filled.repository

    assert repository.get_pipeline_names() == ["mine", "other"]
    assert repository.get_pipeline_file_paths(only_file_names=True) == [
        "mine-2.yaml",
        "mine.yaml",
        "other.yaml",
    ]
    assert repository.get_pipeline_file_paths()[0] == filled.repo.join("pipelines", "mine-2.yaml")
    assert repository.get_datasource_names() == ["line"]
    assert repository.load_pipeline_config("mine.yaml")["pipeline"]["name"] == "mine"


def test_a_broken_file_is_reported_and_does_not_hide_others(
    filled: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log and as an attribute; if it is requested by name, the error says that the file exists."""
    with caplog.at_level(logging.WARNING, "zenml_pin"):
        assert len(filled.repository.get_pipelines()) == 3

    [path] = filled.repository.broken
    assert path.endswith("broken.yaml")
    assert isinstance(filled.repository.broken[path], DocumentError)
    assert "broken.yaml" in caplog.text
    with pytest.raises(UnknownNameError) as caught:
        filled.repository.get_pipeline_by_name("broken")
    assert "cannot be read" in caught.value.hint


def test_unknown_names_raise_with_the_near_misses(filled: Project) -> None:
    """No method returns None for one."""
    repository = filled.repository

    for look, near in (
        (lambda: repository.get_pipeline_by_name("mind"), "mine"),
        (lambda: repository.get_pipeline_by_name("mine", number=9), "it has 1, 2"),
        (lambda: repository.get_datasource_by_name("lime"), "line"),
        (lambda: repository.get_step_versions_by_type("trainers.step.MyTrainers"), "trainers.step.MyTrainer"),
        (lambda: repository.get_step_by_version(RandomSplit, "zenml_9"), "RandomSplit@zenml"),
    ):
        with pytest.raises(UnknownNameError) as caught:
            look()
        assert near in caught.value.hint
        assert isinstance(caught.value, LookupError)


def test_steps_by_version(filled: Project) -> None:
    """All used pins of each class, and the object for each."""
    repository = filled.repository
    head = get_head(filled.repo)
    versions = repository.get_step_versions()["trainers.step.MyTrainer"]
    [first] = versions - {head}

    assert len(versions) == 2
    assert repository.get_step_versions_by_type(filled.trainer_class()) == versions
    step = repository.get_step_by_version("trainers.step.MyTrainer", first)
    assert type(step).__module__ == f"zenml_pin.at.g{first}.trainers.step"
    assert repository.get_step_versions_by_type(RandomSplit) == {f"zenml_{zenml_pin.__version__}"}


@pytest.mark.slow
def test_pipelines_by_type_and_datasource(filled: Project) -> None:
    """The type by one name or several; the datasource by object, id or name."""
    repository = filled.repository
    datasource = repository.get_datasource_by_name("line")

    assert [p.name for p in repository.get_pipelines_by_type("training")] == ["mine", "mine", "other"]
    assert repository.get_pipelines_by_type(["data", "infer"]) == []
    assert len(repository.get_pipelines_by_datasource(datasource)) == 3
    assert len(repository.get_pipelines_by_datasource("line")) == 3
    assert isinstance(datasource, MemoryDatasource)
    assert [datasource.name for datasource in repository.get_datasources()] == ["line"]


def test_a_dirty_folder_hides_only_its_own_pipelines(filled: Project) -> None:
    """Loading this pipeline is refused; loading all reports it."""
    filled.edit_trainer(9.0)

    with pytest.raises(UncommittedChangesError):
        filled.repository.get_pipeline_by_name("mine")
    assert filled.repository.get_pipelines() == []
    assert len(filled.repository.broken) == 4


def test_register_pipeline_checks_what_it_writes(filled: Project) -> None:
    """The document gets its own name, and never replaces another one."""
    config = filled.repository.load_pipeline_config("mine.yaml")
    config["pipeline"]["name"] = "registered"

    filled.repository.register_pipeline("mine_too.yaml", config)

    assert "registered" in filled.repository.get_pipeline_names()
    with pytest.raises(DocumentError, match="exists already"):
        filled.repository.register_pipeline("mine_too.yaml", config)
    with pytest.raises(DocumentError, match="steps"):
        filled.repository.register_pipeline("bad.yaml", {**config, "steps": 3})


def test_a_repository_can_replace_its_path(
    filled: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever `repo=` is accepted."""
    monkeypatch.chdir(tmp_path)
    source = f"trainers.step.MyTrainer@{get_head(filled.repo)}"

    assert zenml_pin.load(source, repo=filled.repository).__name__ == "MyTrainer"


def test_a_document_with_a_bad_source_is_left_out(filled: Project) -> None:
    """A text that is not a source hides nothing, and is not an error in every other call."""
    text = Path("pipelines/mine.yaml").read_text()
    write(
        filled.repo,
        {"pipelines": {"bad.yaml": text.replace("trainers.step.MyTrainer@", "trainers.step.MyTrainer@x")}},
    )

    assert "trainers.step.MyTrainer" in filled.repository.get_step_versions()
    assert sorted(map(os.path.basename, filled.repository.broken)) == ["bad.yaml", "broken.yaml"]


def test_a_name_is_a_text(filled: Project) -> None:
    """None is a mistake, and the message says so."""
    with pytest.raises(ComponentError, match="None is not a pipeline name"):
        filled.repository.get_pipeline_by_name(None)  # type: ignore[arg-type]


def test_a_key_of_a_step_is_a_text(filled: Project) -> None:
    """It is refused when it is added, not when it is written."""
    with pytest.raises(ComponentError, match="3 is not a step key"):
        filled.pipeline("x").add_step(3, RandomSplit({"train": 1.0}))  # type: ignore[arg-type]


def test_the_error_for_an_absent_number_lists_the_existing_ones(filled: Project) -> None:
    """The name is right, so the message is about the number."""
    with pytest.raises(UnknownNameError) as caught:
        filled.repository.get_document("mine", 7)

    assert caught.value.message == "pipeline 'mine' has no number 7"
    assert caught.value.hint == "it has 1, 2"


def test_a_copy_of_a_document_is_not_used_in_its_place(filled: Project) -> None:
    """Its file is sorted after the original and its pins may be older; of two copies alone, a person must choose."""
    folder = Path(filled.repository.workspace.pipelines_dir)
    for name in ("mine-2_backup", "mine-2_old"):
        shutil.copy(folder / "mine-2.yaml", folder / f"{name}.yaml")

    assert filled.repository.get_document("mine").path == str(folder / "mine-2.yaml")
    (folder / "mine-2.yaml").unlink()
    with pytest.raises(
        DocumentError, match=r"'mine' \(2\) is in 2 files: .*mine-2_backup.*mine-2_old"
    ) as caught:
        filled.repository.get_document("mine")
    assert "use the file's name" in caught.value.hint
    assert filled.repository.get_document("mine-2_old").path == str(folder / "mine-2_old.yaml")


def test_the_only_name_is_in_the_error(project: Project) -> None:
    """However different it is from the requested name."""
    project.pipeline("mine").save()

    with pytest.raises(UnknownNameError) as caught:
        project.repository.get_document("zzz")

    assert caught.value.hint == "the only one is 'mine'"


@pytest.mark.quick(every=5)
@pytest.mark.parametrize("file_name", ["../evil.yaml", "/tmp/evil.yaml", "x.txt", ".yaml", ""])
def test_registered_document_has_a_plain_file_name(filled: Project, file_name: str) -> None:
    """Nothing is written outside the pipelines folder, or with a name that would not be listed."""
    with pytest.raises(DocumentError):
        filled.repository.register_pipeline(file_name, {})
